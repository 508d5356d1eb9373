//! Repeatables: one after the other after all migrations, and then all of them once more.

use std::time::Instant;

use migrator::Target;
use migrator::bundle::{Bundle, Repeatable, Script};
use migrator::difference::{Likeness, likeness};
use migrator_source::Repeated;

use super::outcome::{Outcome, explained, failed};
use super::scratch::Scratch;
use super::walk::Walk;
use super::{changes, environments};
use crate::failure::Failure;

/// Applies them to a database that has all migrations.
pub(super) fn prove(
    walk: &Walk<'_>,
    scratch: &mut Scratch<'_>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let whole = walk.history.whole;
    for (at, repeatable) in whole.repeatables.iter().enumerate() {
        let start = Instant::now();
        let bundle = Bundle {
            repeatables: whole.repeatables.get(..=at).unwrap_or_default(),
            ..*whole
        };
        if let Err(error) = scratch.up(&bundle, Target::Head) {
            let message = format!("{} fails", repeatable.label());
            outcome.complaints.push(failed(message, &error));
            return Ok(());
        }
        let after = scratch.snapshot()?;
        let changes = changes(&outcome.whole, &after);
        let limited = walk.history.limited.iter();
        if let Some(it) = limited
            .filter(|_| !changes.is_empty())
            .find(|it| it.name == repeatable.name)
        {
            let title = repeatable.label().to_string();
            let complaint = environments::changes_schema(&title, &it.only, &changes);
            outcome.complaints.push(complaint);
        }
        outcome.repeated.push(Repeated {
            name: repeatable.name.to_owned(),
            up: repeatable.script.sha256,
            fingerprint: after.fingerprint().0,
            changes,
        });
        outcome.whole = after;
        (walk.say)(&format!(
            "  {}  {} ms",
            repeatable.label(),
            start.elapsed().as_millis()
        ));
    }
    outcome
        .complaints
        .extend(once_more(whole, scratch, outcome)?);
    Ok(())
}

/// All of them again, as if the text of each had changed.
fn once_more(
    whole: &Bundle,
    scratch: &mut Scratch<'_>,
    outcome: &Outcome,
) -> Result<Option<Failure>, Failure> {
    let changed: Vec<Repeatable<'static>> = whole.repeatables.iter().map(other).collect();
    let again = Bundle {
        repeatables: Vec::leak(changed),
        ..*whole
    };
    let hint = "A repeatable is applied whenever its text changes: CREATE OR REPLACE, or DROP … IF EXISTS before \
                CREATE.";
    if let Err(error) = scratch.up(&again, Target::Head) {
        let message = match error.failure() {
            Some(failure) => format!("{} works only once", failure.label()),
            None => "the repeatables cannot be applied again".to_owned(),
        };
        return Ok(Some(failed(message, &error).hint(hint)));
    }
    let found = scratch.snapshot()?;
    if likeness(&outcome.whole, &found) == Likeness::Exact {
        return Ok(None);
    }
    let failure = Failure::new("applying the repeatables twice makes another schema");
    Ok(Some(
        failure.detail(explained(&outcome.whole, &found)).hint(hint),
    ))
}

/// The same text under another hash.
fn other(repeatable: &Repeatable<'static>) -> Repeatable<'static> {
    Repeatable {
        script: Script {
            sha256: repeatable.script.sha256.map(|byte| !byte),
            ..repeatable.script
        },
        ..*repeatable
    }
}
