//! Scripts outside a transaction that were begun and not ended, and what they stand in the way of. Pure.
//!
//! Half a migration is neither applied nor not applied. Whoever begins it must end it before anything goes the other
//! way: else a later run would take steps for done whose effects are gone, or call applied what is half undone.

use std::collections::BTreeSet;

use crate::bundle::Bundle;
use crate::change::Change;
use crate::error::{Error, Kind};
use crate::history::{OpenStep, State};
use crate::plan::{Action, Plan, find};

/// How many steps an error has commands for.
const LISTED: usize = 12;

/// Refuses a change that goes the other way than a script that has not ended.
pub(crate) fn refuse_turning(
    change: Change,
    bundle: &Bundle,
    plan: &Plan<'_>,
    open: &[OpenStep],
) -> Result<(), Error> {
    let in_the_way = |row: &OpenStep| match change {
        Change::Up(_) => row.action == Action::Revert.word(),
        Change::Down(_) | Change::Redo => row.action == Action::Apply.word(),
        // The record of a version stands for its steps; those of another version would be forgotten.
        Change::Stamp(_) => {
            !plan.steps.is_empty()
                && plan
                    .steps
                    .iter()
                    .all(|step| step.version != Some(row.version))
        }
    };
    refuse(bundle, open.iter().filter(|row| in_the_way(row)))
}

/// Refuses to call a database migrated while something of it is half undone.
pub(crate) fn refuse_half_undone(bundle: &Bundle, open: &[OpenStep]) -> Result<(), Error> {
    refuse(
        bundle,
        open.iter()
            .filter(|row| row.action == Action::Revert.word()),
    )
}

/// One error for all steps of the scripts that are in the way. A step that failed, or that a person wants to be run
/// again, is nothing that could be lost.
fn refuse<'o>(bundle: &Bundle, rows: impl Iterator<Item = &'o OpenStep>) -> Result<(), Error> {
    let effective: Vec<&OpenStep> = rows.filter(|row| row.state != State::Failed).collect();
    let Some(first) = effective.first() else {
        return Ok(());
    };
    let (doing, on) = if first.action == Action::Revert.word() {
        ("undoing", "`migrator down -1`")
    } else if find(bundle, first.version).is_some() {
        ("applying", "`migrator up`")
    } else {
        (
            "applying",
            "This binary does not hold it: `migrator up` of the newer one that began it",
        )
    };
    let error = Error::new(
        Kind::Drift,
        format!("{doing} {} has begun and not ended", first.version),
    );
    let versions: BTreeSet<(i64, &str)> = effective
        .iter()
        .map(|row| (row.version, row.action.as_str()))
        .collect();
    let error = versions
        .into_iter()
        .fold(error, |error, (version, action)| {
            let steps: Vec<String> = effective
                .iter()
                .filter(|row| row.version == version && row.action == action)
                .map(|row| format!("{} ({})", row.number, row.state.word()))
                .collect();
            error.with_detail(format!(
                "It runs outside a transaction; of {version}, these steps took effect or may have: {}.",
                steps.join(", ")
            ))
        });
    let commands: Vec<String> = effective
        .iter()
        .take(LISTED)
        .map(|row| {
            format!(
                "`migrator resolve {} --step {} --retry`",
                row.version, row.number
            )
        })
        .collect();
    let more = if effective.len() > LISTED {
        ", …"
    } else {
        ""
    };
    Err(error.with_hint(format!(
        "{on} goes on with it. To give it up, undo by hand what it did, and say so for each step: {}{more}.",
        commands.join(", ")
    )))
}

#[cfg(test)]
mod tests;
