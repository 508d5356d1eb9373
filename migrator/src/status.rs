//! Where a database stands: every migration that bundle or history knows, with its state. Pure, but for the one
//! function that asks a database.

use std::collections::HashSet;
use std::fmt;

use crate::bundle::{Baseline, Bundle, Mode, Order};
use crate::drift::compare;
use crate::error::Error;
use crate::event::Observer;
use crate::foreign::Mirror;
use crate::history::{Applied, OpenStep, Repetition, State as Noted};
use crate::plan::{Action, find};
use crate::recognise::{Class, Standing, stand};
use crate::repeat;
use crate::session::{Purpose, Rows, Session};
use crate::settings::Settings;

/// Where a database stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Every migration, in order of version.
    pub rows: Vec<Row>,
    /// Every repeatable, in the order in which they run, then those that are missing.
    pub repeatables: Vec<RepeatableRow>,
    /// The newest applied version.
    pub current: Option<i64>,
    /// The newest version of the bundle.
    pub head: Option<i64>,
    /// What the database is.
    pub class: Class,
    /// What would run first, where the database has no history: a baseline.
    pub baseline: Option<InPlace>,
    /// The other tool's table that is written too.
    pub mirror: Option<Mirror>,
}

/// A baseline, and what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// Its version.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// How many migrations of the bundle it stands for.
    pub covers: usize,
}

/// One migration and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The version.
    pub version: i64,
    /// The name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// When it was applied, RFC 3339, UTC.
    pub applied_on: Option<String>,
    /// Whether it runs in a transaction, where the bundle knows it.
    pub mode: Option<Mode>,
    /// Whether it must run in order, where the bundle knows it.
    pub order: Option<Order>,
    /// How far a script outside a transaction is that was begun and not ended.
    pub unfinished: Option<Unfinished>,
}

/// One repeatable and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepeatableRow {
    /// The name.
    pub name: String,
    /// Its state.
    pub state: repeat::State,
    /// When it was applied last, RFC 3339, UTC.
    pub applied_on: Option<String>,
}

/// How far a script outside a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// `apply` or `revert`.
    pub action: String,
    /// The numbers of the steps that are done, in order.
    pub done: Vec<usize>,
    /// The numbers of those that were begun and whose end is not noted.
    pub begun: Vec<usize>,
    /// The numbers of those that failed.
    pub failed: Vec<usize>,
}

impl Unfinished {
    /// What is noted of a version; `None` when nothing is.
    fn of(version: i64, open: &[OpenStep]) -> Option<Self> {
        let first = open.iter().find(|row| row.version == version)?;
        let numbers = |state: &Noted| {
            let rows = open
                .iter()
                .filter(|row| row.version == version && row.action == first.action);
            rows.filter(|row| row.state == *state)
                .map(|row| row.number)
                .collect()
        };
        Some(Self {
            action: first.action.clone(),
            done: numbers(&Noted::Done),
            begun: numbers(&Noted::Started),
            failed: numbers(&Noted::Failed),
        })
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.action == Action::Revert.word() {
            f.write_str("undoing it, ")?;
        }
        match self.done.len() {
            1 => f.write_str("1 step is done")?,
            count => write!(f, "{count} steps are done")?,
        }
        for number in &self.begun {
            write!(f, ", step {number} was begun")?;
        }
        for number in &self.failed {
            write!(f, ", step {number} failed")?;
        }
        Ok(())
    }
}

/// The state of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Recorded, from this very text.
    Applied,
    /// Recorded as not for this environment.
    Skipped,
    /// In the bundle only.
    Pending,
    /// Pending, with a version below the newest applied one.
    Late,
    /// The same, and proven to make the same schema as in order.
    Commuting,
    /// Recorded under another name or from another text.
    Changed,
    /// Recorded, or included in what is recorded, and not by itself in the bundle or the history: a baseline stands
    /// for it.
    Covered,
    /// Recorded, but not in the bundle.
    Missing,
    /// Recorded, and newer than everything in the bundle.
    Newer,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Skipped => "skipped",
            Self::Pending => "pending",
            Self::Late => "late",
            Self::Commuting => "late, proven",
            Self::Changed => "changed",
            Self::Covered => "covered",
            Self::Missing => "missing",
            Self::Newer => "newer",
        }
    }
}

