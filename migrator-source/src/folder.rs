//! What a folder holds, as plain owned data: the types that a reading fills.
//!
//! They mirror what the macro bakes, field by field. How they are read and checked is the business of the other files.

use crate::settings::{Placeholder, Quoting};

/// Every script of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// The migrations, in ascending order of version.
    pub migrations: Vec<Migration>,
    /// The repeatable scripts, in the order in which they run.
    pub repeatables: Vec<Repeatable>,
    /// The baselines, in ascending order of version.
    pub baselines: Vec<Baseline>,
    /// The environments that `migrator.toml` declares; none: any name will do.
    pub environments: Vec<String>,
    /// The placeholders that it declares, in order of name.
    pub placeholders: Vec<Placeholder>,
}

impl Folder {
    /// Whether there is a migration of this version.
    #[must_use]
    pub fn holds(&self, version: i64) -> bool {
        self.migrations
            .binary_search_by_key(&version, |it| it.version)
            .is_ok()
    }
}

/// One versioned change as written: `V{version}__{name}.sql` or `U{version}__{name}.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The number or timestamp after the letter.
    pub version: i64,
    /// The words after `__`.
    pub name: String,
    /// Whether it must run in order of version.
    pub order: Order,
    /// What applies it.
    pub up: Script,
    /// What undoes it.
    pub down: Down,
    /// What has to hold once it is applied: `V{version}__{name}.verify.sql`.
    pub verify: Option<Script>,
    /// The environments in which it is applied; none: in all of them.
    pub only: Vec<String>,
    /// Whether a proof insists that the down leads back.
    pub down_check: DownCheck,
    /// The checksum that refinery computes for the file as it is on disk, with versions of eight bytes.
    pub checksum: u64,
    /// Every checksum under which this same text may have been recorded: `checksum` first, then its counterpart with
    /// a version of four bytes where the version fits, then those of other line endings and byte order marks.
    pub accepted: Vec<u64>,
}

/// A script that is applied again whenever its text changes: `R__{name}.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeatable {
    /// The words after `R__`.
    pub name: String,
    /// The names of those that run before it, in order of name.
    pub requires: Vec<String>,
    /// The environments in which it is applied; empty: in all.
    pub only: Vec<String>,
    /// What it runs.
    pub script: Script,
}

/// What an empty database runs in place of every migration up to a version: `B{version}__{name}.sql`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// The last version that it stands for.
    pub version: i64,
    /// The words after `__` in the name of its first file.
    pub name: String,
    /// What it runs, in order of file name.
    pub scripts: Vec<Script>,
    /// The last release that carries databases older than it, as its header says.
    pub last_release: Option<String>,
    /// SHA-256 of the text of all its files, one after the other.
    pub sha256: [u8; 32],
    /// Every checksum that refinery would compute for its text as one file, as for a migration.
    pub accepted: Vec<u64>,
}

/// Whether a migration must run in order of version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `V`: a version below the newest applied one is late.
    Versioned,
    /// `U`: may be applied whenever it is found.
    Unordered,
}

/// What undoes a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// There is no down file.
    Absent,
    /// The up file says that it cannot be undone, and why.
    Irreversible(String),
    /// The down file.
    Script(Script),
}

/// Whether a proof insists that the down of a migration leads back to the schema before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DownCheck {
    /// It does.
    #[default]
    Insisted,
    /// The up file says by `allow(down)` that it does not, and why.
    Allowed,
}

/// The SQL of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The file name, relative to the folder, with `/` between its parts.
    pub file: String,
    /// The whole text, without byte order mark and with `\n` line endings.
    pub sql: String,
    /// Whether it runs in a transaction.
    pub mode: Mode,
    /// Limits that the header sets.
    pub limits: Limits,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
    /// Where the values of placeholders will stand, in order.
    pub spots: Vec<Spot>,
    /// SHA-256 of `sql`.
    pub sha256: [u8; 32],
}

/// Whether a script runs in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The whole script commits together.
    Transaction,
    /// Statement by statement.
    NoTransaction,
}

/// Limits that a file sets for itself, in the spelling of PostgreSQL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `lock_timeout`.
    pub lock_timeout: Option<String>,
    /// `statement_timeout`.
    pub statement_timeout: Option<String>,
}

/// One statement of a script: where it is, and how it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Byte offset of the first character.
    pub start: usize,
    /// Byte offset after the last character, without the semicolon.
    pub end: usize,
    /// How it is run.
    pub kind: Kind,
}

/// Where the value of a placeholder will stand: `${name}` in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Byte offset of the `$`.
    pub start: usize,
    /// Byte offset after the brace.
    pub end: usize,
    /// How its value is written.
    pub quoting: Quoting,
}

/// How a statement is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sent as it is.
    Plain,
    /// Cannot run in a transaction block. The entries of kind `Name` after it are what it names.
    Alone(Operation),
    /// `COPY … FROM stdin`; the next entry is its data.
    Copy,
    /// The data block of the preceding `COPY`, without its `\.` line; it may be empty.
    CopyData,
    /// `BEGIN` in a script without transaction: the entries up to `Commit` are one atomic step.
    Begin,
    /// `COMMIT` of such a block.
    Commit,
    /// A name inside the preceding `Alone` statement, as it is written there. Not a statement.
    Name,
}

/// What a statement outside a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `CREATE INDEX CONCURRENTLY`; names the index, if it does, and then the table.
    CreateIndex,
    /// `DROP INDEX CONCURRENTLY`; names the index.
    DropIndex,
    /// `REINDEX CONCURRENTLY` of an index or a table, which it names.
    Reindex,
    /// `REINDEX CONCURRENTLY` of a schema, which it names, or of the database, which it does not.
    ReindexMany,
    /// `ALTER TABLE … DETACH PARTITION … CONCURRENTLY`; names the table and the partition.
    DetachPartition,
    /// `CREATE DATABASE`; names it.
    CreateDatabase,
    /// `DROP DATABASE`; names it.
    DropDatabase,
    /// `CREATE TABLESPACE`; names it.
    CreateTablespace,
    /// `DROP TABLESPACE`; names it.
    DropTablespace,
    /// `CREATE SUBSCRIPTION`; names it.
    CreateSubscription,
    /// `DROP SUBSCRIPTION`; names it.
    DropSubscription,
    /// Twice is as good as once: `VACUUM`, `ALTER SYSTEM`, `CLUSTER`. Names nothing.
    Repeatable,
    /// Only a person can tell whether it took effect: `CALL`, `DO`, `COMMIT PREPARED`. Names nothing.
    Opaque,
}
