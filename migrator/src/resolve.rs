//! What a person says about a step outside a transaction that no catalog can tell about.
//!
//! It changes the note alone; the next `up` or `down` acts on it. What the engine finds out by itself is `run::doubt`.

use crate::bundle::Bundle;
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::history::{Mark, OpenStep, Recorder, State, StepKey};
use crate::plan::Action;
use crate::session::{Locked, Purpose, Session, unexpected};
use crate::settings::Settings;

/// What a person says about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It took effect.
    Done,
    /// It is to be run again.
    Retry,
}

impl Resolution {
    /// The word in the journal and in JSON output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
        }
    }
}

/// Notes what a person says about a step, under the lock.
///
/// # Errors
///
/// `Usage` when there is no such unfinished step, with those that there are.
pub fn resolve(
    bundle: &Bundle,
    settings: &Settings,
    version: i64,
    number: usize,
    resolution: Resolution,
    observer: Observer<'_>,
) -> Result<OpenStep, Error> {
    let mut session = Session::open(settings, Purpose::Write, observer)?;
    if session.lock(observer, &mut |_| Ok(false))? != Locked::Held {
        return Err(Error::new(Kind::Lock, "the lock was not obtained"));
    }
    let result = under_lock(&mut session, bundle, version, number, resolution);
    session.unlock();
    result
}

fn under_lock(
    session: &mut Session,
    bundle: &Bundle,
    version: i64,
    number: usize,
    resolution: Resolution,
) -> Result<OpenStep, Error> {
    let open = session.open_steps()?;
    let mut matching = open
        .iter()
        .filter(|row| row.version == version && row.number == number);
    // Where both ways are unfinished, the one in doubt is meant.
    let first = matching.next();
    let row = matching
        .find(|row| row.state == State::Started)
        .or(first)
        .ok_or_else(|| no_such_step(&open, version, number))?;
    let key = StepKey {
        action: if row.action == Action::Revert.word() {
            Action::Revert
        } else {
            Action::Apply
        },
        version,
        number,
        sha256: &row.sha256,
        kind: &row.kind,
        object: row.object.as_deref(),
    };
    let mark = match resolution {
        Resolution::Done => Mark::Done,
        Resolution::Retry => Mark::Again {
            said: "to be run again, as a person said",
        },
    };
    let name = bundle
        .migrations
        .iter()
        .find(|migration| migration.version == version)
        .map_or("", |migration| migration.name);
    let recorder = Recorder::for_run(session.probe().location.clone(), bundle);
    let said = format!("step {number}: {}", resolution.word());
    let sql = format!(
        "BEGIN READ WRITE; SET LOCAL synchronous_commit = on; {}; {}; COMMIT",
        recorder.mark(&key, mark),
        recorder.resolve(version, name, &said)
    );
    session
        .send(&sql)
        .map_err(|incomplete| unexpected("noting the resolution", &incomplete.error))?;
    Ok(row.clone())
}

fn no_such_step(open: &[OpenStep], version: i64, number: usize) -> Error {
    let error = Error::new(
        Kind::Usage,
        format!("there is no unfinished step {number} of {version}"),
    );
    if open.is_empty() {
        return error.with_detail("No migration is unfinished.");
    }
    open.iter().fold(error, |error, row| {
        error.with_detail(format!(
            "Unfinished: step {} of {}, {} ({}).",
            row.number,
            row.version,
            row.state.word(),
            row.object.as_deref().unwrap_or(&row.kind)
        ))
    })
}
