//! What one database records as applied, and the SQL about it: the only file that names the history tables.
//!
//! `refinery_schema_history` has refinery's own columns and nothing else, so that a project can move over and back.
//! What it has no column for is in `migrator_journal`, written in the same transaction: append-only, one row for each
//! thing done. This file composes and reads SQL; it sends none. Names are schema-qualified throughout, because a
//! migration may have changed `search_path`.

use std::fmt::Write as _;

use crate::bundle::{Bundle, Down, Migration, Mode, Script, Statements};
use crate::error::{Error, Kind};
use crate::plan::Action;
use crate::quote::{Bytes, Identifier, Literal, Nullable, hex, unhex};

/// refinery's history table.
pub const HISTORY: &str = "refinery_schema_history";
/// Our own journal beside it.
pub const JOURNAL: &str = "migrator_journal";

/// One row of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The version.
    pub version: i64,
    /// The name; empty when the row has none.
    pub name: String,
    /// When, in RFC 3339, UTC.
    pub applied_on: String,
    /// refinery's checksum in decimal digits, as recorded.
    pub checksum: String,
}

impl Applied {
    /// Whether this row records that very migration: same version, same name, and a checksum of the same text.
    #[must_use]
    pub fn is(&self, migration: &Migration<'_>) -> bool {
        self.version == migration.version
            && self.name == migration.name
            && self
                .checksum
                .parse()
                .is_ok_and(|checksum| migration.accepted.contains(&checksum))
    }
}

/// An applied version with what the journal knows about undoing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undoable {
    /// The row of the history.
    pub applied: Applied,
    /// The down SQL that was kept when it was applied.
    pub kept: Kept,
}

/// The down SQL as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The journal knows nothing: another tool applied it, or there was no down file.
    Nothing,
    /// It cannot be undone, for this reason.
    Irreversible(String),
    /// The down file of that time.
    Script {
        /// File name.
        file: String,
        /// SQL.
        sql: String,
        /// Whether it runs in a transaction.
        mode: Mode,
        /// Its statement table.
        statements: Vec<u8>,
    },
}

impl Kept {
    /// The kept down file as a script.
    #[must_use]
    pub fn script(&self) -> Option<Script<'_>> {
        let Self::Script {
            file,
            sql,
            mode,
            statements,
        } = self
        else {
            return None;
        };
        Some(Script {
            file,
            sql,
            mode: *mode,
            limits: crate::bundle::Limits::default(),
            statements: Statements::from_table(statements),
            sha256: [0; 32],
        })
    }
}

/// Where the history of this database is, and what the tables there look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The schema's name, unquoted.
    pub schema: String,
    /// Which of the two tables exist.
    pub tables: Tables,
    /// How wide the history's version column is.
    pub width: Width,
    /// The key of the advisory lock: the first 8 bytes of SHA-256 over `migrator:SCHEMA.refinery_schema_history`.
    pub lock_key: i64,
}

/// Which of the two tables exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// Neither: a database that was never migrated.
    Neither,
    /// Only refinery's: its own driver made it.
    HistoryOnly,
    /// Only ours: refinery's was dropped or renamed.
    JournalOnly,
    /// Both.
    Both,
}

/// The type of refinery's version column; decides which of its two checksums is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// `int4`, refinery's default.
    Four,
    /// `int8`, its feature `int8-versions`, and what we create.
    Eight,
}

/// What a session knows about the server it reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// `server_version_num`, such as 150008.
    pub version: u32,
    /// `server_version` up to the first space.
    pub version_text: String,
    /// Whether the server accepts writes.
    pub role: ServerRole,
    /// The database's name.
    pub database: String,
    /// Where the history is.
    pub location: Location,
}

/// Whether the server accepts writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerRole {
    /// It does.
    Primary,
    /// It replays another server's log.
    Standby,
}

/// One row of the journal, for people to read.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Entry {
    /// Ascending number.
    pub id: i64,
    /// `apply`, `revert`, `stamp`, `unstamp` or `fail`.
    pub action: String,
    /// The version concerned.
    pub version: i64,
    /// The name of the migration.
    pub name: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
    /// The role that did it.
    pub role: String,
    /// The session's application name.
    pub application: String,
    /// Which binary did it.
    pub binary: String,
    /// SQLSTATE of a failure.
    pub sqlstate: Option<String>,
    /// The server's message of a failure.
    pub error: Option<String>,
}

