//! What is printed for people, as text. Prints nothing itself; how schemas compare is `schema`.

use std::fmt::Write as _;

use super::super::export::{Against, Exported};
use super::super::observe::done;
use crate::bundle::Mode;
use crate::error::Error;
use crate::label::REPEATABLE;
use crate::plan::{Action, Plan, Work};
use crate::repeat;
use crate::report::Report;
use crate::status::{State, Status};
use crate::verify::Verification;

pub(super) fn error(error: &Error) -> String {
    let mut text = format!("error: {error}\n");
    if let Some(excerpt) = error.failure().and_then(|failure| failure.excerpt.as_ref()) {
        let _ = writeln!(text, "{excerpt}");
    }
    for detail in error.detail() {
        let _ = writeln!(text, "detail: {}", detail.replace('\n', "\n        "));
    }
    let before = &error.report().steps;
    if !before.is_empty() {
        let versions: Vec<String> = before
            .iter()
            .map(|step| match step.version {
                Some(version) => version.to_string(),
                None => step.label().to_string(),
            })
            .collect();
        let listed = match versions.as_slice() {
            [first, .., last] if versions.len() > 6 => format!("{first} to {last}"),
            all => all.join(", "),
        };
        let count = before.len();
        let _ = writeln!(
            text,
            "detail: Before it, this run committed {count} step{}: {listed}.",
            if count == 1 { "" } else { "s" }
        );
    }
    if let Some(backup) = &error.report().backup {
        let _ = writeln!(
            text,
            "detail: The database as it was before is in \"{}\"; this restores it beside this one: {}",
            backup.file.display(),
            backup.restore
        );
    }
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

pub(super) fn summary(report: &Report) -> String {
    let at = place(report.current);
    let counted = |action: Action| {
        let count = report
            .steps
            .iter()
            .filter(|step| step.action == action)
            .count();
        (count > 0).then(|| match action {
            // There is never more than one.
            Action::Baseline => done(action).to_owned(),
            _ => format!("{} {count}", done(action)),
        })
    };
    let actions = [
        Action::Revert,
        Action::Unstamp,
        Action::Adopt,
        Action::Baseline,
        Action::Apply,
        Action::Skip,
        Action::Stamp,
        Action::Repeat,
    ];
    let counts: Vec<String> = actions.into_iter().filter_map(counted).collect();
    let proven = match &report.verification {
        Some(Verification::AsProven(_)) => ", as proven",
        _ => "",
    };
    if counts.is_empty() {
        format!("nothing to do; at {at}{proven}")
    } else {
        format!("{}; now at {at}{proven}", counts.join(", "))
    }
}

/// Where the database as it was before can be found.
pub(super) fn backup(report: &Report) -> String {
    report.backup.as_ref().map_or_else(String::new, |backup| {
        format!(
            "backup: {}\nrestore: {}\n",
            backup.file.display(),
            backup.restore
        )
    })
}

pub(super) fn exported(exported: &Exported<'_>) -> String {
    let against = match exported.against {
        Against::Database => "the database",
        Against::Empty => "an empty database",
    };
    let steps = match exported.steps {
        1 => "1 step".to_owned(),
        steps => format!("{steps} steps"),
    };
    format!(
        "{} files in {}; the plan for {against} has {steps}\n",
        exported.files.len(),
        exported.folder()
    )
}

pub(super) fn place(version: Option<i64>) -> String {
    version.map_or_else(|| "base".to_owned(), |version| version.to_string())
}

/// The steps of a plan; the late ones among them that are proven to commute are told.
pub(super) fn steps(plan: &Plan<'_>, commuting: &[i64]) -> String {
    let rows = plan.steps.iter().map(|step| {
        let mode = match step.work {
            Work::Skip(migration) => belongs(migration.only),
            Work::SkipRepeatable(repeatable) => belongs(repeatable.only),
            Work::Baseline(_, covered) => in_place_of(covered.len()),
            _ => step
                .script()
                .map_or_else(String::new, |script| mode_note(script.mode).to_owned()),
        };
        let late = step
            .version
            .filter(|version| commuting.contains(version))
            .map_or("", |_| State::Commuting.word());
        let note = [mode.as_str(), late].join(" ");
        vec![
            step.action().word().to_owned(),
            step.label().version(),
            step.name.to_owned(),
            note.trim().to_owned(),
        ]
    });
    table(&["action", "version", "name", ""], rows.collect())
}

/// What a baseline stands for.
pub(super) fn in_place_of(count: usize) -> String {
    match count {
        0 => "in place of migrations that are not in this program".to_owned(),
        1 => "in place of 1 migration".to_owned(),
        count => format!("in place of {count} migrations"),
    }
}

pub(super) fn status(status: &Status) -> String {
    let rows = status.rows.iter().map(|row| {
        let when = row.applied_on.as_deref().map(second).unwrap_or_default();
        vec![
            row.state.word().to_owned(),
            row.version.to_string(),
            row.name.clone(),
            when,
        ]
    });
    let repeatables = status.repeatables.iter().map(|row| {
        let when = row.applied_on.as_deref().map(second).unwrap_or_default();
        vec![
            row.state.word().to_owned(),
            REPEATABLE.to_owned(),
            row.name.clone(),
            when,
        ]
    });
    let mut text = table(
        &["state", "version", "name", "applied (UTC)"],
        rows.chain(repeatables).collect(),
    );
    let count = |state: State| status.count(state);
    let _ = write!(
        text,
        "\nAt {}; {} applied, {} pending",
        place(status.current),
        [
            State::Applied,
            State::Changed,
            State::Covered,
            State::Missing,
            State::Newer
        ]
        .into_iter()
        .map(count)
        .sum::<usize>(),
        count(State::Pending) + count(State::Late) + count(State::Commuting)
    );
    let told = [
        State::Skipped,
        State::Late,
        State::Commuting,
        State::Changed,
        State::Covered,
        State::Missing,
        State::Newer,
    ];
    for state in told {
        if count(state) > 0 {
            let _ = write!(text, ", {} {}", count(state), state.word());
        }
    }
    let stale = status
        .repeatables
        .iter()
        .filter(|row| matches!(row.state, repeat::State::Outdated | repeat::State::Pending));
    match stale.count() {
        0 => {}
        1 => text.push_str("; 1 repeatable is not up to date"),
        count => {
            let _ = write!(text, "; {count} repeatables are not up to date");
        }
    }
    text.push_str(".\n");
    if let Some(baseline) = &status.baseline {
        let _ = writeln!(
            text,
            "Baseline {} \"{}\" would run {}.",
            baseline.version,
            baseline.name,
            in_place_of(baseline.covers)
        );
    }
    for row in &status.rows {
        if let Some(unfinished) = &row.unfinished {
            let _ = writeln!(text, "{} is unfinished: {}.", row.version, unfinished);
        }
    }
    let _ = writeln!(text, "The database is {}.", status.class);
    if let Some(mirror) = &status.mirror {
        let _ = writeln!(
            text,
            "The history of {}, {}, is written too since {}.",
            mirror.found.tool,
            mirror.found.shown(),
            second(&mirror.since)
        );
    }
    text
}

/// What a repeatable requires.
pub(super) fn required(requires: &[&str]) -> String {
    let names: Vec<String> = requires.iter().map(|name| format!("R__{name}")).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("requires {}", names.join(", "))
}

/// A time to the second, as people write it.
fn second(time: &str) -> String {
    time.get(..19).unwrap_or(time).replace('T', " ")
}

/// Which environments a migration belongs to.
pub(super) fn belongs(only: &[&str]) -> String {
    if only.is_empty() {
        String::new()
    } else {
        format!("only in {}", only.join(", "))
    }
}

/// Columns as wide as their widest cell, two spaces between them.
pub(super) fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}", width = *width))
            .collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

pub(super) const fn mode_note(mode: Mode) -> &'static str {
    match mode {
        Mode::Transaction => "",
        Mode::NoTransaction => "outside a transaction",
    }
}
