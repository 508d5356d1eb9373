//! Running a script outside a transaction, one unit after the other, each noted as a step.
//!
//! What can share a transaction with its note does. What cannot is noted before and after; a run that finds a step
//! begun but not ended asks `doubt` what became of it. The lock and the statements share a session, so whoever holds
//! the lock knows that no earlier runner is still executing.

use super::patience::may_succeed_later;
use super::{Failed, Halt, Outcome, Place, Runner, Whose};
use crate::bundle::{Kind as StatementKind, Mode, Operation, Script};
use crate::compose::{BEGIN, COMMIT, Flush, JOURNAL_LOCAL};
use crate::error::{Error, Failure, Kind};
use crate::failure::{Fate, excerpt};
use crate::history::{Mark, OpenStep, State};
use crate::message::{Found, Part};
use crate::placeholder::Filling;
use crate::plan::{Action, Plan, Step};
use crate::unit::{Form, Unit, sets_session, units};

/// How often a note is sent: somebody may have cancelled what ran before it, and hit the note.
const ATTEMPTS_TO_NOTE: usize = 3;

/// Refuses a plan of which an unfinished script has changed since its steps were noted.
pub(crate) fn refuse_changed(plan: &Plan<'_>, open: &[OpenStep]) -> Result<(), Error> {
    let mut changed = Vec::new();
    for step in &plan.steps {
        let Some(script) = step.script() else {
            continue;
        };
        let mut begun = open.iter().filter(|row| row.is_of(step)).peekable();
        if begun.peek().is_none() {
            continue;
        }
        let units = match script.mode {
            Mode::NoTransaction => units(&script, &Filling::default()),
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

/// One unit on its way: where it stands in the plan, and what it is.
#[derive(Clone, Copy)]
pub(super) struct Current<'u> {
    pub(super) at: usize,
    pub(super) step: &'u Step<'u>,
    pub(super) version: i64,
    pub(super) script: &'u Script<'u>,
    pub(super) unit: &'u Unit<'u>,
}

impl Current<'_> {
    /// Where it is, for an error about it.
    pub(super) fn failure(self, folder: &str) -> Failure {
        Failure {
            action: self.step.action(),
            version: Some(self.version),
            name: self.step.name.to_owned(),
            excerpt: Some(excerpt(folder, self.script, self.unit.start())),
            sqlstate: None,
        }
    }
}

impl Runner<'_, '_> {
    /// Runs what is left of one script, and records it at the end.
    pub(super) fn without_transaction(
        &mut self,
        at: usize,
        (step, version): (&Step<'_>, i64),
        script: &Script<'_>,
    ) -> Outcome {
        let recorded = self.recorded(step)?;
        self.message
            .push(at, Part::Limits, &self.composer.session_limits(step));
        self.flush()?;
        let units = units(script, &self.filling);
        self.place = Place::Unit;
        let outcome = units.iter().try_for_each(|unit| {
            let current = Current {
                at,
                step,
                version,
                script,
                unit,
            };
            let row = recorded.iter().find(|row| row.number == unit.number);
            self.unit(current, row.map(|row| (row, row.state.clone())))
                .map_err(|halt| stays(halt, at, unit.number, units.len()))
        });
        self.place = Place::Batch;
        outcome?;
        self.record_units(at, step)
    }

    /// What earlier runs have noted about a script, read in a session that nothing of an earlier attempt is left in.
    fn recorded(&mut self, step: &Step<'_>) -> Result<Vec<OpenStep>, Halt> {
        let Some(sql) = self.composer.recorder.location().read_open_steps() else {
            return Ok(Vec::new());
        };
        let mut results = self
            .connection
            .query(&format!("{}; {sql}", self.composer.anew()))
            .map_err(|error| Halt::failed(None, error))?;
        let rows = results.pop().unwrap_or_default();
        Ok(rows
            .iter()
            .map(crate::history::read_open_step)
            .filter(|row| row.is_of(step))
            .collect())
    }

    /// Runs one unit, again and again while only a lock is missing.
    fn unit(&mut self, current: Current<'_>, recorded: Option<(&OpenStep, State)>) -> Outcome {
        let Current { at, unit, .. } = current;
        let (row, mut state) = recorded.unzip();
        if state == Some(State::Done) && unit.form != Form::Session {
            log::info!("step {} is done already", unit.number);
            return self.set_again(current);
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
            if failed.error.is_final() || failed.whose == Whose::Engine {
                return Err(Halt::Failed(failed));
            }
            if let Err(Halt::Failed(unnoted)) = self.note_failure(current, &failed) {
                log::warn!(
                    "the failure of step {} could not be noted: {}",
                    unit.number,
                    unnoted.error.message()
                );
                return Err(Halt::Failed(failed));
            }
            let again = may_succeed_later(&failed.error) && is_undone(unit);
            if !(again && self.wait(at, at, &failed.error)?) {
                let left = self.left_by(unit);
                return Err(Halt::Failed(Box::new(Failed { left, ..*failed })));
            }
            state = Some(State::Failed);
        }
    }

    /// What a unit that is done had set for the session of that time, for the units after it.
    fn set_again(&mut self, current: Current<'_>) -> Outcome {
        let Current {
            at, script, unit, ..
        } = current;
        for statement in &unit.statements {
            let sql = &self.filling.text(script, statement);
            if unit.form == Form::Atomic && sets_session(sql) {
                self.message.push(at, Part::Statement(statement.start), sql);
            }
        }
        self.flush()
    }

    /// Puts the statements of a unit into the message.
    fn body_of(&mut self, current: Current<'_>) -> Outcome {
        let Current {
            at, script, unit, ..
        } = current;
        let mut statements = unit.statements.iter().peekable();
        while let Some(statement) = statements.next() {
            let sql = &self.filling.text(script, statement);
            if statement.kind == StatementKind::Copy {
                let data = statements.next_if(|next| next.kind == StatementKind::CopyData);
                let (from, data) = data.map_or((statement.end, ""), |data| {
                    (
                        data.start,
                        script.sql.get(data.start..data.end).unwrap_or_default(),
                    )
                });
                self.flush_before_copy(at, statement.start, sql)?;
                self.copy_in(at, statement.start, sql, from, data)?;
            } else {
                self.message.push(at, Part::Statement(statement.start), sql);
            }
        }
        Ok(())
    }

    /// A unit and the note that it is done, in one transaction.
    fn atomic(&mut self, current: Current<'_>) -> Outcome {
        let Current {
            at,
            step,
            version,
            unit,
            ..
        } = current;
        self.message.push(at, Part::Begin, BEGIN);
        self.message
            .push(at, Part::Reset, &self.composer.unit_limits(step));
        self.body_of(current)?;
        for sql in JOURNAL_LOCAL {
            self.message.push(at, Part::Reset, sql);
        }
        let object = unit.object();
        let key = unit.key(step.action(), version, object.as_deref());
        self.message.push(
            at,
            Part::Reset,
            &self.composer.recorder.mark(&key, Mark::Done),
        );
        self.message.push(at, Part::UnitCommit, COMMIT);
        self.flush()
    }

    /// Notes how far a step is, in a transaction of the note's own.
    ///
    /// A note is as good the second time, and a statement whose end is not noted costs the next run a question.
    pub(super) fn mark(&mut self, current: Current<'_>, mark: Mark<'_>) -> Outcome {
        let Current {
            step,
            version,
            unit,
            ..
        } = current;
        let object = unit.object();
        let key = unit.key(step.action(), version, object.as_deref());
        let sql = format!(
            "{BEGIN}; {}; {}; {COMMIT}",
            JOURNAL_LOCAL.join("; "),
            self.composer.recorder.mark(&key, mark)
        );
        for _ in 1..ATTEMPTS_TO_NOTE {
            match self.connection.execute(&sql, &mut |_| {}) {
                Ok(()) => return Ok(()),
                Err(incomplete) if incomplete.error.is_final() => {
                    return Err(Halt::engine(incomplete.error));
                }
                Err(incomplete) => {
                    log::debug!("a note failed: {}", incomplete.error.message());
                    self.roll_back(&incomplete.error)?;
                }
            }
        }
        self.connection
            .execute(&sql, &mut |_| {})
            .map_err(|incomplete| Halt::engine(incomplete.error))
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

    /// Records a script that ran outside a transaction.
    fn record_units(&mut self, at: usize, step: &Step<'_>) -> Outcome {
        self.message.push(at, Part::Begin, BEGIN);
        self.message.push(
            at,
            Part::Reset,
            &self.composer.record_limits(step, Flush::Now),
        );
        for sql in self.composer.hold(std::slice::from_ref(step)) {
            self.message.push(at, Part::Mirror, &sql);
        }
        self.record(at, step);
        self.message.push(at, Part::Commit, COMMIT);
        self.flush()
    }
}

/// Whether nothing is left of a unit that failed, or `doubt` removes it: a procedure may have committed before it
/// failed, and an index without a name cannot be found.
fn is_undone(unit: &Unit<'_>) -> bool {
    match unit.form {
        Form::Alone(Operation::Opaque) => false,
        Form::Alone(Operation::CreateIndex) => unit.names().len() == 2,
        Form::Atomic | Form::Session | Form::Alone(_) => true,
    }
}

pub(super) fn named(step: &Step<'_>) -> String {
    match step.action() {
        Action::Revert => format!("undoing migration {}", step.label()),
        _ => format!("migration {}", step.label()),
    }
}

/// Says of a failure that what came before it stays.
fn stays(halt: Halt, at: usize, step: usize, of: usize) -> Halt {
    match halt {
        Halt::Failed(failed) => Halt::Failed(Box::new(Failed {
            // What the engine asks and notes belongs to the migration too.
            found: failed.found.or(Some(Found {
                step: at,
                part: Part::Reset,
                offset: None,
            })),
            fate: Fate::Stays { step, of },
            ..*failed
        })),
        other => other,
    }
}
