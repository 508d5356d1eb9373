//! The one loop that runs a plan. It emits events and returns a report; it decides nothing about order.
//!
//! Each transactional step is one transaction: limits, body, record, reset, commit. Small steps share a message, so
//! that a thousand of them cost a few round trips; a large one is sent in pieces, so that memory stays small.
//! A script outside a transaction is sent statement by statement and recorded at the end.

mod copy;
mod progress;
mod units;

use crate::bundle::{Bundle, Kind as StatementKind, Mode, Script};
use crate::compose::{BEGIN, COMMIT, Composer, Flush, Preparation, RESET_ROLE, SETTLE};
use crate::connection::{Connection, Heard, Incomplete};
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::failure::{Fate, Scene};
use crate::history::Recorder;
use crate::message::{Found, Message, Part};
use crate::plan::{Plan, Step};
use crate::report::Report;
use crate::server_error::ServerError;
use crate::session::Session;
use crate::settings::{Settings, Transactions};
use progress::Progress;

/// How many bytes a message may grow to before it is sent.
const FULL: usize = 128 * 1024;

/// Runs every step of a plan. The session holds the lock, and the history tables exist.
pub(crate) fn run(
    session: &mut Session,
    bundle: &Bundle,
    plan: &Plan<'_>,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    let settings = session.settings().clone();
    let recorder = Recorder::new(session.probe.location.clone(), &run_id(), bundle);
    let composer = Composer {
        settings: &settings,
        recorder,
        version: session.probe.version,
        preparation: Preparation::of(plan),
    };
    observer(Event::Planned {
        steps: plan.steps.len(),
    });
    let mut runner = Runner {
        connection: &mut session.connection,
        settings: &settings,
        composer,
        folder: bundle.folder,
        message: Message::default(),
        progress: Progress {
            steps: &plan.steps,
            ended: Vec::new(),
            report: Report::default(),
            observer,
        },
    };
    runner.steps().map_err(|failed| runner.after(*failed))?;
    Ok(runner.progress.report)
}

/// Names one run in the journal: enough to tell two runs apart.
fn run_id() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

struct Runner<'r, 'p> {
    connection: &'r mut Connection,
    settings: &'r Settings,
    composer: Composer<'r>,
    folder: &'r str,
    message: Message,
    progress: Progress<'r, 'p>,
}

/// A failure inside the loop: which statement, and what the server said.
struct Failed {
    found: Option<Found>,
    error: ServerError,
    fate: Fate,
}

impl Failed {
    fn anywhere(error: ServerError) -> Self {
        Self {
            found: None,
            error,
            fate: Fate::RolledBack,
        }
    }
}

type Outcome = Result<(), Box<Failed>>;

impl Runner<'_, '_> {
    fn steps(&mut self) -> Outcome {
        let count = self.progress.steps.len();
        if let Some(sql) = self
            .progress
            .steps
            .first()
            .and_then(|first| self.composer.prepare(first))
        {
            self.connection
                .execute(&sql, &mut |_| {})
                .map_err(|incomplete| Box::new(Failed::anywhere(incomplete.error)))?;
        }
        for at in 0..count {
            match self.script(at).map(|script| script.mode) {
                Some(Mode::NoTransaction) => {
                    self.flush()?;
                    self.without_transaction(at)?;
                }
                Some(Mode::Transaction) | None => self.in_transaction(at, Company::Shared)?,
            }
        }
        self.flush()
    }

