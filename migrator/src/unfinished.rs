//! Scripts outside a transaction that were begun and not ended, and what they stand in the way of. Pure.
//!
//! Half a migration is neither applied nor not applied. Whoever begins it must end it before anything goes the other
//! way: else a later run would take steps for done whose effects are gone, or call applied what is half undone.

use std::collections::BTreeSet;

use crate::change::Change;
use crate::error::{Error, Kind};
use crate::history::{OpenStep, State};
use crate::plan::{Action, Plan};

/// Refuses a change that goes the other way than a script that has not ended.
pub(crate) fn refuse_turning(
    change: Change,
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
    refuse(open.iter().filter(|row| in_the_way(row)))
}

/// Refuses to call a database migrated while something of it is half undone.
pub(crate) fn refuse_half_undone(open: &[OpenStep]) -> Result<(), Error> {
    refuse(
        open.iter()
            .filter(|row| row.action == Action::Revert.word()),
    )
}

/// One error for all steps of the scripts that are in the way. A step that failed, or that a person wants to be run
/// again, is nothing that could be lost.
fn refuse<'o>(rows: impl Iterator<Item = &'o OpenStep>) -> Result<(), Error> {
    let effective: Vec<&OpenStep> = rows.filter(|row| row.state != State::Failed).collect();
    let Some(first) = effective.first() else {
        return Ok(());
    };
    let (doing, on) = if first.action == Action::Revert.word() {
        ("undoing", "down -1")
    } else {
        ("applying", "up")
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
    Err(error.with_hint(format!(
        "`migrator {on}` goes on with it. To give it up, undo by hand what it did, and say so for each step: \
         `migrator resolve {} --step {} --retry`.",
        first.version, first.number
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Target;

    fn open(action: &str, state: State) -> [OpenStep; 1] {
        [OpenStep {
            action: action.to_owned(),
            version: 2,
            number: 1,
            sha256: String::new(),
            kind: "atomic".to_owned(),
            object: None,
            state,
            backend_pid: 1,
            started_at: String::new(),
        }]
    }

    #[test]
    fn what_was_begun_one_way_is_not_left_the_other_way() {
        let (up, down) = (Change::Up(Target::Head), Change::Down(Target::Base));
        let nothing = Plan::default();
        for (change, action, state, refused) in [
            (up, "apply", State::Done, false),
            (up, "revert", State::Done, true),
            (up, "revert", State::Started, true),
            (up, "revert", State::Failed, false),
            (down, "revert", State::Done, false),
            (down, "apply", State::Done, true),
            (Change::Redo, "apply", State::Started, true),
            (Change::Stamp(Target::Head), "apply", State::Done, false),
        ] {
            let open = open(action, state);
            let outcome = refuse_turning(change, &nothing, &open);
            assert_eq!(outcome.is_err(), refused, "{change:?} {open:?}");
        }
        assert!(refuse_half_undone(&open("revert", State::Done)).is_err());
        assert!(refuse_half_undone(&open("apply", State::Done)).is_ok());
    }
}
