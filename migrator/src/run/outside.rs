//! Running a script outside a transaction, one unit after the other, each noted as a step.
//!
//! What can share a transaction with its note does. What cannot is noted before and after; a run that finds a step
//! begun but not ended asks `doubt` what became of it. The lock and the statements share a session, so whoever holds
//! the lock knows that no earlier runner is still executing.

use super::doubt::Verdict;
use super::patience::may_succeed_later;
use super::{Failed, Halt, Outcome, Place, Runner};
use crate::bundle::{Kind as StatementKind, Mode, Operation, Script};
use crate::compose::{BEGIN, COMMIT, Flush, JOURNAL_LOCAL};
use crate::error::{Error, Failure, Kind};
use crate::failure::{Fate, excerpt};
use crate::history::{Mark, OpenStep, State};
use crate::message::Part;
use crate::plan::{Action, Plan, Step};
use crate::unit::{Form, Unit, text, units};

/// Refuses a plan of which an unfinished script has changed since its steps were noted.
pub(super) fn refuse_changed(plan: &Plan<'_>, open: &[OpenStep]) -> Result<(), Error> {
    let mut changed = Vec::new();
    for step in &plan.steps {
        let Some(script) = step.script() else {
            continue;
        };
        let mut begun = open.iter().filter(|row| is_of(row, step)).peekable();
        if begun.peek().is_none() {
            continue;
        }
        let units = match script.mode {
            Mode::NoTransaction => units(&script),
            Mode::Transaction => Vec::new(),
        };
        for row in begun.filter(|row| row.state != State::Failed) {
            let unit = units.iter().find(|unit| unit.number == row.number);
            if let State::Unknown(word) = &row.state {
                changed.push(format!(
                    "Step {} of {} is \"{word}\", which this version does not know.",
                    row.number, script.file
                ));
            } else if unit.is_none_or(|unit| unit.sha256 != row.sha256) {
                changed.push(format!(
                    "Step {} of {} was {} on {} with another text.",
                    row.number,
                    script.file,
                    row.state.word(),
                    row.started_at
                ));
            }
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Kind::Drift,
        "a script that was begun outside a transaction has changed since",
    );
    Err(changed
        .into_iter()
        .fold(error, Error::with_detail)
        .with_hint(
            "Restore the steps that were begun, and put the change into a new migration. To run a step with its new \
             text: `migrator resolve VERSION --step N --retry`.",
        ))
}

fn is_of(row: &OpenStep, step: &Step<'_>) -> bool {
    row.version == step.version && row.action == step.action().word()
}

/// One unit on its way: where it stands in the plan, and what it is.
#[derive(Clone, Copy)]
struct Current<'u> {
    at: usize,
    step: &'u Step<'u>,
    script: &'u Script<'u>,
    unit: &'u Unit<'u>,
}

impl Runner<'_, '_> {
    /// Runs what is left of one script, and records it at the end.
    pub(super) fn without_transaction(
        &mut self,
        at: usize,
        step: &Step<'_>,
        script: &Script<'_>,
    ) -> Outcome {
        let recorded = self.recorded(step)?;
        self.message
            .push(at, Part::Limits, &self.composer.session_limits(step));
        self.flush()?;
        let units = units(script);
        self.place = Place::Unit;
        let outcome = units.iter().try_for_each(|unit| {
            let current = Current {
                at,
                step,
                script,
                unit,
            };
            let row = recorded.iter().find(|row| row.number == unit.number);
            self.unit(current, row.map(|row| (row, row.state.clone())))
                .map_err(|halt| stays(halt, unit.number, units.len()))
        });
        self.place = Place::Batch;
        outcome?;
        self.record_units(at, step)
    }

    /// What earlier runs have noted about a script.
    fn recorded(&mut self, step: &Step<'_>) -> Result<Vec<OpenStep>, Halt> {
        let Some(sql) = self.composer.recorder.location().read_open_steps() else {
            return Ok(Vec::new());
        };
        let mut results = self
            .connection
            .query(&sql)
            .map_err(|error| Halt::failed(None, error))?;
        let rows = results.pop().unwrap_or_default();
        Ok(rows
            .iter()
            .map(crate::history::read_open_step)
            .filter(|row| is_of(row, step))
            .collect())
    }

    /// Runs one unit, again and again while only a lock is missing.
    fn unit(&mut self, current: Current<'_>, recorded: Option<(&OpenStep, State)>) -> Outcome {
        let Current { at, unit, .. } = current;
        let (row, mut state) = recorded.unzip();
        if state == Some(State::Done) && unit.form != Form::Session {
            log::info!("step {} is done already", unit.number);
            return Ok(());
        }
        loop {
            let outcome = match unit.form {
                Form::Session => self.body_of(current).and_then(|()| self.flush()),
                Form::Atomic => self.atomic(current),
                Form::Alone(operation) => self.alone(current, operation, row, state.as_ref()),
            };
            let Err(Halt::Failed(failed)) = outcome else {
                return outcome;
            };
            if !failed.error.is_final() {
                self.note_failure(current, &failed)?;
                if may_succeed_later(&failed.error) && self.wait(at, at, &failed.error)? {
                    state = Some(State::Failed);
                    continue;
                }
            }
            return Err(Halt::Failed(failed));
        }
    }

