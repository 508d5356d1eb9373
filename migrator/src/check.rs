//! `check`: whether anything is pending, and waiting until nothing is. Asks one database; writes nothing. Where a
//! database stands is `status`.

use std::time::Duration;

use crate::bundle::{Baseline, Bundle};
use crate::connect::jittered;
use crate::deadline::Deadline;
use crate::drift::{compare, refuse_stranded};
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::STEPS;
use crate::interrupt::interrupted;
use crate::plan::Adopted;
use crate::quote::Identifier;
use crate::recognise::{Class, Standing, stand};
use crate::repeat;
use crate::session::{Purpose, Rows, Session};
use crate::settings::Settings;
use crate::status::{Status, first, pair, skipped};
use crate::unfinished::refuse_half_undone;

/// How long after a look the next one comes, at most.
const PAUSE: Duration = Duration::from_secs(1);

/// Succeeds when nothing is pending and nothing disagrees. [`Settings::wait`] is the time for both: until the server
/// accepts connections, and until whoever applies what is pending has done so. What waiting cannot mend fails at once.
pub fn check(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Status, Error> {
    let mut patience = Patience::new(settings);
    loop {
        let mut session = Session::open(&patience.settings(), Purpose::Read, observer)?;
        loop {
            let error = match look(&mut session, bundle, settings, observer) {
                Ok(status) => return Ok(status),
                Err(error) => error,
            };
            let lost = error.kind() == Kind::Connection;
            patience.take(error, observer)?;
            if lost {
                break;
            }
        }
    }
}

/// What is left of the time, and what was told already.
struct Patience<'s> {
    settings: &'s Settings,
    deadline: Deadline,
    pause: Duration,
    told: String,
}

impl<'s> Patience<'s> {
    fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            deadline: Deadline::after(settings.wait),
            pause: PAUSE / 8,
            told: String::new(),
        }
    }

    fn left(&self) -> Duration {
        self.deadline.left()
    }

    /// The settings of a connection that is opened now.
    fn settings(&self) -> Settings {
        Settings {
            wait: self.left(),
            ..self.settings.clone()
        }
    }

    /// Waits a little where that can mend what was found; else this is the end.
    fn take(&mut self, error: Error, observer: Observer<'_>) -> Result<(), Error> {
        let left = self.left();
        if !matches!(error.kind(), Kind::Pending | Kind::Connection) || self.settings.wait.is_zero()
        {
            return Err(error);
        }
        if left.is_zero() {
            let waited = format!("It was waited for {} s.", self.settings.wait.as_secs());
            return Err(error.with_detail(waited));
        }
        let reason = error.to_string();
        if reason != self.told {
            observer(Event::Pending {
                reason: &reason,
                left,
            });
            self.told = reason;
        }
        self.settings
            .interrupt
            .sleep(jittered(self.pause).min(left))
            .map_err(|_| interrupted("while waiting for pending migrations"))?;
        self.pause = (self.pause * 2).min(PAUSE);
        Ok(())
    }
}

/// Looks once.
fn look(
    session: &mut Session,
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Status, Error> {
    let standing = stand(session, bundle, observer)?;
    refuse(bundle, &standing, settings)?;
    let Standing { rows, class } = standing;
    if rows.open.is_none() {
        let schema = &session.probe().location.schema;
        let steps = format!("{}.{STEPS}", Identifier(schema));
        log::warn!(
            "this role may not read {STEPS}: whether a script was begun and not ended is not known; \
             `GRANT SELECT ON {steps} TO ROLE` lets it"
        );
    }
    let skipped = skipped(session, bundle, &rows.applied)?;
    Ok(pair(bundle, &rows, class).with_skipped(&skipped))
}

/// Why a database that stands so is not where this program would bring it.
pub(crate) fn refuse(
    bundle: &Bundle,
    standing: &Standing,
    settings: &Settings,
) -> Result<(), Error> {
    let Standing { rows, class } = standing;
    class
        .refuse(settings.policies.unknown)
        .and_then(|()| refuse_half_undone(bundle, rows.open.as_deref().unwrap_or_default()))
        .and_then(|()| refuse_pending(bundle, (rows, class), settings))
        .map_err(|error| match class {
            Class::Known(known) => error.with_detail(format!(
                "The database is {class}; `migrator up` records everything up to {}.",
                known.version
            )),
            _ => error,
        })
        .map_err(|error| error.with_class(Some(class)))
}

/// "1 migration is pending", "2 migrations are pending, 1 repeatable is not up to date".
fn pending(migrations: usize, repeatables: usize) -> String {
    let counted = |count: usize, what: &str, state: &str| match count {
        0 => None,
        1 => Some(format!("1 {what} is {state}")),
        _ => Some(format!("{count} {what}s are {state}")),
    };
    let parts = [
        counted(migrations, "migration", "pending"),
        counted(repeatables, "repeatable", "not up to date"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// How many pending migrations an error names.
const LISTED: usize = 20;

fn refuse_pending(
    bundle: &Bundle,
    (rows, class): (&Rows, &Class),
    settings: &Settings,
) -> Result<(), Error> {
    // What `up` would record at once is not pending.
    let adopted = match class {
        Class::Known(known) => Some(Adopted::up_to(bundle, known.version, known.detail())?),
        _ => None,
    };
    let applied = adopted
        .as_ref()
        .map_or(rows.applied.as_slice(), Adopted::applied);
    let comparison = compare(bundle, applied);
    comparison.drift.refuse(settings.policies)?;
    let baseline = first(bundle, class);
    if baseline.is_none() {
        refuse_stranded(bundle, applied, i64::MAX)?;
    }
    let first = baseline.map(|it| format!("{}, a baseline", it.record.label()));
    let covered = baseline.map_or(i64::MIN, Baseline::version);
    let rest = comparison
        .pending
        .iter()
        .filter(|migration| migration.version > covered)
        .map(|migration| migration.label().to_string());
    let migrations: Vec<String> = first.into_iter().chain(rest).collect();
    let stale = repeat::stale(
        bundle,
        applied,
        &rows.repetitions,
        settings.environment.as_deref(),
    );
    let count = migrations.len() + stale.len();
    if count == 0 {
        return Ok(());
    }
    let error = Error::new(Kind::Pending, pending(migrations.len(), stale.len()));
    let listed = migrations
        .into_iter()
        .chain(
            stale
                .iter()
                .map(|(it, state)| format!("{} is {}", it.label(), state.word())),
        )
        .take(LISTED);
    let more = count
        .checked_sub(LISTED + 1)
        .map(|more| format!("… and {} more", more + 1));
    Err(listed
        .chain(more)
        .fold(error, Error::with_detail)
        .with_hint("Run `migrator up`; `migrator status` shows all of them."))
}
