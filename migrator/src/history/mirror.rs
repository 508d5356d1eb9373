//! The statements about `migrator_mirror`: which other tool's table is written too, and under which names that tool
//! knows our versions. It has one row, as long as a mirror is on. What is written into the other table is
//! `foreign::mirror`.

use super::create::FORMAT;
use super::{HISTORY, JOURNAL, Location, MIRROR, Presence, Recorder};
use crate::quote::{Literal, Nullable};

/// What turns a mirror on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored<'m> {
    /// The other tool.
    pub tool: &'m str,
    /// The schema of its table, unquoted.
    pub schema: &'m str,
    /// Its table, unquoted.
    pub table: &'m str,
    /// What it calls each version that it knows: a JSON object of arrays.
    pub names: &'m str,
    /// How it calls every other version, as JSON; `None` where it must not see one.
    pub style: Option<&'m str>,
    /// The word for how its files end their lines.
    pub line_ends: &'m str,
}

/// The comment on the journal as long as a mirror is on: a program that knows nothing of mirrors refuses that format.
pub(super) const MIRRORING: u32 = 2;

impl Location {
    /// Reads the mirror with all that has to hold for its table to be written; `None` when there is none.
    #[must_use]
    pub fn read_mirror(&self) -> Option<String> {
        (self.tables.mirror == Presence::Present).then(|| {
            format!(
                "SELECT m.tool, m.table_schema, m.table_name, m.style ->> 'before', m.style ->> 'digits', \
                 m.style ->> 'between', m.style ->> 'words', m.style ->> 'after', m.line_ends, \
                 pg_catalog.to_char(m.since AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                 (SELECT pg_catalog.string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, NULL), E'\\n' \
                 ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), \
                 (SELECT pg_catalog.string_agg(a.attname, E'\\n' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a \
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull \
                 AND NOT a.atthasdef AND a.attidentity = ''), \
                 pg_catalog.concat_ws(', ', \
                 CASE WHEN NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') THEN 'SELECT' END, \
                 CASE WHEN NOT pg_catalog.has_table_privilege(c.oid, 'INSERT') THEN 'INSERT' END, \
                 CASE WHEN NOT pg_catalog.has_table_privilege(c.oid, 'DELETE') THEN 'DELETE' END), \
                 (SELECT pg_catalog.string_agg(l.relname, E'\\n' ORDER BY l.relname) FROM pg_catalog.pg_class l \
                 WHERE l.relnamespace = n.oid AND l.relkind = 'r' AND l.relname LIKE '%lock' \
                 AND (l.relname LIKE '%migrations_lock' OR l.relname LIKE 'databasechange%' OR EXISTS (SELECT FROM \
                 pg_catalog.pg_attribute a WHERE a.attrelid = l.oid AND a.attname = 'lock_id'))), \
                 pg_catalog.current_database() \
                 FROM {} m LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = m.table_schema \
                 LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = m.table_name \
                 AND c.relkind IN ('r', 'p')",
                self.table(MIRROR)
            )
        })
    }

    /// The one row of the mirror, for a query that looks up the other tool's names.
    pub(crate) fn mirror(&self) -> String {
        format!("(SELECT * FROM {} LIMIT 1)", self.table(MIRROR))
    }

    /// What the other tool calls the newest applied version of those that it knows. `pg_catalog` is the search path.
    pub(crate) fn mirrored_position(&self) -> String {
        format!(
            "(SELECT known.key FROM {} AS history CROSS JOIN (SELECT * FROM {} LIMIT 1) AS mirror \
             CROSS JOIN LATERAL jsonb_array_elements_text(mirror.names -> history.version::text) AS known (key) \
             ORDER BY history.version DESC LIMIT 1)",
            self.table(HISTORY),
            self.table(MIRROR)
        )
    }
}

impl Recorder {
    /// Turns a mirror on, or adds to what its tool knows, and notes it in the journal. Under the lock, in a
    /// transaction; the history has rows.
    #[must_use]
    pub fn mirror(&self, mirrored: &Mirrored<'_>) -> Vec<String> {
        let create = match self.location.tables.mirror {
            Presence::Present => None,
            Presence::Absent => Some(format!(
                "CREATE TABLE {} (alone boolean PRIMARY KEY DEFAULT true CHECK (alone), tool text NOT NULL, \
                 table_schema text NOT NULL, table_name text NOT NULL, names jsonb NOT NULL, style jsonb, \
                 line_ends text NOT NULL, since timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
                 role text NOT NULL DEFAULT session_user)",
                self.location.table(MIRROR)
            )),
        };
        let turn_on = format!(
            "INSERT INTO {} AS mirror (tool, table_schema, table_name, names, style, line_ends) \
             VALUES ({}, {}, {}, {}::pg_catalog.jsonb, {}::pg_catalog.jsonb, {}) ON CONFLICT (alone) DO UPDATE \
             SET names = mirror.names || excluded.names, style = excluded.style",
            self.location.table(MIRROR),
            Literal(mirrored.tool),
            Literal(mirrored.schema),
            Literal(mirrored.table),
            Literal(mirrored.names),
            Nullable(mirrored.style),
            Literal(mirrored.line_ends),
        );
        create
            .into_iter()
            .chain([
                turn_on,
                self.location.format(MIRRORING),
                self.note_mirror("mirror"),
            ])
            .collect()
    }

    /// Turns the mirror off, and notes it in the journal. Under the lock, in a transaction.
    #[must_use]
    pub fn stop_mirror(&self) -> Vec<String> {
        vec![
            self.note_mirror("unmirror"),
            format!("DROP TABLE {}", self.location.table(MIRROR)),
            self.location.format(1),
        ]
    }

    /// At the newest applied version; without one, at the one that was concerned last.
    fn note_mirror(&self, action: &str) -> String {
        format!(
            "INSERT INTO {journal} (run, action, version, name, binary_version, bundle, detail) \
             SELECT {run}, '{action}', COALESCE((SELECT pg_catalog.max(version) FROM {history}), \
             (SELECT version FROM {journal} WHERE version IS NOT NULL ORDER BY id DESC LIMIT 1)), m.tool, \
             {binary}, {bundle}, pg_catalog.jsonb_build_object('tool', m.tool, 'table', \
             m.table_schema || '.' || m.table_name, 'names', m.names) FROM {mirror} m",
            journal = self.location.table(JOURNAL),
            history = self.location.table(HISTORY),
            mirror = self.location.table(MIRROR),
            run = self.checked_run(),
            binary = self.binary,
            bundle = self.bundle,
        )
    }
}

impl Location {
    fn format(&self, format: u32) -> String {
        format!(
            "COMMENT ON TABLE {} IS '{FORMAT}{format}'",
            self.table(JOURNAL)
        )
    }
}
