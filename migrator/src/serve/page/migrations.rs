//! The migrations and the repeatables, newest first: everything that is not simply applied, and the newest that is.

use super::words::time_of;
use super::{Html, label, table};
use crate::label::Label;
use crate::repeat;
use crate::status::{State, Status};

/// How many applied ones are listed.
const APPLIED: usize = 20;
/// How many of all others.
const OTHERS: usize = 200;

/// Scripts outside a transaction that were begun and not ended.
pub(super) fn unfinished(page: &mut Html, status: &Status) {
    let mut rows = status
        .rows
        .iter()
        .filter_map(|row| row.unfinished.as_ref().map(|unfinished| (row, unfinished)))
        .peekable();
    if rows.peek().is_none() {
        return;
    }
    page.markup("<section>\n<h2>Unfinished</h2>\n<ul>\n");
    for (row, unfinished) in rows {
        page.markup("<li>");
        label(page, &of(row.version, &row.name));
        page.text(": ").text(unfinished).markup("</li>\n");
    }
    page.markup("</ul>\n</section>\n");
}

fn of(version: i64, name: &str) -> Label<'_> {
    Label {
        version: Some(version),
        name,
    }
}

/// The list.
pub(super) fn listed(page: &mut Html, status: &Status) {
    if status.rows.is_empty() && status.repeatables.is_empty() {
        return;
    }
    page.markup("<section>\n<h2>Migrations</h2>\n");
    table(page, "migrations", &["Name", "State", "Applied (UTC)"]);
    for it in &status.repeatables {
        let state = match it.state {
            repeat::State::UpToDate | repeat::State::Skipped => "settled",
            repeat::State::Outdated | repeat::State::Pending => "waiting",
            repeat::State::Missing => "bad",
        };
        let label = Label {
            version: None,
            name: &it.name,
        };
        row(
            page,
            &label,
            (state, it.state.word()),
            it.applied_on.as_deref(),
        );
    }
    let (mut applied, mut others) = (0, 0);
    for it in status.rows.iter().rev() {
        let (state, count, limit) = match it.state {
            State::Applied | State::Covered | State::Skipped => ("settled", &mut applied, APPLIED),
            State::Pending | State::Commuting => ("waiting", &mut others, OTHERS),
            State::Late | State::Changed | State::Missing | State::Newer => {
                ("bad", &mut others, OTHERS)
            }
        };
        *count += 1;
        if *count <= limit {
            let label = of(it.version, &it.name);
            row(
                page,
                &label,
                (state, it.state.word()),
                it.applied_on.as_deref(),
            );
        }
    }
    page.markup("</tbody>\n</table>\n");
    let left = [
        (applied.saturating_sub(APPLIED), "more that are applied"),
        (others.saturating_sub(OTHERS), "more that are not"),
    ];
    let left = left.iter().filter(|(count, _)| *count > 0);
    let left: Vec<String> = left
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if !left.is_empty() {
        page.markup("<p class=\"past\">and ")
            .text(left.join(", and "))
            .markup(": all of them are in <a href=\"status.json\">status.json</a></p>\n");
    }
    page.markup("</section>\n");
}

fn row(page: &mut Html, of: &Label<'_>, (class, word): (&'static str, &str), when: Option<&str>) {
    page.markup("<tr role=\"row\" class=\"")
        .markup(class)
        .markup("\"><td role=\"cell\" class=\"name\">");
    label(page, of);
    page.markup("</td><td role=\"cell\" class=\"state\">")
        .text(word)
        .markup("</td><td role=\"cell\" class=\"when\">")
        .text(when.map(time_of).unwrap_or_default())
        .markup("</td></tr>\n");
}