/// A row of text fields, as the simple protocol returns them.
pub type Fields = Vec<Option<String>>;

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
         {history}, {journal} FROM place",
        schema = Nullable(schema),
        history = columns(HISTORY),
        journal = columns(JOURNAL),
    )
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
    let tables = match (history.is_some(), field(7).is_some()) {
        (false, false) => Tables::Neither,
        (true, false) => Tables::HistoryOnly,
        (false, true) => Tables::JournalOnly,
        (true, true) => Tables::Both,
    };
    if let Some(columns) = field(7)
        && !columns.starts_with("id bigint, run text, action text, version bigint")
    {
        return Err(somebody_elses(schema, JOURNAL, columns));
    }
    Ok(Probe {
        version,
        version_text: field(1).unwrap_or_default().to_owned(),
        role: if field(2) == Some("t") {
            ServerRole::Standby
        } else {
            ServerRole::Primary
        },
        database: field(3).unwrap_or_default().to_owned(),
        location: Location {
            schema: schema.to_owned(),
            tables,
            width,
            lock_key: field(5)
                .and_then(|text| text.parse().ok())
                .ok_or_else(unreadable)?,
        },
    })
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

impl Location {
    fn table(&self, name: &str) -> String {
        format!("{}.{}", Identifier(&self.schema), Identifier(name))
    }

    /// The history table's qualified name, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}.{HISTORY}", self.schema)
    }

    /// Creates what is missing; run under the lock. `None` when nothing is.
    #[must_use]
    pub fn create(&self) -> Option<String> {
        let history = format!(
            "CREATE TABLE {} (version bigint PRIMARY KEY, name varchar(255), applied_on varchar(255), \
             checksum varchar(255))",
            self.table(HISTORY)
        );
        let journal = format!(
            "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, \
             action text NOT NULL, version bigint NOT NULL, name text NOT NULL, sha256 text, \
             down_file text, down_sql text, down_mode text, down_statements bytea, irreversible text, \
             started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
             finished_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
             transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), \
             role text NOT NULL DEFAULT session_user, \
             application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'), \
             client text DEFAULT pg_catalog.host(pg_catalog.inet_client_addr()), \
             binary_version text NOT NULL, bundle text NOT NULL, sqlstate text, error text); \
             COMMENT ON TABLE {table} IS 'migrator journal, format 1'",
            table = self.table(JOURNAL)
        );
        match self.tables {
            Tables::Both => None,
            Tables::Neither => Some(format!("{history}; {journal}")),
            Tables::HistoryOnly => Some(journal),
            Tables::JournalOnly => Some(history),
        }
    }

    /// Whether the history has room for a version.
    #[must_use]
    pub fn fits(&self, version: i64) -> bool {
        self.width == Width::Eight || i32::try_from(version).is_ok()
    }

    /// The statement that gives the history room for every version.
    #[must_use]
    pub fn widen(&self) -> String {
        format!(
            "ALTER TABLE {} ALTER COLUMN version TYPE bigint",
            self.table(HISTORY)
        )
    }

    /// Reads the history in order of version; `None` when there is no table.
    #[must_use]
    pub fn read(&self) -> Option<String> {
        matches!(self.tables, Tables::HistoryOnly | Tables::Both).then(|| {
            format!(
                "SELECT version, name, applied_on, checksum FROM {} ORDER BY version",
                self.table(HISTORY)
            )
        })
    }

    /// Reads the history in the order in which it was applied, with the kept down SQL.
    ///
    /// Rows without a journal entry come first: refinery's own driver wrote them before we came.
    #[must_use]
    pub fn read_undoable(&self) -> Option<String> {
        let history = self.table(HISTORY);
        match self.tables {
            Tables::Neither | Tables::JournalOnly => None,
            Tables::HistoryOnly => Some(format!(
                "SELECT version, name, applied_on, checksum, NULL, NULL, NULL, NULL, NULL FROM {history} ORDER BY version"
            )),
            Tables::Both => Some(format!(
                "SELECT h.version, h.name, h.applied_on, h.checksum, \
                 j.down_file, j.down_sql, j.down_mode, j.down_statements, j.irreversible \
                 FROM {history} h LEFT JOIN LATERAL (SELECT * FROM {} j WHERE j.version = h.version \
                 AND j.action IN ('apply', 'stamp') ORDER BY j.id DESC LIMIT 1) j ON true \
                 ORDER BY j.id NULLS FIRST, h.version",
                self.table(JOURNAL)
            )),
        }
    }

    /// Reads the journal, oldest first; `None` when there is none.
    #[must_use]
    pub fn read_journal(&self) -> Option<String> {
        matches!(self.tables, Tables::JournalOnly | Tables::Both).then(|| {
            format!(
                "SELECT id, action, version, name, \
                 pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                 EXTRACT(epoch FROM finished_at - started_at) * 1000, \
                 role, application, binary_version, sqlstate, error FROM {} ORDER BY id",
                self.table(JOURNAL)
            )
        })
    }
}

