//! `check`: whether anything is pending. Asks one database; writes nothing. Where a database stands is `status`.

use crate::bundle::{Baseline, Bundle};
use crate::drift::{Policies, compare, refuse_stranded};
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::recognise::{Class, Standing, stand};
use crate::repeat;
use crate::session::{Purpose, Rows, Session};
use crate::settings::Settings;
use crate::status::{Status, first, pair, skipped};
use crate::unfinished::refuse_half_undone;

/// Succeeds when nothing is pending and nothing disagrees.
pub fn check(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Status, Error> {
    let mut session = Session::open(settings, Purpose::Read, observer)?;
    let Standing { rows, class } = stand(&mut session, bundle)?;
    class
        .refuse(settings.policies.unknown)
        .and_then(|()| refuse_half_undone(&rows.open))
        .and_then(|()| refuse_pending(bundle, (&rows, &class), settings.policies))
        .map_err(|error| match &class {
            Class::Known(known) => error.with_detail(format!(
                "The database is {class}; `migrator up` records everything up to {}.",
                known.version
            )),
            _ => error,
        })
        .map_err(|error| error.with_class(Some(&class)))?;
    let skipped = skipped(&mut session, bundle, &rows.applied)?;
    Ok(pair(bundle, &rows, class).with_skipped(&skipped))
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
    policies: Policies,
) -> Result<(), Error> {
    let applied = &rows.applied;
    let comparison = compare(bundle, applied);
    comparison.drift.refuse(policies)?;
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
    let stale = repeat::stale(bundle, applied, &rows.repetitions);
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