/// Sets a bundle against a history, row by row.
#[must_use]
pub fn pair(bundle: &Bundle, rows: &Rows, class: Class) -> Status {
    let Rows {
        applied,
        open,
        repetitions,
    } = rows;
    let open = open.as_deref().unwrap_or_default();
    let comparison = compare(bundle, applied);
    let drift = &comparison.drift;
    let found = |version: i64| {
        applied
            .binary_search_by_key(&version, |row| row.version)
            .ok()
            .and_then(|at| applied.get(at))
    };
    let late: HashSet<i64> = drift
        .late
        .iter()
        .map(|migration| migration.version)
        .collect();
    let commuting: HashSet<i64> = comparison.commuting.iter().map(|it| it.version).collect();
    let changed: HashSet<i64> = drift
        .changed
        .iter()
        .map(|(migration, _)| migration.version)
        .collect();
    let included: HashSet<i64> = comparison.included.iter().map(|it| it.version).collect();
    let known = bundle.migrations.iter().map(|migration| {
        let row = found(migration.version);
        Row {
            version: migration.version,
            name: migration.name.to_owned(),
            state: match row {
                _ if included.contains(&migration.version) => State::Covered,
                None if late.contains(&migration.version) => State::Late,
                None if commuting.contains(&migration.version) => State::Commuting,
                None => State::Pending,
                Some(_) if changed.contains(&migration.version) => State::Changed,
                Some(_) => State::Applied,
            },
            applied_on: row.map(|row| row.applied_on.clone()),
            mode: Some(migration.up.mode),
            order: Some(migration.order),
            unfinished: Unfinished::of(migration.version, open),
        }
    });
    let unknown = |state: State| {
        move |row: &&Applied| Row {
            version: row.version,
            name: row.name.clone(),
            state,
            applied_on: Some(row.applied_on.clone()),
            mode: None,
            order: None,
            unfinished: Unfinished::of(row.version, open),
        }
    };
    let missing = drift.missing.iter().map(unknown(State::Missing));
    let newer = drift.newer.iter().map(unknown(State::Newer));
    let covered = comparison
        .covered
        .iter()
        .filter(|row| find(bundle, row.version).is_none())
        .map(|row| {
            let mut baselines = bundle.baselines.iter();
            let itself = baselines.any(|it| row.is(&it.record));
            unknown(if itself {
                State::Applied
            } else {
                State::Covered
            })(row)
        });
    let mut paired: Vec<Row> = known.chain(missing).chain(newer).chain(covered).collect();
    let first = first(bundle, &class);
    paired.extend(
        first
            .filter(|it| find(bundle, it.version()).is_none())
            .map(|it| Row {
                version: it.version(),
                name: it.name().to_owned(),
                state: State::Pending,
                applied_on: None,
                mode: Some(Mode::Transaction),
                order: None,
                unfinished: None,
            }),
    );
    paired.sort_by_key(|row| row.version);
    Status {
        rows: paired,
        repeatables: repeatables(bundle, repetitions),
        current: applied.last().map(|row| row.version),
        head: bundle.head(),
        baseline: first.map(|it| InPlace {
            version: it.version(),
            name: it.name().to_owned(),
            covers: bundle.covered_by(it).len(),
        }),
        mirror: None,
        class,
    }
}

fn repeatables(bundle: &Bundle, repetitions: &[Repetition]) -> Vec<RepeatableRow> {
    let applied_on = |name: &str| {
        let row = repetitions.iter().find(|it| it.name == name);
        row.map(|row| row.applied_on.clone())
    };
    let known = repeat::states(bundle, repetitions)
        .into_iter()
        .map(|(it, state)| RepeatableRow {
            name: it.name.to_owned(),
            state,
            applied_on: applied_on(it.name),
        });
    let missing = repeat::missing(bundle, repetitions).map(|row| RepeatableRow {
        name: row.name.clone(),
        state: repeat::State::Missing,
        applied_on: Some(row.applied_on.clone()),
    });
    known.chain(missing).collect()
}

impl Status {
    /// The same, with these versions recorded as not for this environment.
    pub(crate) fn with_skipped(mut self, skipped: &[i64]) -> Self {
        for row in &mut self.rows {
            if row.state == State::Applied && skipped.contains(&row.version) {
                row.state = State::Skipped;
            }
        }
        self
    }

    /// How many migrations are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|row| row.state == state).count()
    }
}

/// Asks a database where it stands. Takes no lock, creates nothing, and works for a role that may only read.
pub fn status(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Status, Error> {
    let mut session = Session::open(settings, Purpose::Read, observer)?;
    let Standing { rows, class } = stand(&mut session, bundle, observer)?;
    let skipped = skipped(&mut session, bundle, &rows.applied)?;
    let status = pair(bundle, &rows, class).with_skipped(&skipped);
    Ok(Status {
        mirror: session.visible_mirror()?,
        ..status
    })
}

/// The versions that are recorded as not for this environment. Asks only where there can be some.
pub(crate) fn skipped(
    session: &mut Session,
    bundle: &Bundle,
    applied: &[Applied],
) -> Result<Vec<i64>, Error> {
    let mut belonging = bundle
        .migrations
        .iter()
        .filter(|migration| !migration.only.is_empty());
    if belonging.any(|migration| applied.iter().any(|row| row.version == migration.version)) {
        session.skipped()
    } else {
        Ok(Vec::new())
    }
}

/// The baseline that runs on an empty database.
pub(crate) fn first(bundle: &Bundle, class: &Class) -> Option<&'static Baseline<'static>> {
    bundle
        .baselines
        .last()
        .filter(|_| matches!(class, Class::Empty))
}
