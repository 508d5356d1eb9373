//! The commands that write: `up`, `down`, `redo`, `stamp`. One order of events for all of them.
//!
//! Look without the lock; when nothing is to be done, be gone. Otherwise take the lock, create what is missing, look
//! again, and run what the second look says. Printing, and asking a person, are the caller's.

mod consent;
mod refuse;
mod verified;

use std::collections::BTreeSet;
use std::time::Instant;

use crate::backup;
use crate::bundle::{Bundle, Gate, Proof};
use crate::drift::compare;
use crate::elsewhere;
use crate::environment;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::history::{Applied, OpenStep, Repetition, Undoable};
use crate::placeholder::{Filling, Secrets};
use crate::plan::{self, Action, Adopted, Ground, Plan};
use crate::recognise::{Class, stand};
use crate::repeat;
use crate::report::Report;
use crate::run::run;
use crate::session::{Locked, Purpose, Rows, Session};
use crate::settings::{Settings, Transactions};
use crate::target::Target;
use crate::unfinished::refuse_turning;
use refuse::refuse_outside_transaction;
use verified::verified;

pub use consent::{Consent, takes_away};
pub(crate) use refuse::refuse_wide_versions;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Apply what is pending, up to a target.
    Up(Target),
    /// Undo, down to a target.
    Down(Target),
    /// Undo the newest and apply it again.
    Redo,
    /// Record without running.
    Stamp(Target),
}

/// What the history says, as far as a change needs it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    applied: Vec<Applied>,
    undoable: Vec<Undoable>,
    open: Vec<OpenStep>,
    class: Option<Class>,
    /// What is recorded before anything runs, where the database is known and has no history.
    adopted: Option<Adopted>,
    repetitions: Vec<Repetition>,
}

impl From<Rows> for Reading {
    fn from(rows: Rows) -> Self {
        Self {
            applied: rows.applied,
            open: rows.open.unwrap_or_default(),
            repetitions: rows.repetitions,
            ..Self::default()
        }
    }
}

impl Reading {
    /// What the database is; `None` where the change does not ask.
    #[must_use]
    pub const fn class(&self) -> Option<&Class> {
        self.class.as_ref()
    }

    /// The late migrations of which the proof says that the order does not matter.
    #[must_use]
    pub fn commuting(&self, bundle: &Bundle) -> Vec<i64> {
        let comparison = compare(bundle, &self.applied);
        comparison.commuting.iter().map(|it| it.version).collect()
    }

    /// What there is to know of an empty database.
    #[must_use]
    pub fn of_empty() -> Self {
        Self {
            class: Some(Class::Empty),
            ..Self::default()
        }
    }

    /// The newest version that is applied.
    pub(crate) fn head(&self) -> Option<i64> {
        self.applied.iter().map(|row| row.version).max()
    }

    /// What the database holds. Without history it may still be somebody's, or hold half of a script.
    const fn ground(&self) -> Ground {
        match self.class {
            Some(Class::Empty) => Ground::Empty,
            _ => Ground::Taken,
        }
    }

    /// The newest version that is applied once a run has done these steps.
    fn current_after(&self, report: &Report) -> Option<i64> {
        let before = self
            .applied
            .iter()
            .chain(self.undoable.iter().map(|row| &row.applied));
        let mut versions: BTreeSet<i64> = before.map(|row| row.version).collect();
        for step in &report.steps {
            let Some(version) = step.version else {
                continue;
            };
            match step.action {
                Action::Apply | Action::Baseline | Action::Skip | Action::Stamp | Action::Adopt => {
                    versions.insert(version)
                }
                Action::Revert | Action::Unstamp => versions.remove(&version),
                Action::Repeat => false,
            };
        }
        versions.last().copied()
    }
}

impl Change {
    /// Reads what this change needs to know.
    pub fn read(
        self,
        session: &mut Session,
        bundle: &Bundle,
        observer: Observer<'_>,
    ) -> Result<Reading, Error> {
        Ok(match self {
            Self::Up(_) => {
                let standing = stand(session, bundle, observer)?;
                let adopted = match &standing.class {
                    Class::Known(known) => {
                        Some(Adopted::up_to(bundle, known.version, known.detail())?)
                    }
                    _ => None,
                };
                Reading {
                    class: Some(standing.class),
                    adopted,
                    ..Reading::from(standing.rows)
                }
            }
            Self::Stamp(_) => Reading::from(session.standing(bundle)?),
            Self::Down(_) | Self::Redo => Reading {
                undoable: session.undoable()?,
                open: session.open_steps()?,
                ..Reading::default()
            },
        })
    }

