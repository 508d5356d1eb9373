//! What is refused before any row is assigned: rows that were not carried out, several positions, unknown versions.

use super::covered::may_be_gone;
use crate::bundle::Bundle;
use crate::error::{Error, Kind};
use crate::foreign::entry::{Entry, State};
use crate::foreign::map::Map;
use crate::foreign::{Found, Tool, read};
use crate::plan::find;

/// How many rows an error names.
const LISTED: usize = 50;

pub(super) fn listed(error: Error, problems: Vec<String>) -> Error {
    let more = problems.len().saturating_sub(LISTED);
    let error = problems
        .into_iter()
        .take(LISTED)
        .fold(error, Error::with_detail);
    match more {
        0 => error,
        _ => error.with_detail(format!("… and {more} more")),
    }
}

pub(super) fn refuse_broken(found: &Found, entries: &[Entry]) -> Result<(), Error> {
    let broken: Vec<String> = entries
        .iter()
        .filter_map(|entry| match &entry.state {
            State::Broken(why) => Some(format!("{}: {why}", entry.shown())),
            _ => None,
        })
        .collect();
    if broken.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Kind::Drift,
        format!(
            "{} says that a migration was not carried out as a whole",
            found.shown()
        ),
    );
    Err(listed(error, broken).with_hint(format!(
        "Bring the schema to one side of it, then make {} say so: {}.",
        found.tool,
        read::repair(found.tool)
    )))
}

/// A tool that records where the database is has one row for it.
pub(super) fn refuse_heads(found: &Found, entries: &[Entry]) -> Result<(), Error> {
    let positions: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.state == State::Position)
        .collect();
    if positions.len() < 2 {
        return Ok(());
    }
    let error = Error::new(
        Kind::Drift,
        format!(
            "{} names {} positions; a history has one",
            found.shown(),
            positions.len()
        ),
    );
    let names = positions.iter().map(|entry| entry.shown()).collect();
    Err(listed(error, names).with_hint(match found.tool {
        Tool::Alembic => {
            "Merge the branches there first: `alembic merge heads`, then `alembic upgrade head`."
        }
        _ => "Remove the rows that are not the newest.",
    }))
}

pub(super) fn refuse_unknown(bundle: &Bundle, map: &Map, to: Option<i64>) -> Result<(), Error> {
    let missing = |version: i64| find(bundle, version).is_none() && !may_be_gone(bundle, version);
    let mut problems: Vec<String> = map
        .versions()
        .filter(|(_, version)| missing(*version))
        .map(|(name, version)| format!("The map file says \"{name}\" = {version}."))
        .collect();
    problems.extend(
        to.filter(|version| missing(*version))
            .map(|version| format!("`--to {version}` says so.")),
    );
    if problems.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Kind::Usage,
        "there are no such versions in this binary".to_owned(),
    );
    Err(listed(error, problems).with_hint("Run `migrator info` to see every version."))
}
