//! A backup before a change: `pg_dump` beside the session that holds the lock, into a file that is whole or not there.
//!
//! The program is found on PATH. How it is run is `backup/dump.rs`, how the file comes to be `backup/file.rs`. What is
//! noted of it in the journal is `history`'s.

mod dump;
mod file;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::bundle::Bundle;
use crate::change::Change;
use crate::compose::JOURNAL_LOCAL;
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::Recorder;
use crate::plan::{Action, Plan};
use crate::quote::shell;
use crate::report::Report;
use crate::session::{Session, unexpected};
use file::{Partial, name};

/// A backup that is complete and on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The file, with its whole path.
    pub file: PathBuf,
    /// How large it is.
    pub bytes: u64,
    /// SHA-256 of it, in hexadecimal digits.
    pub sha256: String,
    /// The version of the pg_dump that wrote it, such as `15.8`.
    pub pg_dump: String,
    /// A shell command that restores it into a new database beside the old one.
    pub restore: String,
    /// How long it took.
    pub took: Duration,
}

/// Where a change wants a backup.
fn wanted(session: &Session, change: Change) -> Option<PathBuf> {
    let folder = session.settings().backup_to.clone();
    folder.filter(|_| matches!(change, Change::Up(_)))
}

/// Refuses what can be known to fail before anything is locked.
pub(crate) fn refuse(session: &Session, change: Change) -> Result<(), Error> {
    match wanted(session, change) {
        Some(folder) => refuse_place(session, &folder),
        None => Ok(()),
    }
}

fn refuse_place(session: &Session, folder: &Path) -> Result<(), Error> {
    dump::version(session.probe())?;
    match std::fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(unusable(folder, &"it is not a directory")),
        Err(error) => Err(unusable(folder, &error)),
    }
}

/// Backs the database up as it is, before anything is created, where that is wanted and something is pending.
pub(crate) fn before(
    session: &mut Session,
    bundle: &Bundle,
    change: Change,
    observer: Observer<'_>,
) -> Result<Option<Backup>, Error> {
    let Some(folder) = wanted(session, change) else {
        return Ok(None);
    };
    session.refresh()?;
    let reading = change.read(session, bundle, observer)?;
    let settings = session.settings().clone();
    if change.plan(bundle, &reading, &settings)?.steps.is_empty() {
        return Ok(None);
    }
    take(session, &folder, reading.head(), observer).map(Some)
}

/// The same before a plan of refinery's `Runner`, noted too. The history tables exist.
pub(crate) fn before_plan(
    session: &mut Session,
    bundle: &Bundle,
    plan: &Plan<'_>,
    observer: Observer<'_>,
) -> Result<(), Error> {
    let applies = plan.steps.iter().any(|step| step.action() == Action::Apply);
    let Some(folder) = session.settings().backup_to.clone().filter(|_| applies) else {
        return Ok(());
    };
    refuse_place(session, &folder)?;
    let head = session.applied()?.last().map(|row| row.version);
    let backup = take(session, &folder, head, observer)?;
    note(session, bundle, plan, Some(&backup))
}

/// Backs the database up. The session holds the lock meanwhile; `head` is the newest applied version.
pub(crate) fn take(
    session: &mut Session,
    folder: &Path,
    head: Option<i64>,
    observer: Observer<'_>,
) -> Result<Backup, Error> {
    let start = Instant::now();
    let pg_dump = dump::version(session.probe())?;
    let folder = std::path::absolute(folder).map_err(|error| unusable(folder, &error))?;
    let time = now(session)?;
    let stem = name(&session.probe().database, &time, head);
    let partial = Partial::reserve(&folder, &stem).map_err(|error| unusable(&folder, &error))?;
    let file = partial.file().to_owned();
    observer(Event::BackingUp { file: &file });
    dump::run(session, partial.path())?;
    let (bytes, sha256) = partial.keep().map_err(|error| unusable(&folder, &error))?;
    let backup = Backup {
        restore: restore(session, &file),
        file,
        bytes,
        sha256,
        pg_dump,
        took: start.elapsed(),
    };
    observer(Event::BackedUp { backup: &backup });
    Ok(backup)
}

/// Notes a backup in the journal, at the first step that it was made for.
pub(crate) fn note(
    session: &mut Session,
    bundle: &Bundle,
    plan: &Plan<'_>,
    backup: Option<&Backup>,
) -> Result<(), Error> {
    let (Some(backup), Some(step)) = (backup, plan.steps.first()) else {
        return Ok(());
    };
    let recorder = Recorder::for_run(session.probe().location.clone(), bundle);
    let sql = format!(
        "BEGIN READ WRITE; {}; {}; COMMIT",
        JOURNAL_LOCAL.join("; "),
        recorder.backup(step.version, step.name, backup)
    );
    session.send(&sql).map_err(|incomplete| {
        let _ = session.send("ROLLBACK");
        unexpected("noting the backup in the journal", &incomplete.error).with_detail(format!(
            "The backup \"{}\" is complete.",
            backup.file.display()
        ))
    })
}

/// Puts a backup into what is said of the run after it.
pub(crate) fn reported(
    backup: Option<Backup>,
    ran: Result<Report, Error>,
) -> Result<Report, Error> {
    match ran {
        Ok(report) => Ok(Report { backup, ..report }),
        Err(error) => {
            let report = error.report().clone();
            Err(error.with_report(Report { backup, ..report }))
        }
    }
}

/// The server's time, which the journal has too.
fn now(session: &mut Session) -> Result<String, Error> {
    let sql = "SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')";
    let rows = session.connection.query(sql);
    let rows = rows.map_err(|error| unexpected("asking for the time", &error))?;
    let row = rows.into_iter().flatten().next();
    Ok(row
        .and_then(|row| row.into_iter().next().flatten())
        .unwrap_or_default())
}

/// The command that restores a backup: beside the database, because nothing else is sure to leave no more than was there.
fn restore(session: &Session, file: &Path) -> String {
    let place = session.target().options(session.reached());
    let database = shell(&format!("{}_restored", session.probe().database));
    format!(
        "createdb{place} {database} && pg_restore{place} --exit-on-error --dbname={database} {}",
        shell(&file.to_string_lossy())
    )
}

fn unusable(folder: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(
        Kind::Usage,
        format!(
            "no backup can be written to \"{}\": {why}",
            folder.display()
        ),
    )
    .with_detail("Nothing was changed.")
    .with_hint(
        "Name a directory that this user may write to, with room for a dump: `--backup-to DIR`.",
    )
}
