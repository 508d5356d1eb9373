//! Everything that is printed for people. Data goes to standard output, errors and questions to standard error.
//! Text says the same without colour, so there is none.

mod schema;

use std::fmt::Write as _;
use std::io::Write as _;

use super::json;
use super::observe::{done, shown};
use super::options::LogFormat;
use super::unlock::Fate;
use super::{Format, Output};
use crate::bundle::{Bundle, Down, Migration, Mode, Order, Script};
use crate::error::Error;
use crate::history::{Entry, OpenStep};
use crate::plan::{Action, Plan};
use crate::quote::hex;
use crate::report::Report;
use crate::resolve::Resolution;
use crate::session::Holder;
use crate::status::{State, Status};
use crate::verify::{Deviation, Identity, Verification};

impl Output {
    /// What a run did.
    pub(super) fn report(self, report: &Report) {
        match self.format {
            Format::Json => self.document(0, &json::report(report)),
            Format::Text => out(&format!("{}, in {}\n", summary(report), shown(report.took))),
        }
    }

    /// What would run.
    pub(super) fn plan(self, bundle: &Bundle, plan: &Plan<'_>) {
        match self.format {
            Format::Json => self.document(0, &json::plan(bundle, plan)),
            Format::Text if plan.steps.is_empty() => out("Nothing to do.\n"),
            Format::Text => out(&steps(plan)),
        }
    }

    /// The script of what would run.
    pub(super) fn script(self, script: &str) {
        match self.format {
            Format::Json => self.document(0, &json::script(script)),
            Format::Text => out(script),
        }
    }

    /// Where the database stands.
    pub(super) fn status(self, status: &Status) {
        match self.format {
            Format::Json => self.document(0, &json::status(status)),
            Format::Text => out(&status_text(status)),
        }
    }

    /// Nothing is pending.
    pub(super) fn checked(self, status: &Status) {
        match self.format {
            Format::Json => self.document(0, &json::status(status)),
            Format::Text => out(&format!(
                "Nothing is pending; the database is at {}.\n",
                place(status.current)
            )),
        }
    }

    /// What was said about a step.
    pub(super) fn resolved(self, step: &OpenStep, resolution: Resolution) {
        match self.format {
            Format::Json => self.document(0, &json::resolved(step, resolution)),
            Format::Text => {
                let next = match resolution {
                    Resolution::Done => "is noted as done",
                    Resolution::Retry => "will be run again",
                };
                out(&format!(
                    "Step {} of {} {next}; go on with `migrator {}`.\n",
                    step.number,
                    step.version,
                    if step.action == "revert" {
                        "down"
                    } else {
                        "up"
                    },
                ));
            }
        }
    }

    /// The newest applied version.
    pub(super) fn current(self, current: Option<i64>) {
        match self.format {
            Format::Json => self.document(0, &json::current(current)),
            Format::Text => out(&format!("{}\n", place(current))),
        }
    }

    /// Who holds the lock, and what became of it.
    pub(super) fn holder(self, holder: Option<&Holder>, fate: Fate) {
        match (self.format, holder) {
            (Format::Json, _) => self.document(0, &json::holder(holder, fate)),
            (Format::Text, None) => out("Nobody holds the lock.\n"),
            (Format::Text, Some(holder)) => {
                let mut text = format!("The lock is held by {holder}.\n");
                if !holder.query.is_empty() {
                    let _ = writeln!(text, "Its last statement: {}", holder.query);
                }
                match fate {
                    Fate::Untouched => {
                        text.push_str("`migrator unlock --terminate` ends that session.\n");
                    }
                    Fate::Terminated => {
                        text.push_str("That session was terminated; the lock is free.\n");
                    }
                }
                out(&text);
            }
        }
    }

    /// The journal.
    pub(super) fn history(self, entries: &[Entry]) {
        match self.format {
            Format::Json => self.document(0, &json::history(entries)),
            Format::Text if entries.is_empty() => out("The journal is empty.\n"),
            Format::Text => {
                let rows = entries.iter().map(|entry| {
                    vec![
                        entry
                            .started_at
                            .get(..19)
                            .unwrap_or(&entry.started_at)
                            .replace('T', " "),
                        entry.action.clone(),
                        entry.version.to_string(),
                        entry.name.clone(),
                        format!("{:.1} ms", entry.took_ms),
                        entry.role.clone(),
                        entry
                            .error
                            .clone()
                            .unwrap_or_else(|| entry.application.clone()),
                    ]
                });
                let head = [
                    "time (UTC)",
                    "action",
                    "version",
                    "name",
                    "took",
                    "role",
                    "application or error",
                ];
                out(&table(&head, rows.collect()));
            }
        }
    }

    /// What is baked.
    pub(super) fn info(self, bundle: &Bundle) {
        match self.format {
            Format::Json => self.document(0, &json::info(bundle)),
            Format::Text => out(&info_text(bundle)),
        }
    }

    /// The schema is as proven.
    pub(super) fn verified(self, verification: &Verification) {
        let Verification::AsProven(version) = verification else {
            return;
        };
        match self.format {
            Format::Json => self.document(0, &json::verified(*version)),
            Format::Text => out(&format!(
                "The schema is the one that was proven for {version}.\n"
            )),
        }
    }

    /// What is not as proven; as JSON it is part of the error.
    pub(super) fn deviations(self, deviations: &[Deviation], as_sql: AsSql) {
        if self.format == Format::Text {
            out(&match as_sql {
                AsSql::Yes => schema::explained(deviations),
                AsSql::No => schema::differing(deviations),
            });
        }
    }

