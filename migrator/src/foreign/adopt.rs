//! Adoption: another tool's history becomes ours. Under our lock and that tool's, in one transaction: everything that
//! it has applied is recorded, or nothing is. Which table it is, is `choose`.

mod choose;
mod detail;
mod mirroring;
mod outcome;

use std::collections::HashSet;
use std::time::Instant;

use crate::bundle::{Bundle, Repeatable};
use crate::change::refuse_wide_versions;
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::history::{Applied, Record, Recorder, Scope};
use crate::plan::Action;
use crate::session::{Locked, Purpose, Session, unexpected};
use crate::settings::Settings;

use super::assign::{Adopted, Assigned, assign};
use super::checksum::{differing, is_as_applied};
use super::detect::lock_table;
use super::entry::Entry;
use super::lock::guard;
use super::map::Map;
use super::mirror::known::{Known, known};
use super::{Found, Tool, read};
use choose::choose;
use detail::{detail, of_rows};
use mirroring::{refuse_own, turn_on};
use outcome::told;

pub use mirroring::{Stopped, stop_mirror};
pub use outcome::{Adoption, Age, Mirrored, Outcome, Pending, Taken, Text};

/// What is to be adopted.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Whose history; found out where it is not said.
    pub from: Option<Tool>,
    /// Its table, `name` or `schema.name`, where it is not the tool's own or there are several.
    pub table: Option<String>,
    /// What the tool's names stand for.
    pub map: Map,
    /// The version that the tool's one position stands for.
    pub to: Option<i64>,
    /// Whether its checksums count.
    pub checksums: Checksums,
    /// Whether anything is written.
    pub writing: Writing,
    /// Whether the tool's table is written from now on.
    pub mirroring: Mirroring,
}

/// Whether the other tool's table is written too, by every later run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mirroring {
    /// It stays as it is.
    #[default]
    Off,
    /// It is.
    On {
        /// The newest version that the old image has, where that is not known otherwise.
        to: Option<i64>,
    },
}

/// Whether another tool's checksums count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// A text that is not the one that was applied is an error.
    #[default]
    Verify,
    /// They do not: the files were edited on purpose.
    Ignore,
}

/// Whether an adoption is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// It is.
    #[default]
    Record,
    /// It is only told what would be; nothing is locked either.
    Nothing,
}

/// Makes another tool's history ours.
///
/// # Errors
///
/// `Usage` when there is no such history, or more than one; `Drift` when it says that something was not carried out as
/// a whole, when a row stands for nothing of ours, when a text is not the one that was applied, or when our history
/// says something else; `Lock` when the other tool is at work. Nothing is written then.
pub fn adopt(
    bundle: &Bundle,
    settings: &Settings,
    request: &Request,
    observer: Observer<'_>,
) -> Result<Adoption, Error> {
    let start = Instant::now();
    let mut adoption = match request.writing {
        Writing::Nothing => {
            let mut session = Session::open(settings, Purpose::Read, observer)?;
            looked(&mut session, bundle, request)
        }
        Writing::Record => {
            let mut session = Session::open(settings, Purpose::Write, observer)?;
            if session.lock(observer, &mut |_| Ok(false))? != Locked::Held {
                return Err(Error::new(Kind::Lock, "the lock was not obtained"));
            }
            let result = under_lock(&mut session, bundle, request, observer);
            session.unlock();
            result
        }
    }?;
    adoption.took = start.elapsed();
    Ok(adoption)
}

