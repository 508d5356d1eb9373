//! What a database may hold that a snapshot does not tell of: counted by kind, so that a baseline does not lose it.

use std::collections::BTreeMap;

use super::rows;
use crate::failure::Failure;

/// Kinds, each with a query of one row for each of them.
const KINDS: [(&str, &str); 19] = [
    ("publication", "SELECT pubname FROM pg_publication"),
    (
        "event trigger",
        "SELECT evtname FROM pg_event_trigger t WHERE {own}",
    ),
    ("cast", "SELECT castsource FROM pg_cast t WHERE {own}"),
    ("operator", "SELECT oprname FROM pg_operator t WHERE {own}"),
    (
        "operator class",
        "SELECT opcname FROM pg_opclass t WHERE {own}",
    ),
    (
        "base type",
        "SELECT typname FROM pg_type t WHERE {own} AND typtype = 'b' AND typelem = 0",
    ),
    (
        "collation",
        "SELECT collname FROM pg_collation t WHERE {own}",
    ),
    (
        "conversion",
        "SELECT conname FROM pg_conversion t WHERE {own}",
    ),
    (
        "text search configuration",
        "SELECT cfgname FROM pg_ts_config t WHERE {own}",
    ),
    (
        "text search dictionary",
        "SELECT dictname FROM pg_ts_dict t WHERE {own}",
    ),
    ("language", "SELECT lanname FROM pg_language t WHERE {own}"),
    (
        "foreign-data wrapper",
        "SELECT fdwname FROM pg_foreign_data_wrapper t WHERE {own}",
    ),
    (
        "foreign server",
        "SELECT srvname FROM pg_foreign_server t WHERE {own}",
    ),
    ("large object", "SELECT oid FROM pg_largeobject_metadata t"),
    ("default privilege", "SELECT oid FROM pg_default_acl t"),
    (
        "grant on a function",
        "SELECT oid FROM pg_proc t WHERE {own} AND proacl IS NOT NULL",
    ),
    (
        "grant on a schema",
        "SELECT oid FROM pg_namespace t WHERE {own} AND nspacl IS NOT NULL",
    ),
    (
        "column grant",
        "SELECT 1 FROM pg_attribute WHERE attacl IS NOT NULL AND attrelid >= 16384",
    ),
    (
        "other owner",
        "SELECT relname FROM pg_class WHERE oid >= 16384 AND pg_get_userbyid(relowner) <> current_user \
         UNION ALL SELECT nspname FROM pg_namespace WHERE oid >= 16384 AND pg_get_userbyid(nspowner) <> current_user \
         UNION ALL SELECT proname FROM pg_proc WHERE oid >= 16384 AND pg_get_userbyid(proowner) <> current_user",
    ),
];

/// Made since the database was, and no part of an extension.
const OWN: &str = "t.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')";

/// How many of each kind there are; none are left out.
pub(crate) fn count(url: &str) -> Result<BTreeMap<&'static str, i64>, Failure> {
    let mut client = rows::connect(url)?;
    let mut counts = BTreeMap::new();
    for (kind, query) in KINDS {
        let query = query.replace("{own}", OWN);
        let row = client.query_one(&format!("SELECT count(*) FROM ({query}) q"), &[]);
        let count: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| rows::unreadable(&error))?;
        if count > 0 {
            counts.insert(kind, count);
        }
    }
    Ok(counts)
}

/// What differs, a line each.
pub(crate) fn differences(
    expected: &BTreeMap<&'static str, i64>,
    found: &BTreeMap<&'static str, i64>,
) -> Vec<String> {
    let number = |counts: &BTreeMap<&'static str, i64>, kind: &str| {
        counts.get(kind).copied().unwrap_or_default()
    };
    KINDS
        .iter()
        .map(|(kind, _)| (kind, number(expected, kind), number(found, kind)))
        .filter(|(_, expected, found)| expected != found)
        .map(|(kind, expected, found)| format!("{kind}: {expected} expected, {found} found"))
        .collect()
}