    /// What would run.
    pub fn plan<'r>(
        self,
        bundle: &Bundle,
        reading: &'r Reading,
        settings: &Settings,
    ) -> Result<Plan<'r>, Error> {
        self.planned(bundle, reading, settings)
            .map_err(|error| error.with_class(reading.class()))
    }

    fn planned<'r>(
        self,
        bundle: &Bundle,
        reading: &'r Reading,
        settings: &Settings,
    ) -> Result<Plan<'r>, Error> {
        if let Some(class) = reading.class() {
            class.refuse(settings.policies.unknown)?;
        }
        let plan = match self {
            Self::Up(target) => {
                let adopted = reading.adopted.as_ref();
                let applied = adopted.map_or(reading.applied.as_slice(), Adopted::applied);
                let plan = plan::up(
                    bundle,
                    (applied, reading.ground()),
                    target,
                    settings.policies,
                )?;
                let known = (applied, reading.repetitions.as_slice());
                let plan =
                    repeat::after_up(plan, bundle, known, target, settings.environment.as_deref());
                match adopted {
                    None => Ok(plan),
                    Some(adopted) => adopted.before(bundle, plan),
                }
            }
            Self::Down(target) => plan::down(bundle, &reading.undoable, target),
            Self::Redo => plan::redo(bundle, &reading.undoable),
            Self::Stamp(target) => plan::stamp(bundle, &reading.applied, target)
                .map(|plan| repeat::after_stamp(plan, bundle, &reading.repetitions, target)),
        }?;
        let plan = environment::choose(bundle, plan, settings.environment.as_deref())?;
        refuse_turning(self, bundle, &plan, &reading.open)?;
        match settings.transactions {
            Transactions::Each => Ok(plan),
            Transactions::Single => refuse_outside_transaction(plan),
        }
    }
}

/// Carries out a change.
pub fn change(
    bundle: &Bundle,
    settings: &Settings,
    change: Change,
    consent: Consent<'_>,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    let start = Instant::now();
    environment::refuse_undeclared(bundle, settings.environment.as_deref())?;
    if !matches!(change, Change::Stamp(_)) {
        Filling::new(bundle, &settings.placeholders, Secrets::Sent)?;
    }
    let Proof { gate, unproven, .. } = bundle.proof;
    if matches!(change, Change::Up(_)) && gate == Gate::On && !unproven.is_empty() {
        observer(Event::Unproven { versions: unproven });
    }
    let mut session = Session::open(settings, Purpose::Write, observer)?;
    elsewhere::refuse(&session, change)?;
    let mut reading = change.read(&mut session, bundle, observer)?;
    let class = reading.class().cloned();
    if let Some(class) = &class {
        observer(Event::Recognised { class });
    }
    let plan = change.plan(bundle, &reading, settings)?;
    let mut report = Report::default();
    if !plan.steps.is_empty() {
        refuse_wide_versions(&session, plan.steps.iter().filter_map(|step| step.version))?;
        consent(&plan, &reading)?;
        backup::refuse(&session, change)?;
        let mut needless = |session: &mut Session| {
            session.refresh()?;
            let reading = change.read(session, bundle, &mut |_| {})?;
            // Two runners that both want `down -1` want two steps; only going up is done once for all.
            Ok(
                matches!(change, Change::Up(Target::Head | Target::Version(_)))
                    && change.plan(bundle, &reading, settings)?.steps.is_empty(),
            )
        };
        if session.lock(observer, &mut needless)? == Locked::Held {
            let result = under_lock(&mut session, bundle, change, (&plan, consent), observer)
                .and_then(|(reading, report)| {
                    let report = verified(&mut session, bundle, change, report, observer)?;
                    Ok((reading, report))
                });
            session.unlock();
            (reading, report) = result.map_err(|error| error.with_class(class.as_ref()))?;
        } else {
            reading = change.read(&mut session, bundle, observer)?;
        }
    }
    if report.steps.is_empty() {
        report = verified(&mut session, bundle, change, report, observer)
            .map_err(|error| error.with_class(class.as_ref()))?;
    }
    report.class = class;
    report.current = reading.current_after(&report);
    report.took = start.elapsed();
    Ok(report)
}

/// Looks again, now that nobody else can write, and runs what this look says.
fn under_lock(
    session: &mut Session,
    bundle: &Bundle,
    change: Change,
    (agreed, consent): (&Plan<'_>, Consent<'_>),
    observer: Observer<'_>,
) -> Result<(Reading, Report), Error> {
    let backup = backup::before(session, bundle, change, observer)?;
    session.create_history()?;
    let reading = change.read(session, bundle, observer)?;
    let settings = session.settings().clone();
    let plan = change.plan(bundle, &reading, &settings)?;
    if plan.steps.is_empty() {
        return Ok((reading, Report::default()));
    }
    if plan != *agreed {
        consent(&plan, &reading)?;
    }
    refuse_wide_versions(session, plan.steps.iter().filter_map(|step| step.version))?;
    backup::note(session, bundle, &plan, backup.as_ref())?;
    let ran = run(session, bundle, &plan, observer);
    Ok((reading, backup::reported(backup, ran)?))
}

/// Applies what is pending, up to a target.
pub fn up(
    bundle: &Bundle,
    settings: &Settings,
    target: Target,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    change(
        bundle,
        settings,
        Change::Up(target),
        &mut |_, _| Ok(()),
        observer,
    )
}

/// Undoes, down to a target.
pub fn down(
    bundle: &Bundle,
    settings: &Settings,
    target: Target,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    change(
        bundle,
        settings,
        Change::Down(target),
        &mut |_, _| Ok(()),
        observer,
    )
}

/// Undoes the newest applied migration and applies it again.
pub fn redo(bundle: &Bundle, settings: &Settings, observer: Observer<'_>) -> Result<Report, Error> {
    change(bundle, settings, Change::Redo, &mut |_, _| Ok(()), observer)
}

/// Records everything up to a target as applied, without running it, and removes the record of everything else.
pub fn stamp(
    bundle: &Bundle,
    settings: &Settings,
    target: Target,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    change(
        bundle,
        settings,
        Change::Stamp(target),
        &mut |_, _| Ok(()),
        observer,
    )
}
