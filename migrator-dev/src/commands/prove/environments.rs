//! Environments: what is for some of them only may bring rows, and never another schema.

use std::time::Instant;

use migrator::Target;
use migrator::bundle::{Bundle, Migration};
use migrator::difference::{Likeness, likeness};

use super::history::Facts;
use super::outcome::{Outcome, explained, failed};
use super::walk::Walk;
use crate::failure::Failure;

const HINT: &str = "The schema has to be the same in every environment. Move what changes it to a migration for all of \
                    them, and leave only rows to this one.";

/// The complaint about a migration that gives some environments another schema.
pub(super) fn changes_schema(facts: &Facts, changes: &[String]) -> Failure {
    Failure::new(format!(
        "{} is for {} only, and changes the schema",
        facts.title(),
        facts.only.join(", ")
    ))
    .detail(changes.join("\n"))
    .hint(HINT)
}

/// Without all of them the others have to work, and to make the same schema.
pub(super) fn prove(walk: &Walk<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    let belonging: Vec<&Facts> = walk
        .history
        .migrations
        .iter()
        .filter(|facts| !facts.only.is_empty())
        .collect();
    if belonging.is_empty() || !outcome.complaints.is_empty() {
        return Ok(());
    }
    let start = Instant::now();
    let names: Vec<String> = belonging.iter().map(|facts| facts.title()).collect();
    let names = names.join(", ");
    let bundle = walk.history.bundle;
    let others: Vec<Migration<'static>> = bundle
        .migrations
        .iter()
        .filter(|migration| !belonging.iter().any(|it| it.version == migration.version))
        .copied()
        .collect();
    let without = Bundle {
        migrations: Vec::leak(others),
        ..*bundle
    };
    let mut scratch = walk.scratch()?;
    if let Err(error) = scratch.up(&without, Target::Head) {
        let message =
            format!("the others fail without {names}, which some environments do not have");
        let hint = "Let no migration depend on rows that only some environments have.";
        outcome.complaints.push(failed(message, &error).hint(hint));
        return Ok(());
    }
    let found = scratch.snapshot()?;
    if likeness(&outcome.head, &found) != Likeness::Exact {
        let message = format!("without {names} the history makes another schema");
        let failure = Failure::new(message).detail(explained(&outcome.head, &found));
        outcome.complaints.push(failure.hint(HINT));
        return Ok(());
    }
    (walk.say)(&format!(
        "  the same without {names}  {} ms",
        start.elapsed().as_millis()
    ));
    Ok(())
}
