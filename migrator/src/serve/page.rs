//! The page for people: one document without a script and without anything to load. It asks for itself again every
//! quarter of a minute. What each part shows is in a file of its own. Pure, but for the time that it is told.

mod chart;
mod migrations;
mod verdict;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::html::Html;
use super::metrics::{drift, pending};
use super::reader::Reading;
use super::view::{Compared, View};
use crate::bundle::Bundle;
use crate::error::{Error, Kind};
use crate::history::Entry;
use crate::label::Label;
use crate::quote::hex;
use crate::status::State;
use crate::verify::Verification;

/// Everything that decides how it looks.
const STYLE: &str = include_str!("page/style.css");

/// How many differences of the schema are named.
const DIFFERENCES: usize = 20;

/// How many rows of the journal are shown.
const ENTRIES: usize = 15;

/// What a browser may load for the page: its style, by the hash of that, and an icon that is in the page.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        STANDARD.encode(Sha256::digest(STYLE))
    )
}

/// The page.
pub(super) fn html(bundle: &Bundle, view: &View, now: OffsetDateTime) -> String {
    let mut page = Html::default();
    let tone = verdict::tone(view);
    let name = view
        .reading
        .as_ref()
        .map_or("migrator", |it| it.database.as_str());
    page.markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .markup("<meta name=\"robots\" content=\"noindex\">\n")
        .markup("<meta http-equiv=\"refresh\" content=\"15\">\n<title>")
        .text(name)
        .text(": ")
        .text(verdict::short(view))
        .markup("</title>\n<link rel=\"icon\" href=\"")
        .markup(tone.icon())
        .markup("\">\n<style>")
        .markup(STYLE)
        .markup("</style>\n</head>\n<body class=\"")
        .markup(tone.word())
        .markup("\">\n<main>\n<header>\n<p class=\"where\">");
    if let Some(reading) = &view.reading {
        page.markup("<b>")
            .text(name)
            .markup("</b> PostgreSQL ")
            .text(&reading.server);
    }
    page.markup("</p>\n<h1>")
        .text(verdict::sentence(view))
        .markup("</h1>\n<p class=\"note\">")
        .text(verdict::note(view, now))
        .markup("</p>\n</header>\n");
    faults(&mut page, &view.faults());
    if let Some(entry) = verdict::failure(view) {
        failed(&mut page, entry);
    }
    if let Some(reading) = &view.reading {
        if view.outage.is_some() {
            page.markup("<p class=\"past\">What follows was read at ")
                .text(second(reading.at))
                .markup(" UTC.</p>\n");
        }
        facts(&mut page, reading, now);
        differences(&mut page, &reading.compared);
        migrations::unfinished(&mut page, &reading.status);
        if let Some(newest) = &reading.newest {
            chart::durations(&mut page, newest);
            migrations::listed(&mut page, &reading.status);
            journal(&mut page, newest);
        } else {
            migrations::listed(&mut page, &reading.status);
            page.markup("<p class=\"past\">This role may not read the journal.</p>\n");
        }
    }
    page.markup("<footer>migrator ")
        .text(env!("CARGO_PKG_VERSION"))
        .markup(", bundle <code>")
        .text(&hex(&bundle.digest)[..12])
        .markup("</code>, ")
        .text(plural(bundle.migrations.len(), "migration"))
        .markup(". Asked at ")
        .text(second(now))
        .markup(
            " UTC, and again every 15 seconds. For programs: <a href=\"status.json\">status.json</a>, \
             <a href=\"metrics\">metrics</a>, <a href=\"readyz\">readyz</a>.</footer>\n</main>\n</body>\n</html>\n",
        );
    page.into_string()
}

