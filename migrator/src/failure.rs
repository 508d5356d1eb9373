//! What a server error means for the migration in which it happened. Pure.

use crate::bundle::Script;
use crate::error::{Error, Failure, Kind};
use crate::excerpt::Excerpt;
use crate::history::Recorder;
use crate::message::{Found, Part};
use crate::plan::{Action, Step};
use crate::run::holding;
use crate::server_error::ServerError;
use crate::settings::{Settings, Transactions};

/// The class of SQLSTATE that says that rows do not fit a constraint.
const CONSTRAINT: &str = "23";

/// What became of the step that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing of it remains.
    RolledBack,
    /// It runs outside a transaction: what came before this step of it stays.
    Stays {
        /// The number of the step that failed, from 1.
        step: usize,
        /// How many there are.
        of: usize,
    },
}

/// Everything around a failure.
pub(crate) struct Scene<'s> {
    pub(crate) folder: &'s str,
    pub(crate) step: Option<Step<'s>>,
    pub(crate) found: Option<Found>,
    pub(crate) fate: Fate,
    pub(crate) settings: &'s Settings,
    /// Who stood in the way when it failed.
    pub(crate) blockers: &'s [String],
    /// The index that it left, and that is not valid.
    pub(crate) left: Option<&'s str>,
}

