//! `[[repeatable]]` in `migrator.lock`: what was found of one repeatable, applied after all migrations.

use std::fmt::Write as _;

use super::{Hash, Hex, hash, quoted, write_changes};
use crate::document::Table;
use crate::finding::Finding;

/// What was found of one repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// Its name.
    pub name: String,
    /// SHA-256 of its text.
    pub up: Hash,
    /// The fingerprint of the schema after it.
    pub fingerprint: Hash,
    /// What it changed, one object a line.
    pub changes: Vec<String>,
}

impl Repeated {
    pub(super) fn write(&self, out: &mut String) {
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "\n[[repeatable]]\nname = {}\nup = \"{}\"\nfingerprint = \"{}\"\n",
            quoted(&self.name),
            Hex(&self.up),
            Hex(&self.fingerprint)
        );
        write_changes(&self.changes, out);
    }

    pub(super) fn read(mut table: Table<'_>) -> Result<Self, Finding> {
        let repeated = Self {
            name: table.required("name", "a text", |text| Some(text.to_owned()))?,
            up: table.required("up", "a SHA-256", hash)?,
            fingerprint: table.required("fingerprint", "a SHA-256", hash)?,
            changes: table.texts("changes")?,
        };
        let known = ["name", "up", "fingerprint", "changes"];
        match table.unknown(&known).into_iter().next() {
            Some(unknown) => Err(unknown),
            None => Ok(repeated),
        }
    }
}
