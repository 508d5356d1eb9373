//! Where bundle and history disagree. Pure: no database, no clock.
//!
//! Differences are always found completely; whether one is tolerated is a policy of the run. Schema drift, the
//! difference between the live schema and the expected one, is not here.

use std::collections::HashMap;

use crate::bundle::{Bundle, Migration, Order};
use crate::error::{Error, Kind};
use crate::history::Applied;

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
    /// Not applied, and older than the newest applied version. Unordered migrations are never late.
    pub late: Vec<&'a Migration<'a>>,
}

/// A bundle set against a history.
#[derive(Clone, Debug, Default)]
pub struct Comparison<'a> {
    /// Not applied, in order of version; late ones included.
    pub pending: Vec<&'a Migration<'a>>,
    /// Where the two disagree.
    pub drift: Drift<'a>,
}

/// Sets a bundle against a history.
#[must_use]
pub fn compare<'a>(bundle: &Bundle, applied: &'a [Applied]) -> Comparison<'a> {
    let head = bundle
        .migrations
        .last()
        .map_or(i64::MIN, |migration| migration.version);
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
            Some(row) if !row.is(migration) => comparison.drift.changed.push((migration, row)),
            Some(_) => {}
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
    (comparison.drift.newer, comparison.drift.missing) =
        unknown.into_iter().partition(|row| row.version > head);
    comparison
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
            hints.push(
                "restore the changed file and write a new migration instead; \
                        if the change is known to be harmless, run `migrator stamp` to record it",
            );
        }
        for row in &self.missing {
            detail.push(format!(
                "{} was applied at {}, but is not in this binary",
                row.label(),
                row.applied_on
            ));
        }
        if !self.missing.is_empty() {
            hints.push("bring the missing files back");
        }
        if policies.newer == Newer::Refuse && !self.newer.is_empty() {
            for row in &self.newer {
                detail.push(format!(
                    "{} was applied at {}, and is newer than this binary",
                    row.label(),
                    row.applied_on
                ));
            }
            hints.push("run the newer binary, or pass `--newer accept` if this one works with the newer schema");
        }
        if policies.late == Late::Refuse && !self.late.is_empty() {
            for migration in &self.late {
                detail.push(format!(
                    "{} is pending, but a newer migration is applied already",
                    migration.label()
                ));
            }
            hints.push("give the late migration a newer version, or pass `--late apply`");
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
