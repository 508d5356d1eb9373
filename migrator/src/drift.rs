//! Where bundle and history disagree. Pure: no database, no clock.
//!
//! Differences are always found completely; whether one is tolerated is a policy of the run. Schema drift, the
//! difference between the live schema and the expected one, is not here.

use std::collections::{BTreeSet, HashMap};

use crate::bundle::{Baseline, Bundle, Migration, Order};
use crate::error::{Error, Kind};
use crate::history::Applied;
use crate::label::first;
use crate::plan::holds;

/// What to do with a migration whose version is below the newest applied one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Late {
    /// Stop: two branches were merged, and somebody should look.
    #[default]
    Refuse,
    /// Apply it, in order of version.
    Apply,
}

/// What to do with applied versions that are newer than everything in this bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// Stop: this binary is older than the database.
    #[default]
    Refuse,
    /// Carry on: the application is known to work with the newer schema.
    Accept,
}

/// What to do with a database of which it is not known that it is ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// Stop: it is somebody else's, or nobody knows what is in it.
    #[default]
    Refuse,
    /// Run from the beginning, beside what is there.
    Accept,
}

/// What a run tolerates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// Late migrations.
    pub late: Late,
    /// Versions from the future.
    pub newer: Newer,
    /// A database that is none of ours.
    pub unknown: Unknown,
}

/// Every disagreement between a bundle and a history, each kind in order of version.
#[derive(Clone, Debug, Default)]
pub struct Drift<'a> {
    /// Applied under another name or from another text.
    pub changed: Vec<(&'a Migration<'a>, &'a Applied)>,
    /// Applied, not in the bundle, and older than its newest version.
    pub missing: Vec<&'a Applied>,
    /// Applied, and newer than everything in the bundle.
    pub newer: Vec<&'a Applied>,
    /// Not applied, and older than the newest applied version. Unordered migrations are never late, nor are those that
    /// are proven to commute.
    pub late: Vec<&'a Migration<'a>>,
    /// The newest applied version, where a stamp of it records the changed texts and nothing else.
    pub recordable: Option<i64>,
}

/// A bundle set against a history.
#[derive(Clone, Debug, Default)]
pub struct Comparison<'a> {
    /// Not applied, in order of version; late ones included.
    pub pending: Vec<&'a Migration<'a>>,
    /// Applied, and not in the bundle because a baseline stands for it.
    pub covered: Vec<&'a Applied>,
    /// Not recorded by itself, because the baseline that stands for it is.
    pub included: Vec<&'a Migration<'a>>,
    /// The late ones among them of which the proof says that the order does not matter.
    pub commuting: Vec<&'a Migration<'a>>,
    /// Where the two disagree.
    pub drift: Drift<'a>,
}

/// Sets a bundle against a history.
#[must_use]
pub fn compare<'a>(bundle: &Bundle, applied: &'a [Applied]) -> Comparison<'a> {
    let head = bundle.head().unwrap_or(i64::MIN);
    let ran = ran(bundle, applied);
    let newest = applied
        .iter()
        .map(|row| row.version)
        .max()
        .unwrap_or(i64::MIN);
    let mut recorded: HashMap<i64, &Applied> =
        applied.iter().map(|row| (row.version, row)).collect();
    let mut comparison = Comparison::default();
    for migration in bundle.migrations {
        match recorded.remove(&migration.version) {
            Some(row) if ran.is_some_and(|it| row.is(&it.record)) => {
                comparison.covered.push(row);
                comparison.included.push(migration);
            }
            Some(row) if !row.is(migration) => comparison.drift.changed.push((migration, row)),
            Some(_) => {}
            None if ran.is_some_and(|it| migration.version <= it.version()) => {
                comparison.included.push(migration);
            }
            None => {
                comparison.pending.push(migration);
                if migration.version < newest && migration.order == Order::Versioned {
                    comparison.drift.late.push(migration);
                }
            }
        }
    }
    let mut unknown: Vec<&Applied> = recorded.into_values().collect();
    unknown.sort_by_key(|row| row.version);
    let covered = bundle.baselines.last().map_or(i64::MIN, Baseline::version);
    for row in unknown {
        if row.version > head {
            comparison.drift.newer.push(row);
        } else if row.version <= covered {
            comparison.covered.push(row);
        } else {
            comparison.drift.missing.push(row);
        }
    }
    comparison.drift.recordable = recordable(bundle, &comparison, newest);
    if is_proven(bundle, &comparison, newest) {
        comparison.commuting = std::mem::take(&mut comparison.drift.late);
    }
    comparison
}

/// The newest baseline that the history records as itself: it ran, or was stamped, when no migration had its version.
fn ran(bundle: &Bundle, applied: &[Applied]) -> Option<&'static Baseline<'static>> {
    let mut newest_first = bundle.baselines.iter().rev();
    newest_first.find(|baseline| applied.iter().any(|row| row.is(&baseline.record)))
}

