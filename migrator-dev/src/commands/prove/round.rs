//! One migration: applied, undone where it has a down, and applied again, with the assertions about it.

use std::time::Instant;

use migrator::Target;
use migrator::difference::{Likeness, likeness};
use migrator::snapshot::Snapshot;
use migrator_source::{DownCheck, Proven, Verdict};

use super::history::{Facts, Undo};
use super::outcome::{explained, failed};
use super::scratch::Scratch;
use super::walk::Walk;
use super::{changes, environments};
use crate::failure::Failure;

const MEND_DOWN: &str = "Mend the down file; or say in the up file that it cannot lead back: -- migrator: irreversible \
                         \"why\", or -- migrator: allow(down) \"why\".";

const MEND_UP: &str = "The down leads back exactly: it is the up that makes something else each time. Write a fixed \
                       value where it takes the time ('now', now()), a random one or a name of the server into the \
                       schema.";

/// What was found of one migration, and the schema after it.
pub(super) struct Round {
    pub(super) proven: Proven,
    pub(super) after: Snapshot,
}

/// What came of a down.
struct Undone {
    verdict: Verdict,
    complaint: Option<Failure>,
    leaves: Leaves,
}

/// How the database was left.
enum Leaves {
    /// As after the up.
    AsItWas,
    /// Otherwise, or nobody knows.
    Spoilt,
}

/// Runs the migration with this number; none where it cannot be applied.
pub(super) fn prove<'w>(
    walk: &Walk<'w>,
    scratch: &mut Scratch<'w>,
    at: usize,
    before: &Snapshot,
    complaints: &mut Vec<Failure>,
) -> Result<Option<Round>, Failure> {
    let Some(facts) = walk.history.migrations.get(at) else {
        return Ok(None);
    };
    let start = Instant::now();
    let (earlier, again) = (&facts.assertions.before, &facts.assertions.after);
    let applied = run(earlier.as_ref(), scratch)
        .and_then(|()| {
            let target = Target::Version(facts.version);
            let applied = scratch.up(walk.history.bundle, target);
            applied.map_err(|error| failed(format!("{} fails", facts.title()), &error))
        })
        .and_then(|_| run(again.as_ref(), scratch));
    walk.refuse_interrupted()?;
    if let Err(complaint) = applied {
        walk.line(&facts.title(), "fails", start.elapsed());
        complaints.push(complaint);
        return Ok(None);
    }
    let after = scratch.snapshot()?;
    let undone = match facts.down {
        Undo::Absent => Undone::nothing(Verdict::Absent),
        Undo::Irreversible => Undone::nothing(Verdict::Irreversible),
        Undo::Script(_) => undo(walk, scratch, facts, (before, &after))?,
    };
    walk.refuse_interrupted()?;
    let verdict = undone.verdict.word();
    walk.line(&facts.title(), verdict, start.elapsed());
    if facts.check == DownCheck::Insisted {
        complaints.extend(undone.complaint);
    }
    if matches!(undone.leaves, Leaves::Spoilt) {
        *scratch = walk.scratch()?;
        walk.replay(scratch, at + 1)?;
    }
    let changes = changes(before, &after);
    if !facts.only.is_empty() && !changes.is_empty() {
        complaints.push(environments::changes_schema(
            &facts.title(),
            &facts.only,
            &changes,
        ));
    }
    let proven = Proven {
        version: facts.version,
        name: facts.name.clone(),
        up: facts.up,
        down: facts.down_hash(),
        verify: facts.verify,
        tests: facts.assertions.hash(),
        fingerprint: after.fingerprint().0,
        verdict: undone.verdict,
        changes,
    };
    Ok(Some(Round { proven, after }))
}

fn run(script: Option<&super::assertions::Script>, scratch: &Scratch<'_>) -> Result<(), Failure> {
    script.map_or(Ok(()), |script| script.run(scratch.url()))
}

impl Undone {
    const fn nothing(verdict: Verdict) -> Self {
        Self {
            verdict,
            complaint: None,
            leaves: Leaves::AsItWas,
        }
    }

    const fn spoilt(complaint: Failure) -> Self {
        Self {
            verdict: Verdict::Different,
            complaint: Some(complaint),
            leaves: Leaves::Spoilt,
        }
    }
}

/// Down and up again.
fn undo(
    walk: &Walk<'_>,
    scratch: &mut Scratch<'_>,
    facts: &Facts,
    (before, after): (&Snapshot, &Snapshot),
) -> Result<Undone, Failure> {
    let bundle = walk.history.bundle;
    if let Err(error) = scratch.down(bundle) {
        let complaint = failed(format!("the down of {} fails", facts.title()), &error);
        return Ok(Undone::spoilt(complaint.hint(MEND_DOWN)));
    }
    let undone = scratch.snapshot()?;
    let back = likeness(before, &undone);
    if back == Likeness::Different {
        let message = format!("the down of {} leaves another schema", facts.title());
        let complaint = Failure::new(message).detail(explained(before, &undone));
        return Ok(Undone::spoilt(complaint.hint(MEND_DOWN)));
    }
    if let Err(error) = scratch.up(bundle, Target::Version(facts.version)) {
        let message = format!("{} works only once: it fails after its down", facts.title());
        return Ok(Undone::spoilt(failed(message, &error)));
    }
    let redone = scratch.snapshot()?;
    let again = likeness(after, &redone);
    if again == Likeness::Different {
        let message = format!(
            "{} leads to another schema when it is applied again after its down",
            facts.title()
        );
        let complaint = Failure::new(message).detail(explained(after, &redone));
        // Where the down led back to the letter, the down is not to blame.
        let hint = match back {
            Likeness::Exact => MEND_UP,
            Likeness::ColumnOrder | Likeness::Different => MEND_DOWN,
        };
        return Ok(Undone::spoilt(complaint.hint(hint)));
    }
    if let Err(complaint) = run(facts.assertions.after.as_ref(), scratch) {
        let message = format!("{} is undone and applied again, and then", facts.title());
        return Ok(Undone::spoilt(complaint.after(&message)));
    }
    Ok(if (back, again) == (Likeness::Exact, Likeness::Exact) {
        Undone::nothing(Verdict::Exact)
    } else {
        Undone {
            verdict: Verdict::ColumnOrder,
            complaint: None,
            leaves: Leaves::Spoilt,
        }
    })
}
