//! Other ways through the same history: a second time on the same server, and with late and unordered migrations last.

use std::time::Instant;

use migrator::Target;
use migrator::bundle::{Bundle, Migration};
use migrator::difference::{Likeness, likeness};
use migrator_source::Order;

use super::history::Facts;
use super::outcome::{Outcome, explained, failed};
use super::walk::Walk;
use crate::failure::Failure;

/// Walks the other ways; each has to lead to the same schema.
pub(super) fn prove(walk: &Walk<'_>, outcome: &mut Outcome) -> Result<(), Failure> {
    outcome.complaints.extend(second_time(walk, outcome)?);
    let anywhere = anywhere(walk);
    if !anywhere.is_empty() {
        outcome.complaints.extend(last(walk, outcome, &anywhere)?);
    }
    Ok(())
}

/// In another database of the same server: what belongs to the server as a whole is there already.
fn second_time(walk: &Walk<'_>, outcome: &Outcome) -> Result<Option<Failure>, Failure> {
    let start = Instant::now();
    let bundle = walk.history.whole;
    let mut scratch = walk.scratch()?;
    if let Err(error) = scratch.up(bundle, Target::Head) {
        let message = match error.failure() {
            Some(failure) => format!(
                "{} works only once: it fails in a second database of the same server",
                failure.label()
            ),
            None => "the history cannot be applied to a second database".to_owned(),
        };
        let complaint = failed(message, &error);
        return Ok(Some(complaint.hint(
            "Let it look first whether what it makes is there: roles and the like belong to the whole server.",
        )));
    }
    let found = scratch.snapshot()?;
    if likeness(&outcome.whole, &found) != Likeness::Exact {
        let failure =
            Failure::new("applied to a second database, the history makes another schema");
        return Ok(Some(
            failure
                .detail(explained(&outcome.whole, &found))
                .hint("A name or a default that is made up anew each time is the usual reason."),
        ));
    }
    if scratch.up(bundle, Target::Head)? > 0 || scratch.snapshot()? != found {
        return Ok(Some(Failure::new(
            "applying the whole history twice changes something",
        )));
    }
    (walk.say)(&format!(
        "  the same in a second database  {} ms",
        start.elapsed().as_millis()
    ));
    Ok(None)
}

/// What may come after newer ones: unordered migrations, and those that came between proven ones since.
fn anywhere<'w>(walk: &Walk<'w>) -> Vec<&'w Facts> {
    let recorded = &walk.history.proof.recorded;
    let newest = recorded.iter().max();
    walk.history
        .migrations
        .iter()
        .filter(|facts| {
            let late = newest.is_some_and(|newest| facts.version < *newest)
                && !recorded.contains(&facts.version);
            late || facts.order == Order::Unordered
        })
        .collect()
}

/// With these migrations after all others.
fn last(walk: &Walk<'_>, outcome: &Outcome, late: &[&Facts]) -> Result<Option<Failure>, Failure> {
    let start = Instant::now();
    let names: Vec<String> = late.iter().map(|facts| facts.title()).collect();
    let names = names.join(", ");
    let bundle = walk.history.bundle;
    let others: Vec<Migration<'static>> = bundle
        .migrations
        .iter()
        .filter(|migration| !late.iter().any(|it| it.version == migration.version))
        .copied()
        .collect();
    let without = Bundle {
        migrations: Vec::leak(others),
        ..*bundle
    };
    let mut scratch = walk.scratch()?;
    let hint = "A database may have the newer ones already. Give it a version above them, or write it so that the \
                order does not matter.";
    if let Err(error) = scratch.up(&without, Target::Head) {
        let message = format!("the others fail without {names}, which may come after them");
        return Ok(Some(failed(message, &error).hint(hint)));
    }
    if let Err(error) = scratch.up_late(bundle) {
        let message = match error.failure() {
            Some(failure) => format!(
                "{} fails when it comes after the newer ones",
                failure.label()
            ),
            None => format!("{names}: cannot come after the newer ones"),
        };
        return Ok(Some(failed(message, &error).hint(hint)));
    }
    let found = scratch.snapshot()?;
    let verdict = likeness(&outcome.head, &found);
    if verdict == Likeness::Different {
        let message = format!("after the newer ones, {names} makes another schema");
        let failure = Failure::new(message).detail(explained(&outcome.head, &found));
        return Ok(Some(failure.hint(hint)));
    }
    let but = if verdict == Likeness::ColumnOrder {
        ", but for the order of columns"
    } else {
        ""
    };
    (walk.say)(&format!(
        "  the same with {names} last{but}  {} ms",
        start.elapsed().as_millis()
    ));
    Ok(None)
}
