//! Rows of versions whose files a baseline has replaced: they count as covered, and the baseline is recorded in their
//! place. Pure.

use super::{Adopted, Assigned};
use crate::bundle::{Baseline, Bundle};
use crate::error::{Error, Kind};
use crate::plan::find;

/// The versions that the bundle does not hold because a baseline stands for them.
pub(super) fn gone(bundle: &Bundle) -> impl Iterator<Item = i64> {
    let newest = bundle.baselines.last();
    newest.into_iter().flat_map(|it| it.gone.iter().copied())
}

/// Whether a version is one of them, or that of a baseline alone.
pub(super) fn is_gone(bundle: &Bundle, version: i64) -> bool {
    let mut baselines = bundle.baselines.iter();
    find(bundle, version).is_none()
        && (gone(bundle).any(|it| it == version) || baselines.any(|it| it.version() == version))
}

/// Whether a version is one for which a baseline may stand: without a proof of the deleted files, nobody knows.
pub(super) fn may_be_gone(bundle: &Bundle, version: i64) -> bool {
    let newest = bundle.baselines.last();
    find(bundle, version).is_none() && newest.is_some_and(|it| version <= it.version())
}

/// Records the newest baseline all of whose versions were applied. It has no row of its own: what it would be compared
/// with is gone.
///
/// # Errors
///
/// `Drift` when some of its versions were applied, and others that the bundle does not hold were not.
pub(super) fn stand_in(bundle: &Bundle, assigned: &mut Assigned<'_>) -> Result<(), Error> {
    if assigned.covered.is_empty() {
        return Ok(());
    }
    let lacking = |baseline: &Baseline<'_>| -> Vec<i64> {
        let gone = baseline.gone.iter().copied();
        gone.filter(|version| !assigned.covered.contains_key(version))
            .collect()
    };
    let mut newest_first = bundle.baselines.iter().rev();
    let complete = newest_first.find(|it| lacking(it).is_empty());
    let after = complete.map_or(i64::MIN, Baseline::version);
    let stranded = assigned.covered.keys().any(|version| *version > after);
    match complete {
        Some(baseline) if !stranded => {
            if find(bundle, baseline.version()).is_none() {
                assigned.adopted.insert(
                    baseline.version(),
                    Adopted {
                        migration: &baseline.record,
                        rows: Vec::new(),
                    },
                );
            }
            Ok(())
        }
        _ => Err(refused(bundle, lacking)),
    }
}

/// The database is within what a baseline stands for.
fn refused(bundle: &Bundle, lacking: impl Fn(&Baseline<'_>) -> Vec<i64>) -> Error {
    let Some(baseline) = bundle.baselines.iter().find(|it| !lacking(it).is_empty()) else {
        return Error::new(Kind::Drift, "the database is older than every baseline");
    };
    let versions: Vec<String> = lacking(baseline).iter().map(i64::to_string).collect();
    let error = Error::new(
        Kind::Drift,
        format!(
            "the database is within what baseline {} stands for",
            baseline.record.label()
        ),
    )
    .with_detail(format!(
        "This binary does not hold every migration that leads there; it lacks {}.",
        versions.join(", ")
    ));
    error.with_hint(match baseline.last_release {
        Some(release) => format!(
            "Bring the database there with the other tool, or adopt it with the last release that carries it: {release}."
        ),
        None => "Bring the database there with the other tool, or adopt it with a release that holds them.".to_owned(),
    })
}
