//! What one database records as applied, and the SQL about it: the only module that names the history tables.
//!
//! `refinery_schema_history` has refinery's own columns and nothing else, so that a project can move over and back.
//! What it has no column for is in `migrator_journal`, written in the same transaction: append-only, one row for each
//! thing done. `migrator_step` holds what a script outside a transaction has done so far. This module composes and reads SQL; it sends none. Names are schema-qualified throughout, because a
//! migration may have changed `search_path`.

mod backup;
mod create;
mod mirror;
mod probe;
mod record;
mod repeat;
mod row;
mod shape;
mod step;
mod together;
mod trace;

pub use mirror::Mirrored;
pub use probe::{probe, read_probe};
pub use record::{Recorder, Scope};
pub use repeat::{Done, Repetition, Since, read_repetition};
pub use row::{read_applied, read_entry, read_undoable};
pub use step::{Mark, OpenStep, State, StepKey, read_open_step};
pub use together::Record;

use crate::bundle::{Migration, Mode, Script, Statements};
use crate::label::Label;
use crate::quote::Identifier;

/// refinery's history table.
pub const HISTORY: &str = "refinery_schema_history";
/// Our own journal beside it.
pub const JOURNAL: &str = "migrator_journal";
/// The steps of scripts that run outside a transaction.
pub const STEPS: &str = "migrator_step";
/// Which other tool's table is written too; there only as long as one is.
pub const MIRROR: &str = "migrator_mirror";

/// All tables of ours.
pub const TABLES: [&str; 4] = [HISTORY, JOURNAL, STEPS, MIRROR];

/// How many rows of the journal are its newest.
pub const NEWEST: usize = 30;
/// How many of those that ran something are.
pub const NEWEST_RUNS: usize = 90;

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
    /// How it is named to people.
    #[must_use]
    pub fn label(&self) -> Label<'_> {
        Label {
            version: Some(self.version),
            name: &self.name,
        }
    }

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
    /// It was not run: it is not for the environment of that time.
    Skipped,
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
    /// Which of the tables exist.
    pub tables: Tables,
    /// How wide the history's version column is.
    pub width: Width,
    /// The key of the advisory lock: the first 8 bytes of SHA-256 over `migrator:SCHEMA.refinery_schema_history`.
    pub lock_key: i64,
}

/// Which of the tables exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    /// refinery's.
    pub history: Presence,
    /// The journal.
    pub journal: Presence,
    /// The steps.
    pub steps: Presence,
    /// The mirror.
    pub mirror: Presence,
}

/// Whether a table is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not.
    Absent,
    /// It is.
    Present,
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
    /// The process of our session.
    pub backend_pid: i32,
    /// The database's name.
    pub database: String,
    /// Where the history is.
    pub location: Location,
    /// Which other schemas hold a history, where there is none in the first of the search path and no schema was named.
    pub elsewhere: Vec<String>,
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
    /// `apply`, `baseline`, `revert`, `skip`, `stamp`, `unstamp`, `adopt`, `mirror`, `unmirror`, `repeat`, `backup`, `fail` or
    /// `resolve`.
    pub action: String,
    /// The version concerned; `None` of a repeatable.
    pub version: Option<i64>,
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
    /// What else is known of it, as JSON.
    pub detail: Option<String>,
}

impl Entry {
    /// What it concerns, as it is named to people.
    #[must_use]
    pub fn label(&self) -> Label<'_> {
        Label {
            version: self.version,
            name: &self.name,
        }
    }
}

/// A row of text fields, as the simple protocol returns them.
pub type Fields = Vec<Option<String>>;

impl Location {
    fn table(&self, name: &str) -> String {
        format!("{}.{}", Identifier(&self.schema), Identifier(name))
    }

    /// The history table's qualified name, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}.{HISTORY}", self.schema)
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
        (self.tables.history == Presence::Present).then(|| {
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
        match (self.tables.history, self.tables.journal) {
            (Presence::Absent, _) => None,
            (Presence::Present, Presence::Absent) => Some(format!(
                "SELECT version, name, applied_on, checksum, NULL, NULL, NULL, NULL, NULL, NULL FROM {history} ORDER BY version"
            )),
            (Presence::Present, Presence::Present) => Some(format!(
                "SELECT h.version, h.name, h.applied_on, h.checksum, \
                 j.down_file, j.down_sql, j.down_mode, j.down_statements, j.irreversible, j.action \
                 FROM {history} h LEFT JOIN (SELECT DISTINCT ON (version) * FROM {} \
                 WHERE action IN ('apply', 'baseline', 'skip', 'stamp', 'adopt') ORDER BY version, id DESC) j ON j.version = h.version \
                 ORDER BY j.id NULLS FIRST, h.version",
                self.table(JOURNAL)
            )),
        }
    }

    /// Reads the versions whose newest record says that they were skipped; `None` when there is no journal.
    #[must_use]
    pub fn read_skipped(&self) -> Option<String> {
        (self.tables.journal == Presence::Present).then(|| {
            format!(
                "SELECT version FROM (SELECT DISTINCT ON (version) version, action FROM {} \
                 WHERE action NOT IN ('fail', 'resolve', 'backup', 'mirror', 'unmirror') ORDER BY version, id DESC) newest \
                 WHERE action = 'skip' ORDER BY version",
                self.table(JOURNAL)
            )
        })
    }

    /// Reads the journal, oldest first; `None` when there is none.
    #[must_use]
    pub fn read_journal(&self) -> Option<String> {
        self.read_entries("")
    }

    /// Reads what was done last, oldest first: the newest rows, the newest that ran something, the newest
    /// migration and the newest failure.
    #[must_use]
    pub fn read_newest(&self) -> Option<String> {
        let newest = |condition: &str, count: usize| {
            format!(
                "(SELECT id FROM {} WHERE {condition} ORDER BY id DESC LIMIT {count})",
                self.table(JOURNAL)
            )
        };
        self.read_entries(&format!(
            "WHERE id IN ({} UNION {} UNION {} UNION {})",
            newest("true", NEWEST),
            newest(
                "action IN ('apply', 'baseline', 'revert', 'repeat')",
                NEWEST_RUNS
            ),
            newest("action IN ('apply', 'baseline')", 1),
            newest("action = 'fail'", 1),
        ))
    }

    fn read_entries(&self, condition: &str) -> Option<String> {
        (self.tables.journal == Presence::Present).then(|| {
            format!(
                "SELECT id, action, version, name, \
                 pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                 EXTRACT(epoch FROM finished_at - started_at) * 1000, \
                 role, application, binary_version, sqlstate, error, \
                 pg_catalog.to_jsonb(j) OPERATOR(pg_catalog.->>) 'detail' FROM {} j {condition} ORDER BY id",
                self.table(JOURNAL)
            )
        })
    }
}
