//! What is baked of a baseline. Which one is run, and on which databases, is `plan`.

use super::{Bundle, Migration, Script};

/// What an empty database runs in place of every migration up to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline<'a> {
    /// The last version that it stands for.
    pub version: i64,
    /// The words after `__` in the name of its first file.
    pub name: &'a str,
    /// What it runs, one file after the other, in one transaction.
    pub scripts: &'a [Script<'a>],
    /// The last release that carries databases older than it.
    pub last_release: Option<&'a str>,
    /// Versions that it stands for and the bundle does not hold: a database older than it needs them in its history.
    pub gone: &'a [i64],
    /// Every checksum under which it may be recorded, as for a migration.
    pub accepted: &'a [u64],
}

impl Baseline<'_> {
    /// The checksum that refinery would write for its text, with versions of eight bytes.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        self.accepted.first().copied().unwrap_or_default()
    }

    /// The same with versions of four bytes.
    #[must_use]
    pub fn checksum_of_four_bytes(&self) -> u64 {
        match self.accepted {
            [_, second, ..] if i32::try_from(self.version).is_ok() => *second,
            _ => self.checksum(),
        }
    }
}

impl Bundle {
    /// The newest version of all: that of the newest migration, or of a baseline without one.
    #[must_use]
    pub fn head(&self) -> Option<i64> {
        let migration = self.migrations.last().map(|it| it.version);
        migration.max(self.baselines.last().map(|it| it.version))
    }

    /// The newest baseline that is not newer than a version.
    #[must_use]
    pub fn baseline_up_to(&self, version: i64) -> Option<&'static Baseline<'static>> {
        let count = self.baselines.partition_point(|it| it.version <= version);
        self.baselines.get(count.checked_sub(1)?)
    }

    /// The migrations that a baseline stands for, as far as the bundle holds them.
    #[must_use]
    pub fn covered_by(&self, baseline: &Baseline<'_>) -> &'static [Migration<'static>] {
        let count = self
            .migrations
            .partition_point(|it| it.version <= baseline.version);
        self.migrations.get(..count).unwrap_or_default()
    }
}
