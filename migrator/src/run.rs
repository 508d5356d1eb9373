//! The one loop that runs a plan. It emits events and returns a report; it decides nothing about order.
//!
//! Each transactional step is one transaction: limits, body, record, reset, commit. Small steps share a message, so
//! that a thousand of them cost a few round trips; a large one is sent in pieces, so that memory stays small.
//! A script outside a transaction is `outside`; what is tried again, and when, is `send` and `patience`.

mod alone;
mod copy;
mod doubt;
mod ending;
mod outside;
mod patience;
mod progress;
mod send;
mod together;

use crate::bundle::{Bundle, Kind as StatementKind, Mode, Script};
use crate::compose::{
    AFTER_VERIFY, BEFORE_VERIFY, BEGIN, COMMIT, Composer, Flush, Preparation, RESET_ROLE,
};
use crate::connection::Connection;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::failure::Fate;
use crate::history::Recorder;
use crate::message::{Found, Message, Part};
use crate::placeholder::{Filling, Secrets};
use crate::plan::{Plan, Step};
use crate::report::Report;
use crate::server_error::ServerError;
use crate::session::Session;
use crate::settings::{Settings, Transactions};
use patience::Patience;
use progress::Progress;

pub(crate) use outside::refuse_changed;

/// Where the next script of a step begins, when its places are counted through all of them.
pub(crate) const fn after(start: usize, script: &Script<'_>) -> usize {
    start + script.sql.len() + 1
}

/// The script in which a place stands that is counted through all of them, and where that script begins.
pub(crate) fn holding<'s>(
    scripts: impl IntoIterator<Item = Script<'s>>,
    place: usize,
) -> Option<(Script<'s>, usize)> {
    let mut start = 0;
    scripts.into_iter().find_map(|script| {
        let end = after(start, &script);
        let here = (place < end).then_some((script, start));
        start = end;
        here
    })
}

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
    let (open, mirror) = session.open_steps_and_mirror()?;
    refuse_changed(plan, &open)?;
    if let Some(mirror) = &mirror {
        mirror.refuse_unwritable()?;
        observer(Event::Mirroring { mirror });
    }
    let filling = Filling::new(bundle, &settings.placeholders, Secrets::Sent)?;
    filling.refuse_unknown(plan)?;
    let composer = Composer {
        settings: &settings,
        recorder: Recorder::for_run(session.probe.location.clone(), bundle),
        version: session.probe.version,
        preparation: Preparation::of(plan),
        unfinished: open.iter().map(|row| row.version).collect(),
        mirror,
    };
    observer(Event::Planned {
        steps: plan.steps.len(),
    });
    session.connection.hide(filling.clone());
    let mut runner = Runner {
        connection: &mut session.connection,
        filling: filling.clone(),
        settings: &settings,
        composer,
        folder: bundle.folder,
        message: Message::default(),
        place: Place::Batch,
        blockers: Vec::new(),
        patience: Patience::default(),
        progress: Progress {
            steps: &plan.steps,
            ended: Vec::new(),
            report: Report::default(),
            observer,
            filling,
        },
    };
    runner.steps().map_err(|halt| runner.end(halt))?;
    Ok(runner.progress.report)
}

struct Runner<'r, 'p> {
    connection: &'r mut Connection,
    filling: Filling,
    settings: &'r Settings,
    composer: Composer<'r>,
    folder: &'r str,
    message: Message,
    place: Place,
    /// Who stood in the way of the message that was sent last.
    blockers: Vec<String>,
    patience: Patience,
    progress: Progress<'r, 'p>,
}

/// What a failure concerns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A transaction and its record, which the loop may send again.
    Batch,
    /// A unit of a script outside a transaction, which `outside` looks after.
    Unit,
}

/// Why the loop does not go on as planned.
enum Halt {
    /// A step failed.
    Failed(Box<Failed>),
    /// The run was asked to stop before this step began, or within it.
    Interrupted { at: usize },
    /// The engine itself stops: the error is complete.
    Refused(Error),
    /// Go on from a step, each step up to another in a message of its own.
    Again { from: usize, alone_until: usize },
}

/// A failure inside the loop: which statement, and what the server said.
struct Failed {
    found: Option<Found>,
    error: ServerError,
    fate: Fate,
    whose: Whose,
    /// The index that it left, and that is not valid.
    left: Option<String>,
}

/// Whose statement failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The script's, or a transaction's that holds it.
    Script,
    /// The engine's own beside it: it says nothing about the script.
    Engine,
}

impl Halt {
    fn failed(found: Option<Found>, error: ServerError) -> Self {
        Self::Failed(Box::new(Failed {
            found,
            error,
            fate: Fate::RolledBack,
            whose: Whose::Script,
            left: None,
        }))
    }

    fn engine(error: ServerError) -> Self {
        Self::Failed(Box::new(Failed {
            found: None,
            error,
            fate: Fate::RolledBack,
            whose: Whose::Engine,
            left: None,
        }))
    }
}

type Outcome = Result<(), Halt>;

