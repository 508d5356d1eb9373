//! What was found of a baseline, as a table of `migrator.lock` and back.

use std::fmt::Write as _;

use super::lock::{Hash, Hex, hash, quoted, write_changes};
use crate::document::Table;
use crate::finding::Finding;
use crate::folder::Baseline;

/// What was found of one baseline: it makes what its migrations make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenBaseline {
    /// Its version.
    pub version: i64,
    /// The words after `__` in the name of its first file.
    pub name: String,
    /// SHA-256 of the text of all its files.
    pub sha256: Hash,
    /// The fingerprint of the schema after it.
    pub fingerprint: Hash,
    /// What it makes, one object a line, where no proven migration comes before it; else nothing.
    pub changes: Vec<String>,
}

impl ProvenBaseline {
    /// Whether it is this text that was proven.
    #[must_use]
    pub fn is(&self, baseline: &Baseline) -> bool {
        self.version == baseline.version
            && self.name == baseline.name
            && self.sha256 == baseline.sha256
    }

    pub(super) fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n[[baseline]]\nversion = {}\nname = {}\nsha256 = \"{}\"\nfingerprint = \"{}\"\n",
            self.version,
            quoted(&self.name),
            Hex(&self.sha256),
            Hex(&self.fingerprint),
        );
        write_changes(&self.changes, out);
    }

    pub(super) fn read(mut table: Table<'_>) -> Result<Self, Finding> {
        let proven = Self {
            version: table.number("version")?,
            name: table.required("name", "a text", |text| Some(text.to_owned()))?,
            sha256: table.required("sha256", "a SHA-256", hash)?,
            fingerprint: table.required("fingerprint", "a SHA-256", hash)?,
            changes: table.texts("changes")?,
        };
        let known = ["version", "name", "sha256", "fingerprint", "changes"];
        match table.unknown(&known).into_iter().next() {
            Some(unknown) => Err(unknown),
            None => Ok(proven),
        }
    }
}
