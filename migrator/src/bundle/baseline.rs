//! What is baked of a baseline. Which one is run, and on which databases, is `plan`.

use super::{Bundle, Migration, Script};

/// What an empty database runs in place of every migration up to a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline<'a> {
    /// What its own row of the history records, where no migration has its version: version, name, checksums. Its
    /// script is the first one, under the SHA-256 of the text of all.
    pub record: Migration<'a>,
    /// What it runs, one file after the other, in one transaction.
    pub scripts: &'a [Script<'a>],
    /// The last release that carries databases older than it.
    pub last_release: Option<&'a str>,
    /// Versions that it stands for and the bundle does not hold: a database older than it needs them in its history.
    pub gone: &'a [i64],
}

impl<'a> Baseline<'a> {
    /// The last version that it stands for.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.record.version
    }

    /// The words after `__` in the name of its first file.
    #[must_use]
    pub const fn name(&self) -> &'a str {
        self.record.name
    }
}

impl Bundle {
    /// The newest version of all: that of the newest migration, or of a baseline without one.
    #[must_use]
    pub fn head(&self) -> Option<i64> {
        let migration = self.migrations.last().map(|it| it.version);
        migration.max(self.baselines.last().map(Baseline::version))
    }

    /// The newest baseline that is not newer than a version.
    #[must_use]
    pub fn baseline_up_to(&self, version: i64) -> Option<&'static Baseline<'static>> {
        let count = self.baselines.partition_point(|it| it.version() <= version);
        self.baselines.get(count.checked_sub(1)?)
    }

    /// The migrations that a baseline stands for, as far as the bundle holds them.
    #[must_use]
    pub fn covered_by(&self, baseline: &Baseline<'_>) -> &'static [Migration<'static>] {
        let count = self
            .migrations
            .partition_point(|it| it.version <= baseline.version());
        self.migrations.get(..count).unwrap_or_default()
    }
}
