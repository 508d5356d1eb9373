//! What was done last, newest first, and the last run where that failed. Pure.

use super::words::{time_of, took};
use super::{Html, label, table};
use crate::history::Entry;

/// How many rows are shown.
const ENTRIES: usize = 15;

/// The last run, which ended with an error.
pub(super) fn failed(page: &mut Html, entry: &Entry) {
    page.markup("<section class=\"fault\">\n<h2>The last run failed</h2>\n<ul><li>");
    label(page, &entry.label());
    page.markup(" at ")
        .text(time_of(&entry.started_at))
        .markup(" UTC</li><li>")
        .text(entry.error.as_deref().unwrap_or_default())
        .markup("</li></ul>\n</section>\n");
}

/// The journal, newest first.
pub(super) fn listed(page: &mut Html, newest: &[Entry]) {
    if newest.is_empty() {
        return;
    }
    page.markup("<section>\n<h2>Journal</h2>\n");
    table(page, "journal", &["Time (UTC)", "What", "Took", "By"]);
    for entry in newest.iter().rev().take(ENTRIES) {
        let failed = entry.error.is_some() && entry.action == "fail";
        page.markup(if failed {
            "<tr role=\"row\" class=\"failed\"><td role=\"cell\" class=\"when\">"
        } else {
            "<tr role=\"row\"><td role=\"cell\" class=\"when\">"
        })
        .text(time_of(&entry.started_at))
        .markup("</td><td role=\"cell\" class=\"name\"><i>")
        .text(&entry.action)
        .markup("</i> ");
        label(page, &entry.label());
        if let Some(error) = &entry.error {
            page.markup("<p>").text(error).markup("</p>");
        }
        page.markup("</td><td role=\"cell\" class=\"number\">");
        if entry.took_ms > 0.0 {
            page.text(took(entry.took_ms));
        }
        page.markup("</td><td role=\"cell\" class=\"by\" title=\"")
            .text(&entry.application)
            .markup("\">")
            .text(&entry.role)
            .markup("</td></tr>\n");
    }
    page.markup("</tbody>\n</table>\n</section>\n");
}
