//! Running a statement that commits by itself: noted before and after, and judged first where it was begun earlier.
//!
//! What the catalog says about it is `doubt`. Only a failure of the statement itself is noted as one: a note that
//! fails says nothing about the statement, which stays "started", so that the next run finds out.

use super::doubt::Verdict;
use super::outside::{Current, named};
use super::{Halt, Outcome, Runner};
use crate::bundle::Operation;
use crate::error::{Error, Kind};
use crate::history::{Mark, OpenStep, State};
use crate::message::Part;

impl Runner<'_, '_> {
    /// A statement that commits by itself, noted before and after.
    pub(super) fn alone(
        &mut self,
        current: Current<'_>,
        operation: Operation,
        row: Option<&OpenStep>,
        state: Option<&State>,
    ) -> Outcome {
        let Current { at, unit, .. } = current;
        let mut sql = unit.sql.clone().into_owned();
        if let Some(state) = state {
            let begun = *state == State::Started;
            match self.judge(operation, unit)? {
                // An index that somebody built after a failure is compared with the one that the file asks for.
                Verdict::Done if begun || operation == Operation::CreateIndex => {
                    log::info!("step {} had taken effect", unit.number);
                    return self.mark(current, Mark::Done);
                }
                Verdict::Doubt(why) if begun => {
                    return Err(Halt::Refused(in_doubt(self.folder, current, row, &why)));
                }
                Verdict::Clean(statements) => {
                    for statement in &statements {
                        log::info!("step {}: {}", unit.number, self.filling.redact(statement));
                        self.message
                            .push(at, Part::Statement(unit.start()), statement);
                        self.flush()?;
                    }
                }
                Verdict::Instead(other) => sql = other,
                Verdict::Done | Verdict::Doubt(_) | Verdict::Run => {}
            }
        }
        self.mark(current, Mark::Started)?;
        self.message.push(at, Part::Statement(unit.start()), &sql);
        let sent = self.flush();
        if matches!(sent, Err(Halt::Interrupted { .. })) {
            let unsent = Mark::Failed {
                sqlstate: None,
                error: "interrupted before it was sent",
            };
            self.mark(current, unsent)?;
        }
        sent?;
        if let Some(index) = self.invalid_index(operation, &unit.names())? {
            let error = left_invalid(self.folder, current, &index);
            let (message, step) = (error.to_string(), current.step);
            let failed = Mark::Failed {
                sqlstate: None,
                error: &message,
            };
            self.mark(current, failed)?;
            self.note_in_journal(step, None, &message);
            return Err(Halt::Refused(error));
        }
        self.mark(current, Mark::Done)
    }
}

/// Nobody can tell but a person.
fn in_doubt(folder: &str, current: Current<'_>, row: Option<&OpenStep>, why: &str) -> Error {
    let (version, step) = (current.version, current.unit.number);
    let begun = row.map_or_else(String::new, |row| {
        format!(
            "It was begun on {} by server process {}. ",
            row.started_at, row.backend_pid
        )
    });
    let message = format!(
        "whether step {step} of {} took effect is in doubt",
        named(current.step)
    );
    Error::new(Kind::Doubt, message)
        .with_detail(format!("{begun}{why}"))
        .with_failure(current.failure(folder))
        .with_hint(format!(
            "Look at the database. If it took effect: `migrator resolve {version} --step {step} --done`; \
             to run it again: `migrator resolve {version} --step {step} --retry`."
        ))
}

/// A statement that succeeded left an index that serves no query: `IF NOT EXISTS` does so when the index of an
/// earlier attempt is still there.
fn left_invalid(folder: &str, current: Current<'_>, index: &str) -> Error {
    let message = format!("{} left index {index} invalid", named(current.step));
    Error::new(Kind::Migration, message)
        .with_detail(
            "An earlier attempt to build it had failed; it serves no query. It is not recorded.",
        )
        .with_failure(current.failure(folder))
        .with_hint("Run it again: the invalid index is dropped and built anew.")
}
