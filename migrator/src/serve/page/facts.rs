//! The numbers below the verdict: version, applied, pending, history, schema. Pure.

use time::OffsetDateTime;

use super::super::metrics::{drift, pending};
use super::super::reader::Reading;
use super::super::view::Compared;
use super::Html;
use super::words::{ago, count_of, moment};
use crate::repeat;
use crate::status::State;
use crate::verify::Verification;

/// The numbers.
pub(super) fn listed(page: &mut Html, reading: &Reading, now: OffsetDateTime) {
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
        .filter(|row| !matches!(row.state, repeat::State::UpToDate | repeat::State::Skipped))
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
        Compared::Running => ("unknown".to_owned(), "it is being compared".to_owned()),
        Compared::Failed(_) => ("unknown".to_owned(), "it could not be compared".to_owned()),
        Compared::Done { verification, at } => {
            let ago = format!("compared {}", ago(now - *at));
            match verification {
                Verification::AsProven(_) => ("as proven".to_owned(), ago),
                Verification::Drifted { differences, .. } => {
                    (count_of(differences.len(), "difference"), ago)
                }
                Verification::Unproven(gap) => ("unproven".to_owned(), gap.to_string()),
            }
        }
    }
}

/// Those of the notes that say something.
fn joined(notes: [String; 2]) -> String {
    let notes = notes.into_iter().filter(|note| !note.is_empty());
    notes.collect::<Vec<_>>().join(", ")
}
