//! Environments: what is for some of them only may bring rows, and never another schema. That holds for migrations and
//! for repeatables.

use std::time::Instant;

use migrator::Target;
use migrator::bundle::{Bundle, Migration, Repeatable};
use migrator::difference::{Likeness, likeness};

use super::history::Facts;
use super::outcome::{Outcome, explained, failed};
use super::walk::Walk;
use crate::failure::Failure;

const HINT: &str = "The schema has to be the same in every environment. Move what changes it to a migration for all of \
                    them, and leave only rows to this one.";

/// The complaint about what gives some environments another schema.
pub(super) fn changes_schema(title: &str, only: &[String], changes: &[String]) -> Failure {
    Failure::new(format!(
        "{title} is for {} only, and changes the schema",
        only.join(", ")
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
    let limited = &walk.history.limited;
    if belonging.is_empty() && limited.is_empty() || !outcome.complaints.is_empty() {
        return Ok(());
    }
    let start = Instant::now();
    let names = belonging.iter().map(|facts| facts.title());
    let names: Vec<String> = names
        .chain(limited.iter().map(|it| format!("R \"{}\"", it.name)))
        .collect();
    let names = names.join(", ");
    let bundle = walk.history.whole;
    let repeatables: Vec<Repeatable<'static>> = bundle
        .repeatables
        .iter()
        .filter(|it| limited.iter().all(|other| other.name != it.name))
        .copied()
        .collect();
    let others: Vec<Migration<'static>> = bundle
        .migrations
        .iter()
        .filter(|migration| !belonging.iter().any(|it| it.version == migration.version))
        .copied()
        .collect();
    let without = Bundle {
        migrations: Vec::leak(others),
        repeatables: Vec::leak(repeatables),
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
    if likeness(&outcome.whole, &found) != Likeness::Exact {
        let message = format!("without {names} the history makes another schema");
        let failure = Failure::new(message).detail(explained(&outcome.whole, &found));
        outcome.complaints.push(failure.hint(HINT));
        return Ok(());
    }
    (walk.say)(&format!(
        "  the same without {names}  {} ms",
        start.elapsed().as_millis()
    ));
    Ok(())
}
