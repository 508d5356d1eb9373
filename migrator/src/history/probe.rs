//! The one query that a session begins with, and what its answer says about the history tables.

use sha2::{Digest, Sha256};

use super::create::FORMAT;
use super::mirror::MIRRORING;
use super::shape;
use super::{
    Fields, HISTORY, JOURNAL, Location, MIRROR, Presence, Probe, STEPS, ServerRole, Tables, Width,
};
use crate::error::{Error, Kind};
use crate::quote::Nullable;

/// The one query that a session begins with. Reads the catalog only.
#[must_use]
pub fn probe(schema: Option<&str>) -> String {
    format!(
        "WITH place AS MATERIALIZED (SELECT COALESCE({schema}, (SELECT n.nspname::text FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.oid = pg_catalog.to_regclass('{HISTORY}')), pg_catalog.current_schema()::text) AS schema) \
         SELECT pg_catalog.current_setting('server_version_num'), \
         pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1), \
         pg_catalog.pg_is_in_recovery(), pg_catalog.current_database(), schema, \
         ('x' || pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(\
         'migrator:' || schema || '.{HISTORY}', 'UTF8')), 'hex'), 16))::bit(64)::bigint, \
         {history}, {journal}, pg_catalog.pg_backend_pid(), {steps}, \
         (SELECT pg_catalog.obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = schema AND c.relname = '{JOURNAL}'), {mirror}, {elsewhere} FROM place",
        schema = Nullable(schema),
        history = columns(HISTORY),
        journal = columns(JOURNAL),
        steps = columns(STEPS),
        mirror = columns(MIRROR),
        elsewhere = elsewhere(schema),
    )
}

/// The schemas that hold a history, a line each, unless one was named.
fn elsewhere(named: Option<&str>) -> String {
    match named {
        Some(_) => "NULL".to_owned(),
        None => format!(
            "(SELECT pg_catalog.string_agg(n.nspname, pg_catalog.chr(10) ORDER BY n.nspname) \
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = '{HISTORY}' AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%')"
        ),
    }
}

/// The columns of a table as `name type, …`; `NULL` when there is no such table, `not a table` when the name is taken.
fn columns(table: &str) -> String {
    format!(
        "(SELECT CASE WHEN c.relkind IN ('r', 'p') THEN COALESCE((SELECT pg_catalog.string_agg(\
         a.attname || ' ' || pg_catalog.format_type(a.atttypid, NULL), ', ' ORDER BY a.attnum) \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '') \
         ELSE 'not a table' END FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = schema AND c.relname = '{table}')"
    )
}

/// Reads the answer to [`probe`].
pub fn read_probe(fields: &Fields) -> Result<Probe, Error> {
    let field = |at: usize| fields.get(at).and_then(Option::as_deref);
    let unreadable = || {
        Error::new(
            Kind::Connection,
            "the server's answer to the first query cannot be read",
        )
    };
    let version = field(0)
        .and_then(|text| text.parse().ok())
        .ok_or_else(unreadable)?;
    let schema = field(4).ok_or_else(|| {
        Error::new(Kind::Usage, "there is no schema for the history tables")
            .with_detail("The search_path of this role names no existing schema.")
            .with_hint("Name one with `--history-schema public`.")
    })?;
    let history = field(6);
    let width = match history {
        None => Width::Eight,
        Some(columns) => recognise(schema, columns)?,
    };
    let elsewhere = match (history, field(12)) {
        (None, Some(schemas)) => schemas.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let presence = |at: usize| match field(at) {
        None => Presence::Absent,
        Some(_) => Presence::Present,
    };
    let tables = Tables {
        history: presence(6),
        journal: presence(7),
        steps: presence(9),
        mirror: presence(11),
    };
    let format = field(10).and_then(|comment| comment.strip_prefix(FORMAT)?.parse::<u32>().ok());
    if let Some(format) = format.filter(|format| *format > MIRRORING) {
        let message = format!(
            "\"{schema}.{JOURNAL}\" is of format {format}; this version knows formats 1 to {MIRRORING}"
        );
        return Err(Error::new(Kind::Drift, message)
            .with_detail("A newer version of this tool has migrated the database.")
            .with_hint("Run a release that was built with that version, or a later one."));
    }
    for (table, at, shape) in [
        (JOURNAL, 7, shape::JOURNAL_SHAPE),
        (STEPS, 9, shape::STEPS_SHAPE),
        (MIRROR, 11, shape::MIRROR_SHAPE),
    ] {
        if let Some(columns) = field(at) {
            shape::refuse_other(&format!("{schema}.{table}"), columns, shape)?;
        }
    }
    Ok(Probe {
        version,
        version_text: field(1).unwrap_or_default().to_owned(),
        role: if field(2) == Some("t") {
            ServerRole::Standby
        } else {
            ServerRole::Primary
        },
        backend_pid: field(8)
            .and_then(|text| text.parse().ok())
            .ok_or_else(unreadable)?,
        database: field(3).unwrap_or_default().to_owned(),
        location: Location {
            schema: schema.to_owned(),
            tables,
            width,
            lock_key: field(5)
                .and_then(|text| text.parse().ok())
                .ok_or_else(unreadable)?,
        },
        elsewhere,
    })
}

impl Probe {
    /// What a session would know about an empty database of the oldest supported server, whose settings every newer
    /// one has too.
    #[must_use]
    pub fn of_empty(schema: &str) -> Self {
        Self {
            version: 130_000,
            version_text: "13".to_owned(),
            role: ServerRole::Primary,
            backend_pid: 0,
            database: String::new(),
            location: Location {
                schema: schema.to_owned(),
                tables: Tables {
                    history: Presence::Absent,
                    journal: Presence::Absent,
                    steps: Presence::Absent,
                    mirror: Presence::Absent,
                },
                width: Width::Eight,
                lock_key: lock_key(schema),
            },
            elsewhere: Vec::new(),
        }
    }
}

/// The key that the server computes in [`probe`].
fn lock_key(schema: &str) -> i64 {
    let hash = Sha256::digest(format!("migrator:{schema}.{HISTORY}"));
    let bytes = hash.iter().take(8);
    bytes.fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

fn recognise(schema: &str, columns: &str) -> Result<Width, Error> {
    let has = |name: &str, types: &[&str]| {
        columns.split(", ").any(|column| {
            column
                .split_once(' ')
                .is_some_and(|(found, of)| found == name && types.contains(&of))
        })
    };
    let texts = ["character varying", "text"];
    if has("name", &texts) && has("applied_on", &texts) && has("checksum", &texts) {
        if has("version", &["bigint"]) {
            return Ok(Width::Eight);
        }
        if has("version", &["integer"]) {
            return Ok(Width::Four);
        }
    }
    Err(somebody_elses(schema, HISTORY, columns))
}

fn somebody_elses(schema: &str, table: &str, columns: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("\"{schema}.{table}\" is not a table of ours"),
    )
    .with_detail(format!("Its columns are: {columns}."))
    .with_hint("Keep the history elsewhere with `--history-schema NAME`, or rename that table.")
}
