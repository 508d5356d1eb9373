//! The tables that tools keep beside their histories.

use super::{Candidate, Found, Tool};

/// Rails keeps this one beside its history; dbmate's history looks the same and has no such neighbour.
pub(super) const RAILS_NEIGHBOUR: &str = "ar_internal_metadata";
/// The tables that tools keep beside their histories, one row of which is their lock. golang-migrate and goose have
/// theirs only where they are told to lock so.
pub(in crate::foreign) const LOCK_TABLES: [(Tool, &str); 4] = [
    (Tool::GolangMigrate, "schema_lock"),
    (Tool::Goose, "goose_lock"),
    (Tool::Knex, "knex_migrations_lock"),
    (Tool::Liquibase, "databasechangeloglock"),
];

/// Whether a table only stands beside a history.
#[must_use]
pub fn is_neighbour(candidate: &Candidate) -> bool {
    let holds =
        |(tool, table): &(Tool, &str)| candidate.table == *table && is_lock(*tool, candidate);
    candidate.table == RAILS_NEIGHBOUR || LOCK_TABLES.iter().any(holds)
}

/// Whether a table of that name is its tool's: two of the names are anybody's.
fn is_lock(tool: Tool, candidate: &Candidate) -> bool {
    let mut columns = candidate.columns.iter();
    match tool {
        Tool::GolangMigrate | Tool::Goose => columns.any(|(name, _)| name == "lock_id"),
        _ => true,
    }
}

/// The table beside a history that holds its tool's lock, where there is one.
#[must_use]
pub fn lock_table<'c>(found: &Found, candidates: &'c [Candidate]) -> Option<&'c str> {
    let (tool, name) = LOCK_TABLES.iter().find(|(tool, _)| *tool == found.tool)?;
    candidates
        .iter()
        .filter(|other| is_lock(*tool, other))
        .find(|other| other.schema == found.schema && other.table == *name)
        .map(|other| other.table.as_str())
}