/// What would be adopted.
fn looked(session: &mut Session, bundle: &Bundle, request: &Request) -> Result<Adoption, Error> {
    let (found, candidates) = choose(session, request)?;
    let database = session.probe().database.clone();
    session.look_at_guard(&guard(&found, lock_table(&found, &candidates), &database))?;
    let entries = entries(session, &found)?;
    let existing = session.applied()?;
    let assigned = judged(bundle, &found, &entries, request)?;
    let outcome = match standing(&found, &assigned, &existing)? {
        Standing::Ours => Outcome::Already,
        Standing::Empty if assigned.adopted.is_empty() => Outcome::Nothing,
        Standing::Empty => Outcome::WouldAdopt,
    };
    let known = wanted(session, bundle, &found, &assigned, request, outcome)?;
    Ok(told(bundle, found, &assigned, &existing, outcome).mirrored(known.as_ref()))
}

fn under_lock(
    session: &mut Session,
    bundle: &Bundle,
    request: &Request,
    observer: Observer<'_>,
) -> Result<Adoption, Error> {
    session.refresh()?;
    let (found, candidates) = choose(session, request)?;
    let database = session.probe().database.clone();
    let guard = guard(&found, lock_table(&found, &candidates), &database);
    session.begin_guarded(&guard, observer)?;
    let adoption = in_transaction(session, bundle, found, request);
    let written = |it: &Adoption| it.outcome == Outcome::Adopted || it.mirror.is_some();
    if !adoption.as_ref().is_ok_and(written) {
        session.roll_back();
    }
    adoption
}

fn in_transaction(
    session: &mut Session,
    bundle: &Bundle,
    found: Found,
    request: &Request,
) -> Result<Adoption, Error> {
    let entries = entries(session, &found)?;
    let existing = session.applied()?;
    let assigned = judged(bundle, &found, &entries, request)?;
    let outcome = match standing(&found, &assigned, &existing)? {
        Standing::Ours => Outcome::Already,
        Standing::Empty if assigned.adopted.is_empty() => Outcome::Nothing,
        Standing::Empty => Outcome::Adopted,
    };
    let known = wanted(session, bundle, &found, &assigned, request, outcome)?;
    if outcome == Outcome::Adopted || known.is_some() {
        create_history(session)?;
    }
    let recorder = Recorder::for_run(session.probe().location.clone(), bundle);
    if outcome == Outcome::Adopted {
        record(session, &recorder, &found, &assigned)?;
    }
    if let Some(known) = &known {
        turn_on(session, bundle, &recorder, &found, known)?;
    }
    if outcome == Outcome::Adopted || known.is_some() {
        commit(session)?;
    }
    Ok(told(bundle, found, &assigned, &existing, outcome).mirrored(known.as_ref()))
}

/// What a mirror has to know, where one is wanted and there is something to adopt.
fn wanted(
    session: &mut Session,
    bundle: &Bundle,
    found: &Found,
    assigned: &Assigned<'_>,
    request: &Request,
    outcome: Outcome,
) -> Result<Option<Known>, Error> {
    match request.mirroring {
        Mirroring::On { to } if outcome != Outcome::Nothing => {
            refuse_own(session, found)?;
            known(bundle, found, assigned, &request.map, to).map(Some)
        }
        Mirroring::On { .. } | Mirroring::Off => Ok(None),
    }
}

/// Ends the transaction in which everything is recorded.
fn commit(session: &mut Session) -> Result<(), Error> {
    session
        .send("COMMIT")
        .map_err(|incomplete| unexpected("recording the adoption", &incomplete.error))
}

fn entries(session: &mut Session, found: &Found) -> Result<Vec<Entry>, Error> {
    let doing = format!("reading \"{}\"", found.shown());
    let rows = session.rows(&doing, Some(read::query(found)))?;
    Ok(rows.iter().map(Entry::read).collect())
}

