//! The rules that recognise a legacy database, as `[[adopt]]` in `migrator.toml` says: the types alone. What they are
//! asked of is `recognise/rule`.

/// A rule that recognises a legacy database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// What messages and the journal call it.
    pub name: &'static str,
    /// What tells such a database.
    pub probe: Probe,
    /// The version that it is at: that of a migration or of a baseline.
    pub version: i64,
}

/// What tells a legacy database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// This table or view exists.
    Table {
        /// Its schema, unquoted.
        schema: &'static str,
        /// Its name, unquoted.
        table: &'static str,
    },
    /// This query returns true.
    Query(&'static str),
    /// The schema is the one that was proven for this version.
    Proven(i64),
    /// The schema has this fingerprint.
    Fingerprint([u8; 32]),
    /// Another tool's history is at this position.
    Position {
        /// The tool, as its users write it.
        tool: &'static str,
        /// What they call the newest migration.
        position: &'static str,
    },
}