/// What is wrong, and what to do about it.
fn faults(page: &mut Html, faults: &[Error]) {
    for fault in faults {
        page.markup("<section class=\"fault\">\n");
        if faults.len() > 1 || fault.kind() == Kind::Connection {
            // Otherwise it is the sentence above.
            page.markup("<h2>")
                .text(capitalised(&fault.to_string()))
                .markup("</h2>\n");
        }
        if !fault.detail().is_empty() {
            page.markup("<ul>");
            for detail in fault.detail() {
                page.markup("<li>").prose(detail).markup("</li>");
            }
            page.markup("</ul>\n");
        }
        if let Some(hint) = fault.hint() {
            page.markup("<p>").prose(hint).markup("</p>\n");
        }
        page.markup("</section>\n");
    }
}

/// The last run, which ended with an error.
fn failed(page: &mut Html, entry: &Entry) {
    page.markup("<section class=\"fault\">\n<h2>The last run failed</h2>\n<ul><li>");
    label(page, &entry.label());
    page.markup(" at ")
        .text(time_of(&entry.started_at))
        .markup(" UTC</li><li>")
        .text(entry.error.as_deref().unwrap_or_default())
        .markup("</li></ul>\n</section>\n");
}

/// The numbers.
fn facts(page: &mut Html, reading: &Reading, now: OffsetDateTime) {
    let status = &reading.status;
    let current = status
        .current
        .map_or_else(|| "base".to_owned(), |version| version.to_string());
    let head = match status.head {
        Some(head) if Some(head) != status.current => format!("head is {head}"),
        Some(_) => "which is head".to_owned(),
        None => "nothing is baked".to_owned(),
    };
    let applied = [
        State::Applied,
        State::Covered,
        State::Changed,
        State::Missing,
        State::Newer,
    ];
    let applied: usize = applied.map(|state| status.count(state)).iter().sum();
    let last = status
        .rows
        .iter()
        .filter_map(|row| row.applied_on.as_deref().and_then(moment))
        .max()
        .map_or_else(String::new, |at| format!("the last {}", ago(now - at)));
    let skipped = match status.count(State::Skipped) {
        0 => String::new(),
        count => format!("{count} skipped"),
    };
    let late = match status.count(State::Late) + status.count(State::Commuting) {
        0 => String::new(),
        count => format!("{count} late"),
    };
    let stale = status
        .repeatables
        .iter()
        .filter(|row| row.state != crate::repeat::State::UpToDate)
        .count();
    let (schema, compared) = schema(&reading.compared, now);
    let history = match drift(status) {
        0 => "agrees".to_owned(),
        1 => "1 disagrees".to_owned(),
        count => format!("{count} disagree"),
    };
    page.markup("<dl class=\"facts\">\n");
    for (term, value, note) in [
        ("At version", current, head),
        ("Applied", applied.to_string(), joined([last, skipped])),
        (
            "Pending",
            pending(status).to_string(),
            joined([late, count_of(stale, "stale repeatable")]),
        ),
        ("History", history, "with this program".to_owned()),
        ("Schema", schema, compared),
    ] {
        page.markup("<div><dt>")
            .text(term)
            .markup("</dt><dd>")
            .text(value)
            .markup("</dd><dd class=\"note\">")
            .text(note)
            .markup("</dd></div>\n");
    }
    page.markup("</dl>\n");
}

/// How the schema compares, and when that was seen.
fn schema(compared: &Compared, now: OffsetDateTime) -> (String, String) {
    match compared {
        Compared::Off => (
            "not compared".to_owned(),
            "as --verify never says".to_owned(),
        ),
        Compared::Failed(_) => ("unknown".to_owned(), "it could not be compared".to_owned()),
        Compared::Done { verification, at } => {
            let ago = format!("compared {}", ago(now - *at));
            match verification {
                Verification::AsProven(_) => ("as proven".to_owned(), ago),
                Verification::Drifted { differences, .. } => {
                    (count_of(differences.len(), "difference"), ago)
                }
                Verification::Unproven(reason) => ("unproven".to_owned(), reason.clone()),
            }
        }
    }
}

