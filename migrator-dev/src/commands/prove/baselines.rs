//! Baselines: each makes what its migrations make, rows too, and the history goes on from it to the same schema.
//!
//! Where the files are gone, what was found of them earlier takes their place; then only schemas can be compared.

use std::time::Instant;

use migrator::Target;
use migrator::difference::{Likeness, differences, likeness};
use migrator::snapshot::Snapshot;
use migrator_source::{Hash, ProvenBaseline};

use super::history::{Base, Known};
use super::outcome::{Outcome, explained, failed};
use super::rows::Rows;
use super::scratch::Scratch;
use super::walk::Walk;
use super::{beyond, changes};
use crate::failure::Failure;

const HINT: &str = "Mend the baseline, or write it anew: `migrator-dev squash`.";

/// Runs the baseline with which the history begins, where its migrations are gone.
pub(super) fn begin<'w>(
    walk: &Walk<'w>,
    scratch: &mut Scratch<'w>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let beginning = &walk.history.beginning;
    let Some(first) = beginning.baseline else {
        return Ok(());
    };
    let Some(base) = walk.history.baselines.iter().find(|it| it.version == first) else {
        return Ok(());
    };
    if !beginning.unknown.is_empty() {
        let message = format!(
            "{} cannot be proven any more: migrations before it are gone",
            beginning.unknown.join(", ")
        );
        let hint = format!(
            "{} stands for it: bring the others back, or remove its files too.",
            base.title()
        );
        outcome.complaints.push(Failure::new(message).hint(hint));
    }
    let unknown = walk.history.baselines.iter().filter(|it| {
        it.version < first
            && beginning
                .baselines
                .iter()
                .all(|old| old.version != it.version)
    });
    for old in unknown {
        let message = format!(
            "{} cannot be proven any more: the migrations between it and {} are gone",
            old.title(),
            base.title()
        );
        let hint = "Remove it: an empty database gets the newer one.";
        outcome.complaints.push(Failure::new(message).hint(hint));
    }
    let start = Instant::now();
    if let Err(error) = scratch.up(base.bundle, Target::Version(base.version)) {
        let complaint = failed(format!("{} fails", base.title()), &error);
        outcome.complaints.push(complaint);
        return Ok(());
    }
    let found = scratch.snapshot()?;
    let fingerprint = found.fingerprint().0;
    let earlier = recorded(walk, base.version);
    if let Some((at, _)) = earlier.filter(|(_, earlier)| *earlier != fingerprint) {
        let message = format!(
            "{} makes another schema than was proven after {at}",
            base.title()
        );
        let detail = "The migrations that made it are gone; databases that they brought there have the schema in \
                      migrator.lock.";
        let hint = "Bring the text of the baseline back from git, and write what is to change as a migration.";
        outcome
            .complaints
            .push(Failure::new(message).detail(detail).hint(hint));
        return Ok(());
    }
    let verdict = if earlier.is_some() {
        "as before"
    } else {
        "the beginning"
    };
    walk.line(&base.title(), verdict, start.elapsed());
    let alone = beginning.migrations.is_empty() && beginning.baselines.is_empty();
    let changes = if alone {
        changes(&Snapshot::default(), &found)
    } else {
        Vec::new()
    };
    outcome.baselines.push(proven(base, fingerprint, changes));
    Ok(())
}

/// The fingerprint that was found earlier at the end of what a baseline stands for.
fn recorded(walk: &Walk<'_>, version: i64) -> Option<(i64, Hash)> {
    let earlier = walk.history.proof.earlier.as_ref()?;
    let migrations = earlier.migrations.iter();
    let migrations = migrations.map(|it| (it.version, it.fingerprint));
    let baselines = earlier.baselines.iter();
    let baselines = baselines.map(|it| (it.version, it.fingerprint));
    migrations
        .chain(baselines)
        .filter(|(at, _)| *at <= version)
        .max_by_key(|(at, _)| *at)
}

fn proven(base: &Base, fingerprint: Hash, changes: Vec<String>) -> ProvenBaseline {
    ProvenBaseline {
        version: base.version,
        name: base.name.clone(),
        sha256: base.sha256,
        fingerprint,
        changes,
    }
}

/// Compares every other baseline with its migrations.
pub(super) fn prove(
    walk: &Walk<'_>,
    known: Known<'_>,
    outcome: &mut Outcome,
) -> Result<(), Failure> {
    let first = walk.history.beginning.baseline;
    let unchanged = known.migrations.len() == walk.history.migrations.len()
        && walk.history.proof.unproven_repeatables.is_empty();
    for base in &walk.history.baselines {
        let is = |it: &&ProvenBaseline| it.version == base.version && it.sha256 == base.sha256;
        if first.is_none_or(|first| base.version > first) {
            match known.baselines.iter().find(is).filter(|_| unchanged) {
                Some(known) => outcome.baselines.push(known.clone()),
                None => compare(walk, base, outcome)?,
            }
        }
        refuse_interrupted(walk)?;
    }
    outcome.baselines.sort_by_key(|it| it.version);
    Ok(())
}

fn refuse_interrupted(walk: &Walk<'_>) -> Result<(), Failure> {
    if walk.interrupt.is_requested() {
        return Err(Failure::new("interrupted; nothing was written"));
    }
    Ok(())
}