/// Reads a row of [`Location::read`].
#[must_use]
pub fn read_applied(fields: &Fields) -> Applied {
    let field = |at: usize| fields.get(at).cloned().flatten().unwrap_or_default();
    Applied {
        version: field(0).parse().unwrap_or(i64::MIN),
        name: field(1),
        applied_on: field(2),
        checksum: field(3),
    }
}

/// Reads a row of [`Location::read_undoable`].
#[must_use]
pub fn read_undoable(fields: &Fields) -> Undoable {
    let field = |at: usize| fields.get(at).cloned().flatten();
    let kept = match (field(4), field(5), field(8)) {
        (_, _, Some(reason)) => Kept::Irreversible(reason),
        (Some(file), Some(sql), None) => Kept::Script {
            file,
            sql,
            mode: if field(6).as_deref() == Some("no-transaction") {
                Mode::NoTransaction
            } else {
                Mode::Transaction
            },
            statements: field(7).and_then(|text| unhex(&text)).unwrap_or_default(),
        },
        _ => Kept::Nothing,
    };
    Undoable {
        applied: read_applied(fields),
        kept,
    }
}

/// Reads a row of [`Location::read_journal`].
#[must_use]
pub fn read_entry(fields: &Fields) -> Entry {
    let field = |at: usize| fields.get(at).cloned().flatten();
    let text = |at: usize| field(at).unwrap_or_default();
    let number = |at: usize| text(at).parse().unwrap_or_default();
    Entry {
        id: number(0),
        action: text(1),
        version: number(2),
        name: text(3),
        started_at: text(4),
        took_ms: text(5).parse().unwrap_or_default(),
        role: text(6),
        application: text(7),
        binary: text(8),
        sqlstate: field(9),
        error: field(10),
    }
}

/// How long a setting lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Until the transaction ends.
    Transaction,
    /// Until it is reset.
    Session,
}

impl Scope {
    /// The third argument of `set_config`.
    #[must_use]
    pub const fn is_local(self) -> &'static str {
        match self {
            Self::Transaction => "true",
            Self::Session => "false",
        }
    }
}

/// Writes records: what is the same for every record of one run.
#[derive(Clone, Debug)]
pub struct Recorder {
    location: Location,
    /// `E'run', E'binary', E'bundle'` as SQL literals.
    run: String,
    binary: String,
    bundle: String,
}

/// The name of the setting that holds the transaction id of a step.
const TRANSACTION: &str = "migrator.transaction";
/// The name of the setting that holds the time at which a step began, in seconds since 1970.
const STARTED: &str = "migrator.started";

impl Recorder {
    /// A recorder for one run.
    #[must_use]
    pub fn new(location: Location, run: &str, bundle: &Bundle) -> Self {
        Self {
            location,
            run: Literal(run).to_string(),
            binary: Literal(env!("CARGO_PKG_VERSION")).to_string(),
            bundle: Literal(&hex(&bundle.digest)[..16]).to_string(),
        }
    }

    /// An expression that notes the transaction's id in a setting that ends with the transaction.
    /// The record compares it, so that a file which ended our transaction cannot be recorded as a whole.
    #[must_use]
    pub fn note_transaction() -> String {
        format!(
            "pg_catalog.set_config('{TRANSACTION}', pg_catalog.pg_current_xact_id()::text, true)"
        )
    }

    /// An expression that notes the time, for the transaction or for the session.
    ///
    /// `transaction_timestamp()` would not do: it is the time at which the whole message arrived.
    #[must_use]
    pub fn note_start(scope: Scope) -> String {
        format!(
            "pg_catalog.set_config('{STARTED}', \
             EXTRACT(epoch FROM pg_catalog.clock_timestamp())::text, {})",
            scope.is_local()
        )
    }

    /// When the step began; now, when a file has reset every setting.
    fn started() -> String {
        format!(
            "pg_catalog.to_timestamp(COALESCE(NULLIF(pg_catalog.current_setting('{STARTED}', true), '')::float8, \
             EXTRACT(epoch FROM pg_catalog.clock_timestamp())::float8))"
        )
    }

