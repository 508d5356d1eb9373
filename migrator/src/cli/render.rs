//! Everything that is printed for people. Data goes to standard output, errors and questions to standard error.
//! Text says the same without colour, so there is none.

mod adoption;
mod info;
mod schema;
mod text;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::export::Exported;
use super::json;
use super::manual::Page;
use super::observe::shown;
use super::options::LogFormat;
use super::unlock::Fate;
use super::{Format, Output};
use crate::bundle::{Baseline, Bundle, Script};
use crate::change::Reading;
use crate::difference::Difference;
use crate::error::Error;
use crate::history::{Entry, OpenStep};
use crate::label::Label;
use crate::plan::Plan;
use crate::recognise::Class;
use crate::report::Report;
use crate::resolve::Resolution;
use crate::session::Holder;
use crate::status::Status;
use crate::verify::{Identified, Verification};

impl Output<'_> {
    /// What a run did.
    pub(super) fn report(self, report: &Report) {
        self.termination.ran(report);
        match self.format {
            Format::Json => self.document(0, &json::report(report)),
            Format::Text => out(&format!(
                "{}, in {}\n{}",
                text::summary(report),
                shown(report.took),
                text::backup(report)
            )),
        }
    }

    /// What would run.
    pub(super) fn plan(self, bundle: &Bundle, reading: &Reading, plan: &Plan<'_>) {
        let commuting = reading.commuting(bundle);
        match self.format {
            Format::Json => {
                self.document(0, &json::plan(bundle, reading.class(), plan, &commuting));
            }
            Format::Text if plan.steps.is_empty() => out("Nothing to do.\n"),
            Format::Text => out(&text::steps(plan, &commuting)),
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
        self.termination.stands(status);
        match self.format {
            Format::Json => self.document(0, &json::status(status)),
            Format::Text => out(&text::status(status)),
        }
    }

    /// Nothing is pending.
    pub(super) fn checked(self, status: &Status) {
        self.termination.stands(status);
        match self.format {
            Format::Json => self.document(0, &json::status(status)),
            Format::Text => out(&format!(
                "Nothing is pending; the database is at {}.\n",
                text::place(match &status.class {
                    // Its history will say so once `up` has recorded it.
                    Class::Known(known) => Some(known.version),
                    _ => status.current,
                })
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
            Format::Text => out(&format!("{}\n", text::place(current))),
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
                        entry.label().version(),
                        entry.name.clone(),
                        took(entry),
                        entry.role.clone(),
                        entry
                            .error
                            .clone()
                            .or_else(|| entry.detail.clone())
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
                    "application, error or detail",
                ];
                out(&text::table(&head, rows.collect()));
            }
        }
    }

    /// What is baked.
    pub(super) fn info(self, bundle: &Bundle) {
        match self.format {
            Format::Json => self.document(0, &json::info(bundle)),
            Format::Text => out(&info::info(bundle)),
        }
    }

    /// The bill of materials: a document of its own standard, in either format.
    pub(super) fn sbom(bundle: &Bundle) {
        out(&format!("{:#}\n", json::sbom(bundle)));
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
    pub(super) fn differences(self, differences: &[Difference], as_sql: AsSql) {
        if self.format == Format::Text {
            out(&match as_sql {
                AsSql::Yes => schema::explained(differences),
                AsSql::No => schema::differing(differences),
            });
        }
    }

    /// Which version the schema corresponds to.
    pub(super) fn identity(self, found: &Identified) {
        match self.format {
            Format::Json => self.document(0, &json::identity(&found.identity)),
            Format::Text => out(&schema::identity(found)),
        }
    }

    /// The SQL of a migration.
    pub(super) fn show(self, label: Label<'_>, script: &Script<'_>) {
        match self.format {
            Format::Json => self.document(0, &json::show(label, script)),
            Format::Text => out(script.sql),
        }
    }

    /// The SQL of a baseline.
    pub(super) fn show_baseline(self, bundle: &Bundle, baseline: &Baseline<'_>) {
        match self.format {
            Format::Json => self.document(0, &json::show_baseline(bundle, baseline)),
            Format::Text => baseline.scripts.iter().for_each(|script| out(script.sql)),
        }
    }

    /// What was written for review.
    pub(super) fn exported(self, exported: &Exported<'_>) {
        match self.format {
            Format::Json => self.document(0, &json::exported(exported)),
            Format::Text => out(&text::exported(exported)),
        }
    }

    /// Man pages: themselves, or where they were written.
    pub(super) fn pages(self, pages: &[Page], folder: Option<&Path>) {
        match (self.format, folder) {
            (Format::Json, _) => self.document(0, &json::pages(pages, folder)),
            (Format::Text, None) => pages.iter().for_each(|page| out(&page.text)),
            (Format::Text, Some(folder)) => out(&format!(
                "Wrote {} man pages to {}.\n",
                pages.len(),
                folder.display()
            )),
        }
    }

    /// What a shell needs to complete a command line.
    pub(super) fn completions(self, shell: &str, script: &str) {
        match self.format {
            Format::Json => self.document(0, &json::completions(shell, script)),
            Format::Text => out(script),
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
                    err(&schema::differing(error.differences()));
                }
                err(&text::error(error));
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

/// Shows a plan and asks.
pub(super) fn question(plan: &Plan<'_>) {
    err(&format!("{}Do it? [y/N] ", text::steps(plan, &[])));
}

/// How long it took. The journal notes when something failed, and not since when it was tried.
fn took(entry: &Entry) -> String {
    if entry.action == "fail" {
        "-".to_owned()
    } else {
        format!("{:.1} ms", entry.took_ms)
    }
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
