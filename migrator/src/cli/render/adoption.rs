//! What is printed of an adoption, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::text::table;
use super::{Format, Output, out, shown};
use crate::cli::observe::milliseconds;
use crate::foreign::{Adoption, Age, Outcome, Stopped, Text};
use crate::label::first;

/// How many lines of each kind people are shown.
const LISTED: usize = 50;

impl Output<'_> {
    /// What was adopted, or would be.
    pub(in crate::cli) fn adoption(self, adoption: &Adoption) {
        match self.format {
            Format::Json => self.document(0, &document(adoption)),
            Format::Text => out(&text(adoption)),
        }
    }

    /// The mirror that was ended, if there was one.
    pub(in crate::cli) fn stopped(self, stopped: Option<&Stopped>) {
        match self.format {
            Format::Json => self.document(
                0,
                &json!({ "stopped": stopped.map(|it| json!({ "tool": it.tool, "table": it.table })) }),
            ),
            Format::Text => out(&match stopped {
                Some(it) => format!(
                    "the mirror is off: the history of {}, {}, stays as it is\n",
                    it.tool, it.table
                ),
                None => "nothing to do: no mirror is on\n".to_owned(),
            }),
        }
    }
}

fn document(adoption: &Adoption) -> Value {
    let taken: Value = adoption
        .taken
        .iter()
        .map(|taken| json!({ "version": taken.version, "name": taken.name, "rows": taken.rows }))
        .collect();
    let repeatables: Value = adoption
        .repeatables
        .iter()
        .map(|(name, text)| json!({ "name": name, "as_applied": *text == Text::Same }))
        .collect();
    let pending: Value = adoption
        .pending
        .iter()
        .map(|it| json!({ "version": it.version, "name": it.name, "late": it.age == Age::Late }))
        .collect();
    json!({
        "tool": adoption.found.tool.name(),
        "table": adoption.found.shown(),
        "outcome": match adoption.outcome {
            Outcome::Adopted => "adopted",
            Outcome::WouldAdopt => "would-adopt",
            Outcome::Already => "already",
            Outcome::Nothing => "nothing",
        },
        "migrations": taken,
        "covered": adoption.covered,
        "repeatables": repeatables,
        "left": adoption.left,
        "pending": pending,
        "mirror": adoption.mirror.as_ref().map(|mirror| json!({
            "written": mirror.written, "left_out": mirror.left_out,
        })),
        "took_ms": milliseconds(adoption.took),
    })
}

fn text(adoption: &Adoption) -> String {
    let tool = adoption.found.tool;
    let place = adoption.found.shown();
    let count = counted(adoption.taken.len());
    let time = shown(adoption.took);
    let mut text = match adoption.outcome {
        Outcome::Adopted => format!("adopted {count} from {tool} ({place}), in {time}\n"),
        Outcome::WouldAdopt => {
            format!("would adopt {count} from {tool} ({place}); nothing was written\n")
        }
        Outcome::Already => {
            format!("nothing to do: the {count} of {tool} ({place}) are recorded already\n")
        }
        Outcome::Nothing => {
            format!("nothing to adopt: {tool} ({place}) has applied nothing that is baked here\n")
        }
    };
    if adoption.outcome != Outcome::Already && !adoption.taken.is_empty() {
        let rows = adoption.taken.iter().take(LISTED).map(|taken| {
            vec![
                taken.version.to_string(),
                taken.name.to_owned(),
                taken.rows.join(", "),
            ]
        });
        text.push_str(&table(&["version", "name", "there"], rows.collect()));
        more(&mut text, adoption.taken.len());
    }
    if !adoption.covered.is_empty() {
        let _ = writeln!(
            text,
            "covered by a baseline: {}",
            first(adoption.covered.iter(), LISTED)
        );
    }
    let same = |of: Text| -> Vec<String> {
        let all = adoption.repeatables.iter().filter(|(_, text)| *text == of);
        all.map(|(name, _)| format!("R__{name}")).collect()
    };
    for (of, words) in [
        (
            Text::Same,
            "as they are here, so that they do not run again",
        ),
        (Text::Other, "to be run again"),
    ] {
        let names = same(of);
        if !names.is_empty() {
            let _ = writeln!(
                text,
                "repeatables, {words}: {}",
                first(names.iter(), LISTED)
            );
        }
    }
    if !adoption.left.is_empty() {
        let _ = writeln!(text, "not adopted: {}", adoption.left.join(", "));
    }
    match adoption.pending.len() {
        0 => text.push_str("nothing is pending\n"),
        pending => {
            let _ = writeln!(
                text,
                "{} pending; `{}` applies {}",
                counted(pending),
                match adoption.outcome {
                    // Without a row of its own, the database is still another tool's.
                    Outcome::Nothing => "migrator up --unknown accept",
                    _ => "migrator up",
                },
                if pending == 1 { "it" } else { "them" },
            );
            for it in adoption.pending.iter().take(LISTED) {
                let late = match it.age {
                    Age::Late => ", late: an applied one is newer",
                    Age::Next => "",
                };
                let _ = writeln!(text, "  {} {}{late}", it.version, it.name);
            }
            more(&mut text, pending);
        }
    }
    mirrored(&mut text, adoption);
    text
}

/// What the mirror does.
fn mirrored(text: &mut String, adoption: &Adoption) {
    let Some(mirror) = &adoption.mirror else {
        return;
    };
    let place = adoption.found.shown();
    let _ = match adoption.outcome {
        Outcome::WouldAdopt => writeln!(text, "{place} would be written too from then on"),
        _ => writeln!(
            text,
            "{place} is written too from now on, until `migrator adopt --stop-mirror`"
        ),
    };
    if !mirror.left_out.is_empty() {
        let versions: Vec<String> = mirror.left_out.iter().map(i64::to_string).collect();
        let _ = writeln!(
            text,
            "not written, because the old image does not have it: {}",
            first(versions.iter(), LISTED)
        );
    }
}

fn more(text: &mut String, count: usize) {
    if let Some(more) = count.checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "  … and {more} more");
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 migration".to_owned(),
        _ => format!("{count} migrations"),
    }
}