impl Runner<'_, '_> {
    fn steps(&mut self) -> Outcome {
        self.prepare()?;
        let (mut at, mut alone_until) = (0, 0);
        while at <= self.progress.steps.len() {
            let company = if at < alone_until {
                Company::Alone
            } else {
                Company::Shared
            };
            match self.step(at, company) {
                Ok(count) => at += count,
                Err(Halt::Again {
                    from,
                    alone_until: until,
                }) => (at, alone_until) = (from, until),
                Err(halt) => return Err(halt),
            }
        }
        Ok(())
    }

    fn prepare(&mut self) -> Outcome {
        let Some(sql) = self
            .progress
            .steps
            .first()
            .and_then(|first| self.composer.prepare(first))
        else {
            return Ok(());
        };
        self.connection
            .execute(&sql, &mut |_| {})
            .map_err(|incomplete| Halt::failed(None, incomplete.error))
    }

    /// Runs one step, or puts it into the message that will; after the last one, what is left is sent. Steps that only
    /// record are taken together: how many there were.
    fn step(&mut self, at: usize, company: Company) -> Result<usize, Halt> {
        let Some(step) = self.progress.steps.get(at).copied() else {
            return self.flush().map(|()| 1);
        };
        match (step.version, step.script()) {
            _ if step.only_records() => return self.together(at),
            (Some(version), Some(script)) if script.mode == Mode::NoTransaction => {
                self.flush()?;
                self.without_transaction(at, (&step, version), &script)
            }
            _ => self.in_transaction(at, &step, company),
        }
        .map(|()| 1)
    }

    /// Runs one step in its transaction, or puts it into the message that will.
    fn in_transaction(&mut self, at: usize, step: &Step<'_>, company: Company) -> Outcome {
        let last = at + 1 == self.progress.steps.len();
        let single = self.settings.transactions == Transactions::Single;
        let bulky = is_bulky(step.scripts().chain(step.verify()));
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
            .push(at, Part::Limits, &self.composer.limits(step, flush));
        for sql in self.composer.hold(std::slice::from_ref(step)) {
            self.message.push(at, Part::Mirror, &sql);
        }
        let mut start = 0;
        for script in step.scripts() {
            if start > 0 {
                for sql in self.composer.between(&script) {
                    self.message.push(at, Part::Reset, &sql);
                }
            }
            self.body(at, &script, (Part::Statement, start))?;
            start = after(start, &script);
        }
        if let Some(verify) = step.verify() {
            self.verify(at, &verify)?;
        }
        self.record(at, step);
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

    /// Puts a verify script into the message; a rollback follows, so that nothing of it lasts.
    fn verify(&mut self, at: usize, verify: &Script<'_>) -> Outcome {
        self.message.push(at, Part::Reset, BEFORE_VERIFY);
        if let Some(limits) = Composer::verify_limits(verify) {
            self.message.push(at, Part::Reset, &limits);
        }
        self.body(at, verify, (Part::Verify, 0))?;
        for sql in AFTER_VERIFY {
            self.message.push(at, Part::Reset, sql);
        }
        Ok(())
    }

    fn record(&mut self, at: usize, step: &Step<'_>) {
        for sql in RESET_ROLE {
            self.message.push(at, Part::Reset, sql);
        }
        self.message
            .push(at, Part::Record, &self.composer.record(step));
        if let Some(sql) = self.composer.close_steps(step) {
            self.message.push(at, Part::Reset, &sql);
        }
        for sql in self.composer.mirrored(std::slice::from_ref(step)) {
            self.message.push(at, Part::Mirror, &sql);
        }
        for sql in self.composer.reset() {
            self.message.push(at, Part::Reset, sql);
        }
    }

    /// Puts the statements of a script into the message, sending it whenever it is full. Places in it are counted from
    /// the start of the step's first script.
    fn body(
        &mut self,
        at: usize,
        script: &Script<'_>,
        (part, start_of_script): (fn(usize) -> Part, usize),
    ) -> Outcome {
        let mut copy = None;
        let bulky = is_bulky(std::iter::once(*script));
        for statement in script.statements.iter() {
            let sql = self.filling.text(script, &statement);
            let start = start_of_script + statement.start;
            match statement.kind {
                StatementKind::Copy => copy = Some((start, sql)),
                StatementKind::CopyData => {
                    if let Some((start_of_copy, command)) = copy.take() {
                        self.flush_before_copy(at, start_of_copy, &command)?;
                        self.copy_in(at, start_of_copy, &command, start, &sql)?;
                    }
                }
                StatementKind::Name => {}
                _ => {
                    self.message.push(at, part(start), &sql);
                    if self.message.text.len() >= FULL && bulky {
                        self.flush()?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a step may share its message with others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Company {
    Shared,
    Alone,
}

/// Whether scripts are sent in pieces: they are long, or stream data.
fn is_bulky<'s>(scripts: impl Iterator<Item = Script<'s>>) -> bool {
    let mut length = 0;
    scripts.into_iter().any(|script| {
        length += script.sql.len();
        let mut statements = script.statements.iter();
        length >= FULL || statements.any(|it| it.kind == StatementKind::Copy)
    })
}
