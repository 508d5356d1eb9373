//! `[[commuting]]` in `migrator.lock`: migrations that were applied after newer ones, and made the same schema.

use std::fmt::Write as _;

use super::joined;
use crate::document::Table;
use crate::finding::Finding;

/// Migrations that may come late: where everything up to `newest` is applied but these, applying them in order of
/// version makes the schema after `newest`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Commuting {
    /// The newest migration that was applied before them.
    pub newest: i64,
    /// The late ones, ascending.
    pub versions: Vec<i64>,
}

impl Commuting {
    pub(super) fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n[[commuting]]\nversions = [{}]\nnewest = {}\n",
            joined(self.versions.iter().map(i64::to_string)),
            self.newest
        );
    }

    pub(super) fn read(mut table: Table<'_>) -> Result<Self, Finding> {
        let commuting = Self {
            versions: table.numbers("versions")?,
            newest: table.number("newest")?,
        };
        match table.unknown(&["versions", "newest"]).into_iter().next() {
            Some(unknown) => Err(unknown),
            None => Ok(commuting),
        }
    }
}
