//! Which repeatables a database has, and which are to be applied again. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::{Bundle, Repeatable};
use crate::drift::compare;
use crate::history::{Applied, Done, Repetition, Since};
use crate::plan::{Action, Plan, Step, Work};
use crate::quote::hex;
use crate::target::Target;

/// The state of a repeatable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Applied from this very text, and nothing that it rests on came after it.
    UpToDate,
    /// Its text has changed, one that it requires was applied after it, or a migration was undone since.
    Outdated,
    /// Never applied.
    Pending,
    /// Recorded as not for this environment.
    Skipped,
    /// Applied, and not in the bundle.
    Missing,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UpToDate => "up to date",
            Self::Outdated => "outdated",
            Self::Pending => "pending",
            Self::Skipped => "skipped",
            Self::Missing => "missing",
        }
    }
}

/// The state of each repeatable of a bundle, in the order in which they run.
///
/// One that requires an outdated one is outdated as well: what it made may hang on what is made anew.
#[must_use]
pub fn states(
    bundle: &Bundle,
    repetitions: &[Repetition],
) -> Vec<(&'static Repeatable<'static>, State)> {
    let newest: BTreeMap<&str, &Repetition> = repetitions
        .iter()
        .map(|it| (it.name.as_str(), it))
        .collect();
    let mut behind = BTreeSet::new();
    bundle
        .repeatables
        .iter()
        .map(|repeatable| {
            let overtaken = |id: i64| {
                repeatable.requires.iter().any(|name| {
                    behind.contains(name) || newest.get(name).is_some_and(|other| other.id > id)
                })
            };
            let found = match newest.get(repeatable.name) {
                None => State::Pending,
                // What is for all by now was skipped when it was not.
                Some(row) if row.done == Done::Skipped && repeatable.only.is_empty() => {
                    State::Pending
                }
                Some(row) if row.done == Done::Skipped => State::Skipped,
                Some(row)
                    if row.sha256 != hex(&repeatable.script.sha256)
                        || row.since == Since::Undone
                        || overtaken(row.id) =>
                {
                    State::Outdated
                }
                Some(_) => State::UpToDate,
            };
            if !matches!(found, State::UpToDate | State::Skipped) {
                behind.insert(repeatable.name);
            }
            (repeatable, found)
        })
        .collect()
}

/// Those that are to be applied, in the order in which they run. One that was skipped is, as soon as the environment
/// is one of its own.
///
/// None where the database is newer than the bundle: they would bring back what a newer release has replaced.
#[must_use]
pub fn stale(
    bundle: &Bundle,
    applied: &[Applied],
    repetitions: &[Repetition],
    environment: Option<&str>,
) -> Vec<(&'static Repeatable<'static>, State)> {
    if bundle.repeatables.is_empty() || !compare(bundle, applied).drift.newer.is_empty() {
        return Vec::new();
    }
    let mut states = states(bundle, repetitions);
    states.retain(|(it, state)| match state {
        State::UpToDate => false,
        State::Skipped => environment.is_some_and(|name| it.only.contains(&name)),
        State::Outdated | State::Pending | State::Missing => true,
    });
    states
}

/// Those that the journal knows and the bundle does not.
pub fn missing<'r>(
    bundle: &Bundle,
    repetitions: &'r [Repetition],
) -> impl Iterator<Item = &'r Repetition> {
    let names: BTreeSet<&str> = bundle.repeatables.iter().map(|it| it.name).collect();
    repetitions
        .iter()
        .filter(move |it| !names.contains(it.name.as_str()))
}

/// Adds to a plan that leads to the head what is to be applied again there.
pub(crate) fn after_up<'a>(
    mut plan: Plan<'a>,
    bundle: &Bundle,
    (applied, repetitions): (&[Applied], &[Repetition]),
    target: Target,
    environment: Option<&str>,
) -> Plan<'a> {
    if bundle.repeatables.is_empty() {
        return plan;
    }
    let reaches_head = match target {
        Target::Head => true,
        Target::Version(version) => bundle.head() == Some(version),
        Target::Forward(_) => compare(bundle, applied)
            .pending
            .last()
            .is_none_or(|last| plan.last_version() >= Some(last.version)),
        Target::Base | Target::Back(_) => false,
    };
    if reaches_head {
        let stale = stale(bundle, applied, repetitions, environment);
        plan.steps
            .extend(stale.into_iter().map(|(it, _)| step(it, Work::Repeat(it))));
    }
    plan
}

/// Adds to a stamp of the head what has no version. A record that is removed makes all of them outdated.
pub(crate) fn after_stamp<'a>(
    mut plan: Plan<'a>,
    bundle: &Bundle,
    repetitions: &[Repetition],
    target: Target,
) -> Plan<'a> {
    if target == Target::Head {
        let removes = plan
            .steps
            .iter()
            .any(|step| step.action() == Action::Unstamp);
        let stamped = states(bundle, repetitions)
            .into_iter()
            .filter(|(_, state)| removes || *state != State::UpToDate)
            .map(|(it, _)| step(it, Work::StampRepeatable(it)));
        plan.steps.extend(stamped);
    }
    plan
}

fn step(repeatable: &'static Repeatable<'static>, work: Work<'static>) -> Step<'static> {
    Step {
        version: None,
        name: repeatable.name,
        work,
    }
}

#[cfg(test)]
mod tests;