impl Scene<'_> {
    /// The error for it.
    pub(crate) fn error(&self, error: &ServerError) -> Error {
        let Some(step) = self.step else {
            return crate::session::unexpected("running the plan", error);
        };
        let named = step.label();
        let doing = match step.action() {
            Action::Apply if self.verifying() => format!("the verify script of migration {named}"),
            Action::Apply => format!("migration {named}"),
            Action::Baseline => format!("baseline {named}"),
            Action::Revert => format!("undoing migration {named}"),
            Action::Skip => format!("skipping {named}"),
            Action::Stamp => format!("stamping {named}"),
            Action::Adopt => format!("adopting {named}"),
            Action::Unstamp => format!("removing the stamp of {named}"),
            Action::Repeat => format!("repeatable {named}"),
        };
        let failed = match error {
            _ if self.interrupted(error) => Error::new(
                Kind::Interrupted,
                format!("{doing} was interrupted: {}", error.message()),
            )
            .with_hint("Run it again: it goes on where it stopped."),
            ServerError::Lost(_) => {
                Error::new(Kind::Connection, format!("the connection was lost during {doing}: {}", error.message()))
            }
            ServerError::Answer(_) if error.is_final() => {
                Error::new(Kind::Connection, format!("the server ended the session during {doing}: {}", error.message()))
            }
            ServerError::Answer(answer)
                if Recorder::is_ended_transaction(
                    &answer.sqlstate,
                    answer.table.as_deref(),
                    answer.column.as_deref(),
                ) =>
            {
                Error::new(Kind::Migration, format!("{doing} ended the transaction in which it ran"))
                    .with_detail(
                        "A COMMIT or ROLLBACK in the file, or a RESET ALL, took effect. What stood before it may be \
                         committed; the rest was rolled back, and nothing is recorded.",
                    )
                    .with_hint("Remove it from the file; look at what was committed before you run it again.")
            }
            ServerError::Answer(answer)
                if Recorder::is_lost_lock(
                    &answer.sqlstate,
                    answer.table.as_deref(),
                    answer.column.as_deref(),
                ) =>
            {
                Error::new(Kind::Migration, format!("{doing} lost the lock of this run to another runner"))
                    .with_detail("It was rolled back and is not recorded.")
                    .with_hint(
                        "Does the file give all advisory locks of its session away? Remove that. Behind a pooler, connect to \
                         the server itself: `--direct-url`.",
                    )
            }
            ServerError::Answer(_) => {
                let when = if self.committing() { " at its commit" } else { "" };
                Error::new(Kind::Migration, format!("{doing} failed{when}: {}", error.message()))
            }
        };
        // What the server says of our own check, and that the rest was rolled back, is said already.
        let failed = if failed.kind() == Kind::Interrupted {
            failed.with_detail(self.fate_in_words(error))
        } else if failed.hint().is_some() {
            failed
        } else {
            self.server_words(failed, error)
                .with_detail(self.fate_in_words(error))
        };
        let failed = self.left.iter().fold(failed, |failed, index| {
            failed.with_detail(format!(
                "It left the index {index}, which is not valid; the next run drops it and builds it again."
            ))
        });
        failed.with_failure(Failure {
            action: step.action(),
            version: step.version,
            name: step.name.to_owned(),
            excerpt: self.excerpt(&step),
            sqlstate: error.sqlstate().map(str::to_owned),
        })
    }

    /// Whether it failed because the run was asked to stop: the statement was cancelled, or did not end in time.
    fn interrupted(&self, error: &ServerError) -> bool {
        self.settings.interrupt.has_ended(error)
    }

    fn excerpt(&self, step: &Step<'_>) -> Option<Excerpt> {
        let offset = self.found?.offset?;
        let (script, start) = holding(self.scripts(step), offset)?;
        Some(excerpt(self.folder, &script, offset - start))
    }

    fn server_words(&self, failed: Error, error: &ServerError) -> Error {
        let answer = match error {
            ServerError::Answer(answer) if !error.is_final() => answer,
            ServerError::Answer(_) | ServerError::Lost(_) => {
                return failed.with_hint("Run it again: the history tells what is committed.");
            }
        };
        let failed = answer
            .detail
            .iter()
            .fold(failed, |failed, detail| failed.with_detail(detail.clone()));
        let failed = answer.context.iter().fold(failed, |failed, context| {
            failed.with_detail(context.clone())
        });
        let failed = self.blockers.iter().fold(failed, |failed, blocker| {
            failed.with_detail(format!("In the way: {blocker}."))
        });
        match (&answer.hint, answer.sqlstate.as_str()) {
            (_, sqlstate) if self.mirroring() && sqlstate != "55P03" => failed.with_hint(
                "That was the mirror of the other tool's history. Mend its table; if no old image starts any more: \
                 `migrator adopt --stop-mirror`.",
            ),
            (Some(hint), _) => failed.with_hint(format!("The server says: {hint}")),
            (None, "55P03") => failed.with_hint(format!(
                "Another session holds the lock; lock_timeout is {}. Try again at a quieter time, try for longer with \
                 `--lock-retry-for 30min`, or set `-- migrator: lock-timeout 30s` in the file.",
                self.step
                    .and_then(|step| self.scripts(&step).first()?.limits.lock_timeout)
                    .unwrap_or(&self.settings.lock_timeout)
            )),
            (None, "42501") => failed
                .with_hint("Grant the role what it lacks, or connect as one that has it."),
            (None, _) if self.verifying() => failed.with_hint(
                "What the migration was to bring about does not hold here. Mend the migration or the verify script, build \
                 again, and run it again.",
            ),
            (None, sqlstate) if sqlstate.starts_with(CONSTRAINT) => failed.with_hint(
                "Mend the data and run it again; or mend the file, build again, and run it again.",
            ),
            (None, _) => failed.with_hint("Mend the file, build again, and run it again."),
        }
    }

    /// The scripts through which the place of the failure is counted.
    fn scripts<'s>(&self, step: &Step<'s>) -> Vec<Script<'s>> {
        if self.verifying() {
            step.verify().into_iter().collect()
        } else {
            step.scripts().collect()
        }
    }

    fn verifying(&self) -> bool {
        matches!(self.found.map(|found| found.part), Some(Part::Verify(_)))
    }

    fn mirroring(&self) -> bool {
        matches!(self.found.map(|found| found.part), Some(Part::Mirror))
    }

    fn committing(&self) -> bool {
        matches!(self.found.map(|found| found.part), Some(Part::Commit))
    }

    fn fate_in_words(&self, error: &ServerError) -> String {
        let recorded = match self.step.map(|step| step.action()) {
            Some(Action::Revert) => "still recorded as applied",
            _ => "not recorded",
        };
        match self.fate {
            _ if error.is_final() && self.committing() => {
                "The commit was under way: whether it took effect is in doubt. The next run reads the truth.".to_owned()
            }
            Fate::RolledBack if self.settings.transactions == Transactions::Single => {
                "The whole run was one transaction: all of it was rolled back, nothing is recorded.".to_owned()
            }
            Fate::RolledBack => format!("It was rolled back and is {recorded}."),
            Fate::Stays { step, of } => {
                let next = if error.is_final() {
                    format!("whether step {step} took effect, the next run finds out")
                } else {
                    format!("the next run goes on with step {step}")
                };
                let before = match step {
                    1 => String::new(),
                    2 => " What step 1 did stays and is noted.".to_owned(),
                    _ => format!(" What steps 1 to {} did stays and is noted.", step - 1),
                };
                format!(
                    "This was step {step} of {of} outside a transaction.{before} The migration is {recorded}; {next}."
                )
            }
        }
    }
}

/// A place in a script, by the name that the reader of a message knows its file by.
pub(crate) fn excerpt(folder: &str, script: &Script<'_>, offset: usize) -> Excerpt {
    let file = if folder.is_empty() {
        script.file.to_owned()
    } else {
        format!("{folder}/{}", script.file)
    };
    Excerpt::at(file, script.sql, offset)
}