fn differences(page: &mut Html, compared: &Compared) {
    let Compared::Done {
        verification: Verification::Drifted { differences, .. },
        ..
    } = compared
    else {
        return;
    };
    page.markup("<section>\n<h2>Schema</h2>\n<table class=\"differences\">\n");
    for difference in differences.iter().take(DIFFERENCES) {
        page.markup("<tr><td>")
            .text(difference.fault.word())
            .markup("</td><td class=\"name\">")
            .text(&difference.kind)
            .markup(" <b>")
            .text(&difference.name)
            .markup("</b></td></tr>\n");
    }
    page.markup("</table>\n");
    more(page, differences.len(), DIFFERENCES);
    page.markup("</section>\n");
}

/// The journal, newest first.
fn journal(page: &mut Html, newest: &[Entry]) {
    if newest.is_empty() {
        return;
    }
    page.markup(
        "<section>\n<h2>Journal</h2>\n<table class=\"journal\">\n<thead><tr><th>Time (UTC)</th>",
    )
    .markup("<th>What</th><th class=\"number\">Took</th><th>By</th></tr></thead>\n<tbody>\n");
    for entry in newest.iter().rev().take(ENTRIES) {
        let failed = entry.error.is_some() && entry.action == "fail";
        page.markup(if failed {
            "<tr class=\"failed\"><td class=\"when\">"
        } else {
            "<tr><td class=\"when\">"
        })
        .text(time_of(&entry.started_at))
        .markup("</td><td class=\"name\"><i>")
        .text(&entry.action)
        .markup("</i> ");
        label(page, &entry.label());
        if let Some(error) = &entry.error {
            page.markup("<p>").text(error).markup("</p>");
        }
        page.markup("</td><td class=\"number\">");
        if entry.took_ms > 0.0 {
            page.text(took(entry.took_ms));
        }
        page.markup("</td><td class=\"by\" title=\"")
            .text(&entry.application)
            .markup("\">")
            .text(&entry.role)
            .markup("</td></tr>\n");
    }
    page.markup("</tbody>\n</table>\n</section>\n");
}

/// A migration's version and name.
fn label(page: &mut Html, label: &Label<'_>) {
    page.markup("<b>")
        .text(label.name)
        .markup("</b> <span class=\"version\">")
        .text(label.version())
        .markup("</span>");
}

fn more(page: &mut Html, count: usize, shown: usize) {
    if let Some(left) = count.checked_sub(shown).filter(|left| *left > 0) {
        page.markup("<p class=\"past\">and ")
            .text(left)
            .markup(" more, all of them in <a href=\"status.json\">status.json</a></p>\n");
    }
}

/// Those of the notes that say something.
fn joined(notes: [String; 2]) -> String {
    let notes = notes.into_iter().filter(|note| !note.is_empty());
    notes.collect::<Vec<_>>().join(", ")
}

/// "1 difference", "2 differences"; nothing for none.
fn count_of(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        count => plural(count, what),
    }
}

fn plural(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// A time of the server.
fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// The same, to the second, as people write it.
fn time_of(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

fn second(at: OffsetDateTime) -> String {
    format!(
        "{} {:02}:{:02}:{:02}",
        at.date(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// "just now", "34 s ago", "5 min ago".
fn ago(age: Duration) -> String {
    match age.whole_seconds() {
        ..=1 => "just now".to_owned(),
        seconds @ 2..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7199 => format!("{} min ago", seconds / 60),
        seconds @ 7200..=172_799 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// A duration with about three digits.
fn took(milliseconds: f64) -> String {
    let seconds = milliseconds / 1e3;
    match milliseconds {
        it if it < 9.95 => format!("{it:.1} ms"),
        it if it < 999.5 => format!("{it:.0} ms"),
        _ if seconds < 99.95 => format!("{seconds:.1} s"),
        _ => format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        ),
    }
}

#[cfg(test)]
mod tests;