    /// Which version the schema corresponds to.
    pub(super) fn identity(self, identity: &Identity) {
        match self.format {
            Format::Json => self.document(0, &json::identity(identity)),
            Format::Text => out(&schema::identity(identity)),
        }
    }

    /// The SQL of a migration.
    pub(super) fn show(self, migration: &Migration<'_>, script: &Script<'_>) {
        match self.format {
            Format::Json => self.document(0, &json::show(migration, script)),
            Format::Text => out(script.sql),
        }
    }

    /// What went wrong, on standard error; with `--json` also as a document on standard output.
    pub(super) fn error(self, error: &Error) {
        if self.format == Format::Json {
            self.document(error.kind().exit_code(), &json::error(error));
        }
        match self.log_format {
            LogFormat::Json => err(&format!("{}\n", json::failed(error))),
            LogFormat::Text => {
                // `verify` was asked for them, and has put them on standard output.
                if self.command != "verify" {
                    err(&schema::differing(error.deviations()));
                }
                err(&error_text(error));
            }
        }
    }

    fn document(self, exit_code: u8, payload: &serde_json::Value) {
        out(&json::document(self.command, exit_code, payload));
    }
}

/// Whether differences are shown as SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AsSql {
    Yes,
    No,
}

fn error_text(error: &Error) -> String {
    let mut text = format!("error: {error}\n");
    if let Some(excerpt) = error.failure().and_then(|failure| failure.excerpt.as_ref()) {
        let _ = writeln!(text, "{excerpt}");
    }
    for detail in error.detail() {
        let _ = writeln!(text, "detail: {}", detail.replace('\n', "\n        "));
    }
    let before = &error.report().steps;
    if !before.is_empty() {
        let versions: Vec<String> = before.iter().map(|step| step.version.to_string()).collect();
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
    if let Some(hint) = error.hint() {
        let _ = writeln!(text, "hint: {hint}");
    }
    text
}

/// Shows a plan and asks.
pub(super) fn question(plan: &Plan<'_>) {
    err(&format!("{}Do it? [y/N] ", steps(plan)));
}

fn summary(report: &Report) -> String {
    let at = place(report.current);
    let counted = |action: Action| {
        let count = report
            .steps
            .iter()
            .filter(|step| step.action == action)
            .count();
        (count > 0).then(|| format!("{} {count}", done(action)))
    };
    let actions = [
        Action::Revert,
        Action::Unstamp,
        Action::Apply,
        Action::Stamp,
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

fn place(version: Option<i64>) -> String {
    version.map_or_else(|| "base".to_owned(), |version| version.to_string())
}

fn steps(plan: &Plan<'_>) -> String {
    let rows = plan.steps.iter().map(|step| {
        let note = step.script().map_or("", |script| mode_note(script.mode));
        vec![
            step.action().word().to_owned(),
            step.version.to_string(),
            step.name.to_owned(),
            note.to_owned(),
        ]
    });
    table(&["action", "version", "name", ""], rows.collect())
}

const fn mode_note(mode: Mode) -> &'static str {
    match mode {
        Mode::Transaction => "",
        Mode::NoTransaction => "outside a transaction",
    }
}

fn status_text(status: &Status) -> String {
    let rows = status.rows.iter().map(|row| {
        let applied_on = row.applied_on.as_deref().unwrap_or("");
        let when = applied_on.get(..19).unwrap_or(applied_on).replace('T', " ");
        vec![
            row.state.word().to_owned(),
            row.version.to_string(),
            row.name.clone(),
            when,
        ]
    });
    let mut text = table(
        &["state", "version", "name", "applied (UTC)"],
        rows.collect(),
    );
    let count = |state: State| status.count(state);
    let _ = write!(
        text,
        "\nAt {}; {} applied, {} pending",
        place(status.current),
        count(State::Applied) + count(State::Changed) + count(State::Missing) + count(State::Newer),
        count(State::Pending) + count(State::Late)
    );
    for state in [State::Late, State::Changed, State::Missing, State::Newer] {
        if count(state) > 0 {
            let _ = write!(text, ", {} {}", count(state), state.word());
        }
    }
    text.push_str(".\n");
    for row in &status.rows {
        if let Some(unfinished) = &row.unfinished {
            let _ = writeln!(text, "{} is unfinished: {}.", row.version, unfinished);
        }
    }
    text
}

fn info_text(bundle: &Bundle) -> String {
    let mut text = format!(
        "migrator {}\nfolder   {}\ndigest   {}\nbuild    {}\n\n",
        env!("CARGO_PKG_VERSION"),
        bundle.folder,
        hex(&bundle.digest),
        json::BUILD,
    );
    let rows = bundle.migrations.iter().map(|migration| {
        let down = match migration.down {
            Down::Absent => "no down",
            Down::Irreversible(_) => "irreversible",
            Down::Script(_) => "down",
        };
        let order = match migration.order {
            Order::Versioned => "",
            Order::Unordered => "unordered",
        };
        vec![
            migration.version.to_string(),
            migration.name.to_owned(),
            hex(&migration.up.sha256)[..12].to_owned(),
            down.to_owned(),
            [mode_note(migration.up.mode), order]
                .join(" ")
                .trim()
                .to_owned(),
        ]
    });
    text.push_str(&table(
        &["version", "name", "sha256", "down", ""],
        rows.collect(),
    ));
    text
}

/// Columns as wide as their widest cell, two spaces between them.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
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

/// A reader who has seen enough, as in `migrator info | head`, is no error.
fn out(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}

fn err(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