/// The newest applied version, where a stamp of it would neither remove a record nor record what is pending.
fn recordable(bundle: &Bundle, comparison: &Comparison<'_>, newest: i64) -> Option<i64> {
    let Drift { missing, newer, .. } = &comparison.drift;
    let pending_below = comparison.pending.iter().any(|it| it.version < newest);
    (missing.is_empty() && newer.is_empty() && !pending_below && holds(bundle, newest))
        .then_some(newest)
}

/// Refuses the way up where a baseline stands for migrations that the database lacks and the bundle does not hold.
pub fn refuse_stranded(bundle: &Bundle, applied: &[Applied], target: i64) -> Result<(), Error> {
    let recorded: BTreeSet<i64> = applied.iter().map(|row| row.version).collect();
    let newest = recorded.last().copied();
    let mut newer = bundle
        .baselines
        .iter()
        .filter(|it| newest.is_none_or(|newest| newest < it.version()));
    // The oldest one is the first that the database cannot get past.
    let stranding = newer.find_map(|baseline| {
        let gone = baseline.gone.iter().copied();
        let lacking: Vec<i64> = gone
            .filter(|version| *version <= target && !recorded.contains(version))
            .collect();
        (!lacking.is_empty()).then_some((baseline, lacking))
    });
    let Some((baseline, lacking)) = stranding else {
        return Ok(());
    };
    let named = format!("baseline {}", baseline.record.label());
    let message = match newest {
        Some(newest) => format!("the database is at {newest}, which is older than {named}"),
        None if target < baseline.version() => format!("{target} comes before {named}"),
        None => format!("the database has no history, and is not empty as {named} needs it"),
    };
    let detail = format!(
        "This binary does not hold every migration that leads there; it lacks {}. A baseline is for empty databases.",
        first(lacking.iter(), LISTED)
    );
    let hint = match baseline.last_release {
        Some(release) => format!(
            "Run the last release that carries this database first: {release}. Then run this one."
        ),
        None => "Run a release that holds them first.".to_owned(),
    };
    Err(Error::new(Kind::Drift, message)
        .with_detail(detail)
        .with_hint(hint))
}

/// How many lacking versions an error names.
const LISTED: usize = 12;

/// Whether the late ones make the same schema now as they would have made in order: proven for exactly this state,
/// where everything up to the newest applied one is applied but what is late.
fn is_proven(bundle: &Bundle, comparison: &Comparison<'_>, newest: i64) -> bool {
    let Drift {
        changed,
        missing,
        newer,
        late,
        ..
    } = &comparison.drift;
    if late.is_empty() || !(changed.is_empty() && missing.is_empty() && newer.is_empty()) {
        return false;
    }
    let versions = || {
        let pending = comparison.pending.iter().map(|it| it.version);
        pending.take_while(|version| *version < newest)
    };
    let mut states = bundle.proof.commuting.iter();
    states.any(|state| state.newest == newest && versions().eq(state.versions.iter().copied()))
}

impl Drift<'_> {
    /// The error for what the policies do not tolerate.
    pub fn refuse(&self, policies: Policies) -> Result<(), Error> {
        let mut detail = Vec::new();
        let mut hints = Vec::new();
        for (migration, row) in &self.changed {
            detail.push(format!(
                "{} was changed after it was applied at {}: the history has checksum {}, this binary has {}",
                row.label(),
                row.applied_on,
                row.checksum,
                migration.checksum
            ));
        }
        if !self.changed.is_empty() {
            hints.push("restore the changed file and write a new migration instead".to_owned());
            if let Some(newest) = self.recordable {
                hints.push(format!(
                    "if the change is known to be harmless, `migrator stamp {newest}` records it"
                ));
            }
        }
        for row in &self.missing {
            detail.push(format!(
                "{} was applied at {}, but is not in this binary",
                row.label(),
                row.applied_on
            ));
        }
        if !self.missing.is_empty() {
            hints.push("bring the missing files back".to_owned());
        }
        if policies.newer == Newer::Refuse && !self.newer.is_empty() {
            for row in &self.newer {
                detail.push(format!(
                    "{} was applied at {}, and is newer than this binary",
                    row.label(),
                    row.applied_on
                ));
            }
            hints.push("run the newer binary, or pass `--newer accept` if this one works with the newer schema".to_owned());
        }
        if policies.late == Late::Refuse && !self.late.is_empty() {
            for migration in &self.late {
                detail.push(format!(
                    "{} is pending, but a newer migration is applied already",
                    migration.label()
                ));
            }
            hints
                .push("give the late migration a newer version, or pass `--late apply`".to_owned());
        }
        if detail.is_empty() {
            return Ok(());
        }
        let found = detail.len();
        let error = Error::new(
            Kind::Drift,
            format!(
                "history and binary disagree about {found} migration{}",
                if found == 1 { "" } else { "s" }
            ),
        );
        let error = detail.into_iter().fold(error, Error::with_detail);
        Err(error.with_hint(capitalised(&hints.join("; "))))
    }

    /// Whether there is no disagreement at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty()
            && self.missing.is_empty()
            && self.newer.is_empty()
            && self.late.is_empty()
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(characters)
            .chain(['.'])
            .collect()
    })
}