    /// What a record returns: how long the step took, in milliseconds.
    const TOOK: &'static str = "RETURNING EXTRACT(epoch FROM finished_at - started_at) * 1000";

    /// The transaction's id, or `NULL`, which the journal refuses, when it is not the one that was noted.
    fn checked_transaction() -> String {
        format!(
            "CASE WHEN pg_catalog.current_setting('{TRANSACTION}', true) OPERATOR(pg_catalog.=) \
             pg_catalog.pg_current_xact_id()::text THEN pg_catalog.pg_current_xact_id() END"
        )
    }

    /// Whether a server error is the one that [`Self::checked_transaction`] provokes.
    #[must_use]
    pub fn is_ended_transaction(sqlstate: &str, table: Option<&str>, column: Option<&str>) -> bool {
        sqlstate == "23502" && table == Some(JOURNAL) && column == Some("transaction_id")
    }

    /// Records a migration as applied or stamped, in both tables, by one statement.
    #[must_use]
    pub fn apply(&self, action: Action, migration: &Migration<'_>) -> String {
        let (down, irreversible) = match migration.down {
            Down::Absent => (None, None),
            Down::Irreversible(reason) => (None, Some(reason)),
            Down::Script(script) => (Some(script), None),
        };
        let mut sql = String::with_capacity(
            700 + down.map_or(0, |script| script.sql.len() + script.sql.len() / 8),
        );
        let checksum = match self.location.width {
            Width::Eight => migration.checksum,
            Width::Four => migration.checksum_of_four_bytes(),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            sql,
            "WITH recorded AS (INSERT INTO {history} AS h (version, name, applied_on, checksum) \
             VALUES ({version}, {name}, pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', \
             'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), '{checksum}'){conflict} RETURNING version) \
             INSERT INTO {journal} (run, action, version, name, sha256, ",
            history = self.location.table(HISTORY),
            version = migration.version,
            name = Literal(migration.name),
            conflict = match action {
                // Stamping corrects the record of a changed file; applying must never meet one.
                Action::Stamp =>
                    " ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum",
                _ => "",
            },
            journal = self.location.table(JOURNAL),
        );
        if down.is_some() {
            sql.push_str("down_file, down_sql, down_mode, down_statements, ");
        }
        if irreversible.is_some() {
            sql.push_str("irreversible, ");
        }
        let _ = write!(
            sql,
            "started_at, transaction_id, binary_version, bundle) \
             SELECT {run}, '{action}', version, {name}, '{sha256}', ",
            run = self.run,
            action = action.word(),
            name = Literal(migration.name),
            sha256 = hex(&migration.up.sha256),
        );
        if let Some(script) = down {
            let _ = write!(
                sql,
                "{}, {}, '{}', {}, ",
                Literal(script.file),
                Literal(script.sql),
                script.mode.word(),
                Bytes(script.statements.table())
            );
        }
        if let Some(reason) = irreversible {
            let _ = write!(sql, "{}, ", Literal(reason));
        }
        let _ = write!(
            sql,
            "{}, {}, {}, {} FROM recorded {}",
            Self::started(),
            Self::checked_transaction(),
            self.binary,
            self.bundle,
            Self::TOOK,
        );
        sql
    }

    /// Removes a version from the history and says so in the journal, by one statement.
    /// It fails when the row is not there, because the journal refuses an empty version.
    #[must_use]
    pub fn revert(&self, action: Action, version: i64, name: &str) -> String {
        format!(
            "WITH gone AS (DELETE FROM {} WHERE version OPERATOR(pg_catalog.=) {version} RETURNING version) \
             INSERT INTO {} (run, action, version, name, started_at, transaction_id, binary_version, bundle) \
             SELECT {}, '{}', (SELECT version FROM gone), {}, {}, {}, {}, {} {}",
            self.location.table(HISTORY),
            self.location.table(JOURNAL),
            self.run,
            action.word(),
            Literal(name),
            Self::started(),
            Self::checked_transaction(),
            self.binary,
            self.bundle,
            Self::TOOK,
        )
    }

    /// Notes a failure in the journal; the history is not touched.
    #[must_use]
    pub fn fail(&self, version: i64, name: &str, sqlstate: Option<&str>, error: &str) -> String {
        format!(
            "INSERT INTO {} (run, action, version, name, binary_version, bundle, sqlstate, error) \
             VALUES ({}, 'fail', {version}, {}, {}, {}, {}, {})",
            self.location.table(JOURNAL),
            self.run,
            Literal(name),
            self.binary,
            self.bundle,
            Nullable(sqlstate),
            Literal(error),
        )
    }
}