/// Compares one baseline with its migrations.
pub(super) fn compare(walk: &Walk<'_>, base: &Base, outcome: &mut Outcome) -> Result<(), Failure> {
    let start = Instant::now();
    let title = base.title();
    let mut baseline = walk.scratch()?;
    if let Err(error) = baseline.up(base.bundle, Target::Version(base.version)) {
        refuse_interrupted(walk)?;
        let complaint = failed(format!("{title} fails"), &error);
        outcome.complaints.push(complaint);
        return Ok(());
    }
    let mut chain = up_to(walk, base.version)?;
    let (expected, found) = (chain.whole_snapshot()?, baseline.whole_snapshot()?);
    if !differences(&expected, &found).is_empty() {
        let message = format!("{title} makes another schema than its migrations");
        let failure = Failure::new(message).detail(explained(&expected, &found));
        outcome.complaints.push(failure.hint(HINT));
        return Ok(());
    }
    let left = rows(walk, base, (&chain, &baseline), &expected)?;
    let mut lines = beyond::differences(
        &beyond::count(chain.url())?,
        &beyond::count(baseline.url())?,
    );
    lines.extend(left.lines);
    if !lines.is_empty() {
        let message = format!("{title} does not hold what its migrations make");
        let failure = Failure::new(message).detail(lines.join("\n"));
        outcome.complaints.push(failure.hint(HINT));
        return Ok(());
    }
    let fingerprint = baseline.snapshot()?.fingerprint().0;
    let but = match likeness(&expected, &found) {
        Likeness::ColumnOrder => "equal but for the order of columns",
        Likeness::Exact | Likeness::Different => "equal",
    };
    if let Err(error) = baseline.up(base.bundle, Target::Head) {
        refuse_interrupted(walk)?;
        let message = format!("after {title} the history cannot go on");
        outcome.complaints.push(failed(message, &error).hint(HINT));
        return Ok(());
    }
    let head = baseline.snapshot()?;
    if !differences(&outcome.head, &head).is_empty() {
        let message = format!("after {title} the history makes another schema");
        let failure = Failure::new(message).detail(explained(&outcome.head, &head));
        outcome.complaints.push(failure.hint(HINT));
        return Ok(());
    }
    if let Some(complaint) = repeatables(walk, base, &mut baseline, outcome)? {
        outcome.complaints.push(complaint.hint(HINT));
        return Ok(());
    }
    walk.line(&title, but, start.elapsed());
    if !left.unstable.is_empty() {
        (walk.say)(&format!(
            "    not compared, for two runs of the migrations differ: {}",
            left.unstable.join(", ")
        ));
    }
    outcome
        .baselines
        .push(proven(base, fingerprint, Vec::new()));
    Ok(())
}

/// What is wrong once the repeatables have come on top, if anything: they may see what no schema shows.
fn repeatables(
    walk: &Walk<'_>,
    base: &Base,
    baseline: &mut Scratch<'_>,
    outcome: &Outcome,
) -> Result<Option<Failure>, Failure> {
    if base.whole.repeatables.is_empty() {
        return Ok(None);
    }
    let title = base.title();
    if let Err(error) = baseline.up(base.whole, Target::Head) {
        refuse_interrupted(walk)?;
        let message = format!("after {title} the repeatables fail");
        return Ok(Some(failed(message, &error)));
    }
    let found = baseline.snapshot()?;
    if differences(&outcome.whole, &found).is_empty() {
        return Ok(None);
    }
    let failure = Failure::new(format!("after {title} the repeatables make another schema"));
    Ok(Some(failure.detail(explained(&outcome.whole, &found))))
}

/// A database to which the migrations led that a baseline stands for.
fn up_to<'w>(walk: &Walk<'w>, version: i64) -> Result<Scratch<'w>, Failure> {
    let mut scratch = walk.scratch()?;
    let begins = walk.history.beginning.baseline;
    let migrations = walk.history.migrations.iter().map(|it| it.version);
    let last = begins
        .into_iter()
        .chain(migrations)
        .filter(|it| *it <= version)
        .max();
    if let Some(last) = last {
        scratch.up(walk.history.bundle, Target::Version(last))?;
    }
    Ok(scratch)
}

/// How the rows compare.
struct Left {
    lines: Vec<String>,
    unstable: Vec<String>,
}

fn rows(
    walk: &Walk<'_>,
    base: &Base,
    (chain, baseline): (&Scratch<'_>, &Scratch<'_>),
    schema: &Snapshot,
) -> Result<Left, Failure> {
    let expected = Rows::read(chain.url(), schema)?;
    let found = Rows::read(baseline.url(), schema)?;
    // Where nothing differs, nothing has to be excused.
    let mut unstable = expected.unstable(&expected);
    let is_equal = expected.differences(&found, &unstable).is_empty();
    if expected.are_there() && !is_equal {
        let again = up_to(walk, base.version)?;
        unstable = expected.unstable(&Rows::read(again.url(), schema)?);
    }
    let mut lines = expected.differences(&found, &unstable);
    if lines.is_empty() {
        lines = expected.pairings((chain.url(), baseline.url()), &unstable)?;
    }
    Ok(Left {
        lines,
        unstable: unstable.names(),
    })
}
