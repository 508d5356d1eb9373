//! Turning a mirror on, within the transaction of an adoption, and off again.

use crate::bundle::{Bundle, Migration};
use crate::compose::{BEGIN, COMMIT};
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::foreign::mirror::known::Known;
use crate::foreign::mirror::style::Style;
use crate::foreign::{Found, Mirror, Tool};
use crate::history::{Fields, HISTORY, Location, Mirrored, Presence, Recorder};
use crate::session::{Locked, Purpose, Session, unexpected};
use crate::settings::Settings;

/// The mirror that was turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The tool whose table was written too.
    pub tool: String,
    /// That table.
    pub table: String,
}

/// A table that is ours already needs no mirror, and there is one at a time.
pub(super) fn refuse_own(session: &mut Session, found: &Found) -> Result<(), Error> {
    let ours = found.tool == Tool::Refinery
        && found.table == HISTORY
        && found.schema == session.probe().location.schema;
    if ours {
        return Err(Error::new(
            Kind::Usage,
            "refinery's table is our history: whatever is applied is there already",
        )
        .with_hint("Adopt it without `--mirror`."));
    }
    let sql = session.probe().location.read_mirror();
    let rows = session.rows("reading the mirror", sql)?;
    let Some(row) = rows.first() else {
        return Ok(());
    };
    let mirror = Mirror::read(row)?;
    if mirror.found == *found {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!(
            "a mirror is on already, of {} ({})",
            mirror.found.tool,
            mirror.found.shown()
        ),
    )
    .with_hint("End that one first: `migrator adopt --stop-mirror`."))
}

/// Notes what the old image knows, looks whether its table can be written, and writes what is applied here and not
/// there.
pub(super) fn turn_on(
    session: &mut Session,
    bundle: &Bundle,
    recorder: &Recorder,
    found: &Found,
    known: &Known,
) -> Result<(), Error> {
    let (names, style) = (known.json(), known.style.as_ref().map(Style::json));
    let statements = recorder.mirror(&Mirrored {
        tool: found.tool.name(),
        schema: &found.schema,
        table: &found.table,
        names: &names,
        style: style.as_deref(),
        line_ends: known.line_ends.word(),
    });
    send(session, &statements)?;
    let location = present(recorder.location());
    let rows = session.rows("reading the mirror", location.read_mirror())?;
    let mirror = Mirror::read(rows.first().unwrap_or(&Fields::new()))?;
    mirror.refuse_unwritable()?;
    let rows = session.rows("reading the history", location.read())?;
    let versions: Vec<i64> = rows
        .iter()
        .map(|row| crate::history::read_applied(row).version)
        .collect();
    let here: Vec<&Migration<'_>> = bundle
        .migrations
        .iter()
        .filter(|it| versions.binary_search(&it.version).is_ok())
        .collect();
    send(session, &mirror.statements(&location, &[], &here))
}

/// The place of our tables once all of them are there.
fn present(location: &Location) -> Location {
    let mut location = location.clone();
    location.tables.history = Presence::Present;
    location.tables.mirror = Presence::Present;
    location
}

fn send(session: &mut Session, statements: &[String]) -> Result<(), Error> {
    if statements.is_empty() {
        return Ok(());
    }
    session
        .send(&statements.join("; "))
        .map_err(|incomplete| unexpected("turning the mirror on", &incomplete.error))
}

/// Turns the mirror off; `None` when there is none. The other tool's table stays as it is.
///
/// # Errors
///
/// `Lock` when another runner is at work.
pub fn stop_mirror(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Option<Stopped>, Error> {
    let mut session = Session::open(settings, Purpose::Write, observer)?;
    if session.lock(observer, &mut |_| Ok(false))? != Locked::Held {
        return Err(Error::new(Kind::Lock, "the lock was not obtained"));
    }
    let result = stop(&mut session, bundle);
    session.unlock();
    result
}

fn stop(session: &mut Session, bundle: &Bundle) -> Result<Option<Stopped>, Error> {
    session.refresh()?;
    let location = session.probe().location.clone();
    let rows = session.rows("reading the mirror", location.read_mirror())?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let stopped = Stopped {
        tool: text(0),
        table: format!("{}.{}", text(1), text(2)),
    };
    let statements = Recorder::for_run(location, bundle).stop_mirror();
    let sql = format!("{BEGIN}; {}; {COMMIT}", statements.join("; "));
    session.send(&sql).map_err(|incomplete| {
        session.roll_back();
        unexpected("turning the mirror off", &incomplete.error)
    })?;
    Ok(Some(stopped))
}
