//! Late migrations: for each state in which a database may meet them, whether they make the same schema then.
//!
//! Such a state is a migration that was proven before, with everything older applied but what has come in between
//! since. What is found is written down, and lets `up` apply them without being asked.

use std::time::Instant;

use migrator::Target;
use migrator::bundle::{Bundle, Migration};
use migrator_source::{Commuting, Order, Proven};

use super::outcome::Outcome;
use super::walk::Walk;
use crate::failure::Failure;

/// After how many of the newest proven migrations late ones are tried.
const NEWEST: usize = 16;

/// Tries every state that is new, or whose proof no longer holds.
pub(super) fn prove(
    walk: &Walk<'_>,
    known: &[Proven],
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let recorded = recorded(walk);
    let mut states: Vec<Commuting> = pasts(walk)
        .iter()
        .flat_map(|past| states(walk, past))
        .collect();
    states.sort();
    states.dedup();
    for state in states {
        let holds = known.iter().any(|it| it.version == state.newest) && recorded.contains(&state);
        if holds || commutes(walk, outcome, &state)? {
            outcome.commuting.push(state);
        }
    }
    Ok(())
}

/// The states that were found before, whether their migrations have changed since or not.
fn recorded<'w>(walk: &Walk<'w>) -> &'w [Commuting] {
    let earlier = walk.history.proof.earlier.as_ref();
    earlier.map_or(&[], |lock| lock.commuting.as_slice())
}

/// What was known at some time, of which databases may be that have not run since.
struct Past<'w> {
    /// The versions that were proven.
    recorded: Vec<i64>,
    /// The states that were found.
    commuting: &'w [Commuting],
}

/// What was known before; where git could not merge it, what each side knew.
fn pasts<'w>(walk: &Walk<'w>) -> Vec<Past<'w>> {
    let proof = &walk.history.proof;
    let sides = proof.sides.iter().map(|lock| Past {
        recorded: lock.migrations.iter().map(|it| it.version).collect(),
        commuting: &lock.commuting,
    });
    let before = Past {
        recorded: proof.recorded.clone(),
        commuting: recorded(walk),
    };
    sides.chain([before]).collect()
}

/// What has come between proven migrations since, after each newer one; and the states that were found before, with
/// what has come since.
fn states(walk: &Walk<'_>, past: &Past<'_>) -> Vec<Commuting> {
    let recorded = &past.recorded;
    let migrations = &walk.history.migrations;
    let is_there = |version: &i64| migrations.iter().any(|it| it.version == *version);
    let late: Vec<i64> = migrations
        .iter()
        .filter(|it| it.order == Order::Versioned && !recorded.contains(&it.version))
        .map(|it| it.version)
        .collect();
    let newest = migrations
        .iter()
        .rev()
        .filter(|it| recorded.contains(&it.version))
        .take(NEWEST)
        .map(|it| Commuting {
            newest: it.version,
            versions: Vec::new(),
        });
    newest
        .chain(past.commuting.iter().cloned())
        .map(|mut state| {
            let since = late.iter().filter(|version| **version < state.newest);
            state.versions.extend(since);
            state.versions.sort_unstable();
            state.versions.dedup();
            state
        })
        .filter(|state| {
            let there = is_there(&state.newest) && state.versions.iter().all(is_there);
            there && !state.versions.is_empty()
        })
        .collect()
}

/// Whether they make the schema that the history makes in order of version.
fn commutes(walk: &Walk<'_>, outcome: &Outcome, state: &Commuting) -> Result<bool, Failure> {
    let start = Instant::now();
    let Some(expected) = outcome.proven.iter().find(|it| it.version == state.newest) else {
        return Ok(false);
    };
    let up_to: Vec<Migration<'static>> = walk
        .history
        .bundle
        .migrations
        .iter()
        .filter(|it| it.version <= state.newest)
        .copied()
        .collect();
    let mut others = up_to.clone();
    others.retain(|it| !state.versions.contains(&it.version));
    let of = |migrations: Vec<Migration<'static>>| Bundle {
        migrations: Vec::leak(migrations),
        ..*walk.history.bundle
    };
    let mut scratch = walk.scratch()?;
    let made = scratch
        .up(&of(others), Target::Head)
        .and_then(|_| scratch.up_late(&of(up_to)));
    walk.refuse_interrupted()?;
    let same = made.is_ok() && scratch.snapshot()?.fingerprint().0 == expected.fingerprint;
    let versions: Vec<String> = state.versions.iter().map(i64::to_string).collect();
    (walk.say)(&format!(
        "  {} late, after {}: {}  {} ms",
        versions.join(", "),
        state.newest,
        if same {
            "the same schema"
        } else {
            "not the same"
        },
        start.elapsed().as_millis()
    ));
    Ok(same)
}
