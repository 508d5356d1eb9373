//! The text of a baseline: the schema, the rows, then what would be in the way of rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;

use migrator::snapshot::{Object, Snapshot};
use postgres::Client;

use crate::commands::prove::{Source, beyond, rows};
use crate::failure::Failure;

/// What is made before the rows; the rest, unless something of this needs it, comes after them.
const BEFORE: [&str; 10] = [
    "schema",
    "extension",
    "type",
    "domain",
    "sequence",
    "table",
    "sequence owner",
    "function",
    "aggregate",
    "view",
];

/// Writes the baseline of what a database holds.
pub(super) fn baseline(source: &Source<'_>, release: Option<&str>) -> Result<String, Failure> {
    refuse_unwritable(source)?;
    let mut client = rows::connect(source.url)?;
    compose(&mut client, source.snapshot, release)
}

/// What a snapshot does not hold would be lost.
fn refuse_unwritable(source: &Source<'_>) -> Result<(), Failure> {
    let counts = beyond::count(source.url)?;
    if counts.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = counts
        .iter()
        .map(|(kind, count)| format!("{kind}: {count}"))
        .collect();
    Err(
        Failure::new("the migrations make what this command cannot write into a baseline")
            .detail(lines.join("\n"))
            .hint(
                "Write the baseline by hand, for instance from `pg_dump`; `migrator-dev prove` tells whether it is \
                 equal.",
            ),
    )
}

fn compose(
    client: &mut Client,
    snapshot: &Snapshot,
    release: Option<&str>,
) -> Result<String, Failure> {
    let mut text = String::new();
    if let Some(release) = release {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "-- migrator: last-release \"{release}\"");
    }
    text.push_str(
        "-- Written by `migrator-dev squash`: what the migrations up to this version make.\n\n\
         SET LOCAL check_function_bodies = off;\nSET LOCAL search_path = '';\n",
    );
    let unreadable = |error| rows::unreadable(&error);
    text.push_str(&roles(client, snapshot).map_err(unreadable)?);
    let last = snapshot
        .objects
        .iter()
        .rposition(|it| BEFORE.contains(&it.kind.as_str()))
        .map_or(0, |at| at + 1);
    let (before, after) = snapshot.objects.split_at(last);
    for object in before {
        statement(object, &mut text);
    }
    for table in rows::tables(snapshot) {
        text.push_str(&data(client, table)?);
    }
    for (name, next) in rows::sequences(client, snapshot).map_err(unreadable)? {
        if next == beginning(client, &name).map_err(unreadable)? {
            continue;
        }
        let _ = write!(
            text,
            "\nSELECT pg_catalog.setval('{}', {next}, false);\n",
            name.replace('\'', "''")
        );
    }
    for object in after {
        statement(object, &mut text);
    }
    for view in snapshot.objects.iter().filter(|it| is_populated(it)) {
        let _ = write!(text, "\nREFRESH MATERIALIZED VIEW {};\n", view.name);
    }
    Ok(text)
}

fn statement(object: &Object, text: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "\n-- {}: {}\n{};\n",
        object.kind,
        object.name.replace('\n', " "),
        object.definition
    );
}

fn is_populated(object: &Object) -> bool {
    object.definition.starts_with("CREATE MATERIALIZED VIEW")
        && !object.definition.contains("\nWITH NO DATA")
}

/// Roles belong to the server; those that are granted to are made where they are missing.
fn roles(client: &mut Client, snapshot: &Snapshot) -> Result<String, postgres::Error> {
    let sql = "SELECT DISTINCT quote_ident(r.rolname), quote_literal(r.rolname), r.rolcanlogin FROM pg_roles r \
               WHERE r.oid >= 16384 AND (EXISTS (SELECT FROM pg_shdepend d WHERE d.refobjid = r.oid \
               AND d.refclassid = 'pg_authid'::regclass AND d.deptype IN ('a', 'r') AND d.dbid = (SELECT oid \
               FROM pg_database WHERE datname = current_database()))) ORDER BY 1";
    let mut text = String::new();
    let named: BTreeSet<&str> = snapshot
        .objects
        .iter()
        .filter(|it| ["grant", "policy"].contains(&it.kind.as_str()))
        .map(|it| it.definition.as_str())
        .collect();
    for row in client.query(sql, &[])? {
        let (name, literal): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        if !named.iter().any(|it| it.contains(&name)) {
            continue;
        }
        let login = if row.try_get(2)? { " LOGIN" } else { "" };
        let _ = write!(
            text,
            "\n-- role: {name}\nDO $role$ BEGIN\n    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = \
             {literal}) THEN\n        CREATE ROLE {name}{login};\n    END IF;\nEND $role$;\n"
        );
    }
    Ok(text)
}

/// The first value of a sequence.
fn beginning(client: &mut Client, sequence: &str) -> Result<i128, postgres::Error> {
    let sql = "SELECT seqstart FROM pg_catalog.pg_sequence WHERE seqrelid = $1::text::regclass";
    let start: i64 = client.query_one(sql, &[&sequence])?.try_get(0)?;
    Ok(i128::from(start))
}

/// The rows of a table as a block of `COPY`, in order of its primary key, or as they lie.
fn data(client: &mut Client, table: &str) -> Result<String, Failure> {
    let unreadable = |error| rows::unreadable(&error);
    let columns = rows::columns(client, table).map_err(unreadable)?.join(", ");
    let key = key(client, table).map_err(unreadable)?;
    let sql = format!("COPY (SELECT {columns} FROM ONLY {table} ORDER BY {key}) TO STDOUT");
    let mut lines = String::new();
    client
        .copy_out(&sql)
        .map_err(unreadable)?
        .read_to_string(&mut lines)
        .map_err(|error| {
            Failure::new(format!("could not read the rows of \"{table}\"")).detail(error)
        })?;
    if lines.is_empty() {
        return Ok(lines);
    }
    Ok(format!(
        "\n-- rows: {table}\nCOPY {table} ({columns}) FROM stdin;\n{lines}\\.\n"
    ))
}

/// The columns of the primary key; of a table without one, where its rows lie.
fn key(client: &mut Client, table: &str) -> Result<String, postgres::Error> {
    let sql = "SELECT string_agg(format('%I', a.attname), ', ' ORDER BY array_position(i.indkey::int2[], a.attnum)) \
               FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid \
               AND a.attnum = ANY (i.indkey) WHERE i.indrelid = $1::text::regclass AND i.indisprimary";
    let key: Option<String> = client.query_one(sql, &[&table])?.try_get(0)?;
    Ok(key.unwrap_or_else(|| "ctid".to_owned()))
}