/// Tells what the rows stand for, and whether the texts are the ones that were applied.
fn judged<'e>(
    bundle: &Bundle,
    found: &Found,
    entries: &'e [Entry],
    request: &Request,
) -> Result<Assigned<'e>, Error> {
    let assigned = assign(bundle, found, entries, &request.map, request.to)?;
    if request.checksums == Checksums::Ignore {
        return Ok(assigned);
    }
    let differing = differing(found.tool, &assigned);
    if differing.is_empty() {
        return Ok(assigned);
    }
    let count = differing.len();
    let error = Error::new(
        Kind::Drift,
        format!(
            "{count} migration{} changed after {} applied {}",
            if count == 1 { " was" } else { "s were" },
            found.tool,
            if count == 1 { "it" } else { "them" },
        ),
    );
    Err(differing
        .into_iter()
        .fold(error, Error::with_detail)
        .with_hint(
            "Bring the files back as they were; if they were edited on purpose, add `--checksums ignore`.",
        ))
}

/// Whether our history has rows already.
enum Standing {
    Empty,
    /// It has, and everything that the other tool has applied is among them.
    Ours,
}

fn standing(
    found: &Found,
    assigned: &Assigned<'_>,
    existing: &[Applied],
) -> Result<Standing, Error> {
    if existing.is_empty() {
        return Ok(Standing::Empty);
    }
    let recorded: HashSet<i64> = existing.iter().map(|row| row.version).collect();
    let missing: Vec<&Adopted<'_>> = assigned
        .adopted
        .values()
        .filter(|adopted| !recorded.contains(&adopted.migration.version))
        .collect();
    if missing.is_empty() {
        return Ok(Standing::Ours);
    }
    let count = missing.len();
    let error = Error::new(
        Kind::Drift,
        format!(
            "the database has a history of its own, without {count} migration{} that {} says it applied",
            if count == 1 { "" } else { "s" },
            found.tool
        ),
    );
    let error = missing.iter().fold(error, |error, adopted| {
        let rows: Vec<String> = adopted.rows.iter().map(|row| row.shown()).collect();
        error.with_detail(format!(
            "{} \"{}\" is {} there",
            adopted.migration.version,
            adopted.migration.name,
            rows.join(", ")
        ))
    });
    Err(error.with_hint(
        "Look with `migrator status`; if they were applied indeed, record them with `migrator stamp VERSION --yes`.",
    ))
}

/// Records everything.
fn record(
    session: &mut Session,
    recorder: &Recorder,
    found: &Found,
    assigned: &Assigned<'_>,
) -> Result<(), Error> {
    refuse_wide_versions(session, assigned.adopted.keys().copied())?;
    let mut sql = format!(
        "SET LOCAL synchronous_commit = on; SELECT {}, {}",
        Recorder::note_transaction(),
        Recorder::note_start(Scope::Transaction)
    );
    let details: Vec<String> = assigned
        .adopted
        .values()
        .map(|adopted| detail(found, assigned, adopted))
        .collect();
    let records: Vec<Record<'_>> = assigned
        .adopted
        .values()
        .zip(&details)
        .map(|(adopted, detail)| Record {
            migration: adopted.migration,
            detail: Some(detail),
        })
        .collect();
    sql.push_str("; ");
    sql.push_str(&recorder.record_all(Action::Adopt, &records));
    let repeated: Vec<(&Repeatable<'_>, String)> = assigned
        .repeated
        .values()
        .filter(|repeated| is_as_applied(found.tool, repeated))
        .map(|repeated| (repeated.repeatable, of_rows(found, &[repeated.row])))
        .collect();
    if !repeated.is_empty() {
        let repeated: Vec<(&Repeatable<'_>, &str)> = repeated
            .iter()
            .map(|(repeatable, detail)| (*repeatable, detail.as_str()))
            .collect();
        sql.push_str("; ");
        sql.push_str(&recorder.stamp_repeatables(&repeated));
    }
    session
        .send(&sql)
        .map_err(|incomplete| unexpected("recording the adoption", &incomplete.error))
}

/// Creates what is missing of our tables.
fn create_history(session: &mut Session) -> Result<(), Error> {
    let Some(sql) = session.probe().location.create() else {
        return Ok(());
    };
    let created = session.send(&sql);
    created.map_err(|incomplete| session.not_created(&incomplete.error))
}