    fn script(&self, at: usize) -> Option<Script<'_>> {
        self.progress.steps.get(at).and_then(Step::script)
    }

    /// Runs one step in its transaction, or puts it into the message that will.
    fn in_transaction(&mut self, at: usize, company: Company) -> Outcome {
        let Some(step) = self.progress.steps.get(at).copied() else {
            return Ok(());
        };
        let last = at + 1 == self.progress.steps.len();
        let single = self.settings.transactions == Transactions::Single;
        let bulky = step.script().is_some_and(|script| is_bulky(&script));
        if bulky && !single {
            self.flush()?;
        }
        if !single || at == 0 {
            self.message.push(at, Part::Begin, BEGIN);
        }
        let flush = if last || single {
            Flush::Now
        } else {
            Flush::Later
        };
        self.message
            .push(at, Part::Limits, &self.composer.limits(&step, flush));
        if let Some(script) = step.script() {
            self.body(at, &script)?;
        }
        self.record(at, &step);
        if !single || last {
            self.message.push(at, Part::Commit, COMMIT);
        }
        let full = self.message.text.len() >= FULL;
        if full || (bulky && !single) || company == Company::Alone {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn record(&mut self, at: usize, step: &Step<'_>) {
        for sql in RESET_ROLE {
            self.message.push(at, Part::Reset, sql);
        }
        self.message
            .push(at, Part::Record, &self.composer.record(step));
        for sql in self.composer.reset() {
            self.message.push(at, Part::Reset, sql);
        }
    }

    /// Puts the statements of a script into the message, sending it whenever it is full.
    fn body(&mut self, at: usize, script: &Script<'_>) -> Outcome {
        let mut copy = None;
        for statement in script.statements.iter() {
            let sql = script
                .sql
                .get(statement.start..statement.end)
                .unwrap_or_default();
            match statement.kind {
                StatementKind::Copy => copy = Some((statement.start, sql)),
                StatementKind::CopyData => {
                    if let Some((start, command)) = copy.take() {
                        self.flush()?;
                        self.copy_in(at, start, command, statement.start, sql)?;
                    }
                }
                StatementKind::Name => {}
                _ => {
                    self.message.push(at, Part::Statement(statement.start), sql);
                    if self.message.text.len() >= FULL && is_bulky(script) {
                        self.flush()?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends the message.
    fn flush(&mut self) -> Outcome {
        if self.message.is_empty() {
            return Ok(());
        }
        if let Some(last) = self.message.marks.last()
            && last.part == Part::Commit
        {
            self.message.push(last.step, Part::Reset, SETTLE);
        }
        let message = std::mem::take(&mut self.message);
        let progress = &mut self.progress;
        let result = self.connection.attend(&message.text, &mut |heard| {
            if let Heard::Completed { count, field } = heard {
                if let Some(mark) = message.marks.get(count) {
                    progress.completed(mark.step, mark.part, field);
                }
            } else {
                progress.pass_on(&heard);
            }
        });
        let Err(Incomplete { completed, error }) = result else {
            return Ok(());
        };
        let position = match &error {
            ServerError::Answer(answer) => answer.position,
            ServerError::Lost(_) => None,
        };
        let found = message.find(completed, position);
        if let Some(first) = self.again_from(&message, completed, found, &error) {
            return (first..first + message.steps_from(first))
                .try_for_each(|at| self.in_transaction(at, Company::Alone));
        }
        Err(Box::new(Failed {
            found,
            error,
            fate: Fate::RolledBack,
        }))
    }

    /// The first step of a message that is to be sent again, each step alone; `None` when the failure is final.
    fn again_from(
        &mut self,
        message: &Message,
        completed: usize,
        found: Option<Found>,
        error: &ServerError,
    ) -> Option<usize> {
        if error.is_final() || self.settings.transactions == Transactions::Single {
            return None;
        }
        // A syntax error anywhere in a message keeps the server from running any of it.
        if completed == 0 && message.steps() > 1 {
            return message.marks.first().map(|mark| mark.step);
        }
        // A function that a file called has dropped our prepared statements.
        let found = found?;
        let ours = matches!(found.part, Part::Limits | Part::Record);
        if ours
            && error.sqlstate() == Some("26000")
            && self.composer.preparation == Preparation::Prepared
        {
            self.composer.preparation = Preparation::Plain;
            self.connection.execute("ROLLBACK", &mut |_| {}).ok()?;
            return Some(found.step);
        }
        None
    }

    /// After a failure: rolls back, notes it in the journal, and says everything that is known.
    fn after(&mut self, failed: Failed) -> Error {
        let Failed { found, error, fate } = failed;
        let mut found = found;
        let step = found
            .and_then(|found| self.progress.steps.get(found.step))
            .copied();
        if !error.is_final() {
            let rolled_back = self.connection.execute("ROLLBACK", &mut |_| {});
            let record = step.map(|step| {
                self.composer.recorder.fail(
                    step.version,
                    step.name,
                    error.sqlstate(),
                    &error.message(),
                )
            });
            // The failure is worth a note, but the note is not worth a second failure.
            let noted = rolled_back.and_then(|()| {
                let sql = format!(
                    "SET synchronous_commit = on; {}",
                    record.unwrap_or_default()
                );
                self.connection.execute(&sql, &mut |_| {})
            });
            if let Err(incomplete) = noted {
                log::warn!(
                    "the failure could not be noted in the journal: {}",
                    incomplete.error.message()
                );
            }
        } else if let Some(found) = &mut found {
            found.offset = found.offset.or(match found.part {
                Part::Statement(start) => Some(start),
                _ => None,
            });
        }
        let scene = Scene {
            folder: self.folder,
            step,
            found,
            fate,
            settings: self.settings,
        };
        scene
            .error(&error)
            .with_report(std::mem::take(&mut self.progress.report))
    }
}

/// Whether a step may share its message with others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Company {
    Shared,
    Alone,
}

/// Whether a script is sent in pieces: it is long, or it streams data.
fn is_bulky(script: &Script<'_>) -> bool {
    script.sql.len() >= FULL
        || script
            .statements
            .iter()
            .any(|statement| statement.kind == StatementKind::Copy)
}
