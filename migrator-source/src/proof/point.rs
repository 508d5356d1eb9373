//! The schemas that a proof knows: after each proven migration, and after a baseline that stands for none of them.

use super::{Hash, Proof};

/// The schema after one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point<'p> {
    /// The version.
    pub version: i64,
    /// The fingerprint of the schema.
    pub fingerprint: &'p Hash,
    /// What was changed since the point before, one object a line.
    pub changes: &'p [String],
}

impl Proof {
    /// All of them, in order of version.
    #[must_use]
    pub fn points(&self) -> Vec<Point<'_>> {
        let migrations = self.proven.iter().map(|it| Point {
            version: it.version,
            fingerprint: &it.fingerprint,
            changes: &it.changes,
        });
        let alone = |version: i64| self.proven.iter().all(|it| it.version != version);
        let baselines = self
            .baselines
            .iter()
            .filter(|it| alone(it.version))
            .map(|it| Point {
                version: it.version,
                fingerprint: &it.fingerprint,
                changes: &it.changes,
            });
        let mut points: Vec<Point<'_>> = migrations.chain(baselines).collect();
        points.sort_by_key(|it| it.version);
        points
    }

    /// The versions of migrations and baselines that are not proven, ascending.
    #[must_use]
    pub fn all_unproven(&self) -> Vec<i64> {
        let mut versions = [self.unproven.as_slice(), &self.unproven_baselines].concat();
        versions.sort_unstable();
        versions.dedup();
        versions
    }
}