    /// Puts the statements of a unit into the message.
    fn body_of(&mut self, current: Current<'_>) -> Outcome {
        let Current {
            at, script, unit, ..
        } = current;
        let mut statements = unit.statements.iter().peekable();
        while let Some(statement) = statements.next() {
            let sql = text(script, statement);
            if statement.kind == StatementKind::Copy {
                let data = statements.next_if(|next| next.kind == StatementKind::CopyData);
                let (from, data) =
                    data.map_or((statement.end, ""), |data| (data.start, text(script, data)));
                self.flush()?;
                self.copy_in(at, statement.start, sql, from, data)?;
            } else {
                self.message.push(at, Part::Statement(statement.start), sql);
            }
        }
        Ok(())
    }

    /// A unit and the note that it is done, in one transaction.
    fn atomic(&mut self, current: Current<'_>) -> Outcome {
        let Current { at, step, unit, .. } = current;
        self.message.push(at, Part::Begin, BEGIN);
        self.message
            .push(at, Part::Reset, &self.composer.unit_limits(step));
        self.body_of(current)?;
        for sql in JOURNAL_LOCAL {
            self.message.push(at, Part::Reset, sql);
        }
        let object = unit.object();
        let key = unit.key(step.action(), step.version, object.as_deref());
        self.message.push(
            at,
            Part::Reset,
            &self.composer.recorder.mark(&key, Mark::Done),
        );
        self.message.push(at, Part::UnitCommit, COMMIT);
        self.flush()
    }

    /// A statement that commits by itself, noted before and after.
    fn alone(
        &mut self,
        current: Current<'_>,
        operation: Operation,
        row: Option<&OpenStep>,
        state: Option<&State>,
    ) -> Outcome {
        let Current { at, unit, .. } = current;
        let mut sql = unit.sql.to_owned();
        if let Some(state) = state {
            let begun = *state == State::Started;
            match self.judge(operation, unit)? {
                Verdict::Done if begun => {
                    log::info!("step {} had taken effect", unit.number);
                    return self.mark(current, Mark::Done);
                }
                Verdict::Doubt(why) if begun => {
                    return Err(Halt::Refused(self.in_doubt(current, row, &why)));
                }
                Verdict::Clean(statements) => {
                    for statement in &statements {
                        log::info!("step {}: {statement}", unit.number);
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
        self.flush()?;
        if let Some(index) = self.invalid_index(operation, &unit.names)? {
            let error = self.left_invalid(current, &index);
            let failed = Mark::Failed {
                sqlstate: None,
                error: &error.to_string(),
            };
            self.mark(current, failed)?;
            return Err(Halt::Refused(error));
        }
        self.mark(current, Mark::Done)
    }

    /// Notes how far a step is, in a transaction of the note's own.
    fn mark(&mut self, current: Current<'_>, mark: Mark<'_>) -> Outcome {
        let Current { step, unit, .. } = current;
        let object = unit.object();
        let key = unit.key(step.action(), step.version, object.as_deref());
        let sql = format!(
            "{BEGIN}; {}; {}; {COMMIT}",
            JOURNAL_LOCAL.join("; "),
            self.composer.recorder.mark(&key, mark)
        );
        self.connection
            .execute(&sql, &mut |_| {})
            .map_err(|incomplete| Halt::failed(None, incomplete.error))
    }

    fn note_failure(&mut self, current: Current<'_>, failed: &Failed) -> Outcome {
        self.message = crate::message::Message::default();
        self.roll_back(&failed.error)?;
        if current.unit.form == Form::Session {
            return Ok(());
        }
        self.mark(
            current,
            Mark::Failed {
                sqlstate: failed.error.sqlstate(),
                error: &failed.error.message(),
            },
        )
    }

    /// Nobody can tell but a person.
    fn in_doubt(&self, current: Current<'_>, row: Option<&OpenStep>, why: &str) -> Error {
        let (version, step) = (current.step.version, current.unit.number);
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
            .with_failure(self.failure(current))
            .with_hint(format!(
                "Look at the database. If it took effect: `migrator resolve {version} --step {step} --done`; \
                 to run it again: `migrator resolve {version} --step {step} --retry`."
            ))
    }

    /// A statement that succeeded left an index that serves no query: `IF NOT EXISTS` does so when the index of an
    /// earlier attempt is still there.
    fn left_invalid(&self, current: Current<'_>, index: &str) -> Error {
        let message = format!("{} left index {index} invalid", named(current.step));
        Error::new(Kind::Migration, message)
            .with_detail("An earlier attempt to build it had failed; it serves no query. It is not recorded.")
            .with_failure(self.failure(current))
            .with_hint("Run it again: the invalid index is dropped and built anew.")
    }

    fn failure(&self, current: Current<'_>) -> Failure {
        let Current {
            step, script, unit, ..
        } = current;
        Failure {
            action: step.action(),
            version: step.version,
            name: step.name.to_owned(),
            excerpt: Some(excerpt(self.folder, script, unit.start())),
            sqlstate: None,
        }
    }

    /// Records a script that ran outside a transaction.
    fn record_units(&mut self, at: usize, step: &Step<'_>) -> Outcome {
        self.message.push(at, Part::Begin, BEGIN);
        self.message.push(
            at,
            Part::Reset,
            &self.composer.record_limits(step, Flush::Now),
        );
        self.record(at, step);
        self.message.push(at, Part::Commit, COMMIT);
        self.flush()
    }
}

fn named(step: &Step<'_>) -> String {
    match step.action() {
        Action::Revert => format!("undoing migration {} \"{}\"", step.version, step.name),
        _ => format!("migration {} \"{}\"", step.version, step.name),
    }
}

/// Says of a failure that what came before it stays.
fn stays(halt: Halt, step: usize, of: usize) -> Halt {
    match halt {
        Halt::Failed(failed) => Halt::Failed(Box::new(Failed {
            fate: Fate::Stays { step, of },
            ..*failed
        })),
        other => other,
    }
}
