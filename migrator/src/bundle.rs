//! What is baked: the types that `embed!` fills with constants.
//!
//! Everything here is plain borrowed data: building a [`Bundle`] allocates nothing, parses nothing and hashes
//! nothing. How files are read and checked is `migrator-source`; what a database has recorded is `history`.

mod adoption;
mod baseline;
mod placeholder;
mod proof;
mod repeatable;
mod scripts;

use std::fmt;

use crate::label::Label;

pub use adoption::{Adoption, Probe};
pub use baseline::Baseline;
pub use placeholder::{Placeholder, Quoting, Secrecy, Spot};
pub use proof::{Commuting, Counted, Gate, Point, Proof, Repeated, Scope};
pub use repeatable::Repeatable;

/// A schema history as written: every migration of one folder, in ascending order of version.
#[derive(Clone, Copy, Debug)]
pub struct Bundle {
    /// The folder as the `embed!` call names it, without leading `./` and `../`; used in messages only.
    pub folder: &'static str,
    /// The migrations, in ascending order of version; versions are unique.
    pub migrations: &'static [Migration<'static>],
    /// The baselines, in ascending order of version; versions are unique.
    pub baselines: &'static [Baseline<'static>],
    /// The rules that recognise legacy databases, in their order.
    pub adoptions: &'static [Adoption],
    /// The repeatables, in the order in which they run.
    pub repeatables: &'static [Repeatable<'static>],
    /// SHA-256 over the name and text of every script, in order: two bundles with equal digests are equal.
    pub digest: [u8; 32],
    /// What is known from running it on a scratch server.
    pub proof: Proof,
    /// The environments that `migrator.toml` declares; empty: any name will do.
    pub environments: &'static [&'static str],
    /// The placeholders that it declares, in order of name.
    pub placeholders: &'static [Placeholder],
}

/// One versioned change as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration<'a> {
    /// The number or timestamp between `V` and `__` in the file name.
    pub version: i64,
    /// The words after `__` in the file name.
    pub name: &'a str,
    /// Whether it must run in order of version.
    pub order: Order,
    /// What applies it.
    pub up: Script<'a>,
    /// What undoes it.
    pub down: Down<'a>,
    /// What has to hold once it is applied; it runs in the same transaction, and what it does is rolled back.
    pub verify: Option<Script<'a>>,
    /// The environments in which it is applied; empty: in all of them.
    pub only: &'a [&'a str],
    /// The checksum that refinery writes for this file, with versions of eight bytes.
    pub checksum: u64,
    /// Every checksum under which this same text may have been recorded: with versions of eight and of four
    /// bytes, with either line ending, with and without a byte order mark. The first is [`Self::checksum`], the
    /// second its counterpart with a version of four bytes, where the version fits.
    pub accepted: &'a [u64],
}

impl<'a> Migration<'a> {
    /// How it is named to people.
    #[must_use]
    pub const fn label(&self) -> Label<'a> {
        Label {
            version: Some(self.version),
            name: self.name,
        }
    }

    /// The checksum that refinery writes with versions of four bytes, its default.
    #[must_use]
    pub fn checksum_of_four_bytes(&self) -> u64 {
        match self.accepted {
            [_, second, ..] if i32::try_from(self.version).is_ok() => *second,
            _ => self.checksum,
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Down<'a> {
    /// There is no down file.
    Absent,
    /// The up file says that it cannot be undone, and why.
    Irreversible(&'a str),
    /// The down file.
    Script(Script<'a>),
}

/// The SQL of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script<'a> {
    /// The file name, relative to the folder.
    pub file: &'a str,
    /// The whole text, without byte order mark and with `\n` line endings.
    pub sql: &'a str,
    /// Whether it runs in a transaction.
    pub mode: Mode,
    /// Limits that the file's header sets, in the spelling of PostgreSQL (`10s`, `5min`).
    pub limits: Limits<'a>,
    /// Where its statements are.
    pub statements: Statements<'a>,
    /// SHA-256 of `sql`.
    pub sha256: [u8; 32],
}

/// Whether a script runs in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The whole script and its record commit together.
    Transaction,
    /// Statement by statement, recorded at the end.
    NoTransaction,
}

impl Mode {
    /// The word in the journal and in JSON output; also the header directive.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::NoTransaction => "no-transaction",
        }
    }
}

/// Limits that a file sets for itself; absent ones fall back to the settings of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits<'a> {
    /// `lock_timeout`.
    pub lock_timeout: Option<&'a str>,
    /// `statement_timeout`.
    pub statement_timeout: Option<&'a str>,
}

/// The statements of a script as a table of fixed-width entries: start and end as little-endian `u32` byte offsets
/// into the SQL, then one byte of kind. A table is one constant, where a slice of structures would cost the compiler
/// seconds on a large history.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Statements<'a>(&'a [u8]);

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

/// How a statement is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sent as it is.
    Plain,
    /// Cannot run in a transaction block: a message of its own, whose effect no record can share a transaction with.
    /// The entries of kind `Name` after it are what it names.
    Alone(Operation),
    /// `COPY … FROM stdin`; the next entry is its data.
    Copy,
    /// The data block of the preceding `COPY`, without its `\.` line.
    CopyData,
    /// `BEGIN` in a script without transaction: the entries up to `Commit` are one atomic step.
    Begin,
    /// `COMMIT` of such a block.
    Commit,
    /// A name inside the preceding `Alone` statement, as it is written there. Not a statement.
    Name,
}

/// What a statement outside a transaction does: decides how the next run finds out whether it took effect.
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
    /// Twice is as good as once: `VACUUM`, `ALTER SYSTEM`, `CLUSTER`.
    Repeatable,
    /// Only a person can tell whether it took effect: `CALL`, `DO`, `COMMIT PREPARED`.
    Opaque,
}

impl Operation {
    /// The word for it in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CreateIndex => "create-index",
            Self::DropIndex => "drop-index",
            Self::Reindex => "reindex",
            Self::ReindexMany => "reindex-many",
            Self::DetachPartition => "detach-partition",
            Self::CreateDatabase => "create-database",
            Self::DropDatabase => "drop-database",
            Self::CreateTablespace => "create-tablespace",
            Self::DropTablespace => "drop-tablespace",
            Self::CreateSubscription => "create-subscription",
            Self::DropSubscription => "drop-subscription",
            Self::Repeatable => "repeatable",
            Self::Opaque => "opaque",
        }
    }
}

const ENTRY: usize = 9;

impl<'a> Statements<'a> {
    /// A table as `embed!` writes it.
    #[must_use]
    pub const fn from_table(table: &'a [u8]) -> Self {
        Self(table)
    }

    /// The raw table, as it is kept in the journal for the down SQL.
    #[must_use]
    pub const fn table(self) -> &'a [u8] {
        self.0
    }

    /// How many statements there are; neither the data of a `COPY` nor a name is one.
    #[must_use]
    pub fn count(self) -> usize {
        self.iter()
            .filter(|statement| !matches!(statement.kind, Kind::CopyData | Kind::Name))
            .count()
    }

    /// The entries in order.
    pub fn iter(self) -> impl Iterator<Item = Statement> + 'a {
        self.parts().0.chunks_exact(ENTRY).map(|entry| {
            let offset = |at: usize| {
                u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]])
                    as usize
            };
            Statement {
                start: offset(0),
                end: offset(4),
                kind: Kind::from_byte(entry[8]),
            }
        })
    }
}

impl fmt::Debug for Statements<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Statement {
    /// The entry as `embed!` writes it.
    #[must_use]
    pub fn entry(self) -> [u8; ENTRY] {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX).to_le_bytes();
        let mut entry = [0; ENTRY];
        entry[..4].copy_from_slice(&offset(self.start));
        entry[4..8].copy_from_slice(&offset(self.end));
        entry[8] = self.kind.byte();
        entry
    }
}

/// The operations in the order of their bytes.
const OPERATIONS: [Operation; 13] = [
    Operation::CreateIndex,
    Operation::DropIndex,
    Operation::Reindex,
    Operation::ReindexMany,
    Operation::DetachPartition,
    Operation::CreateDatabase,
    Operation::DropDatabase,
    Operation::CreateTablespace,
    Operation::DropTablespace,
    Operation::CreateSubscription,
    Operation::DropSubscription,
    Operation::Repeatable,
    Operation::Opaque,
];
/// The byte of the first operation; those below are the other kinds.
const FIRST_OPERATION: u8 = 16;

impl Kind {
    const fn byte(self) -> u8 {
        match self {
            Self::Plain => 0,
            Self::Copy => 2,
            Self::CopyData => 3,
            Self::Begin => 4,
            Self::Commit => 5,
            Self::Name => 6,
            Self::Alone(operation) => FIRST_OPERATION + operation as u8,
        }
    }

    fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Plain,
            2 => Self::Copy,
            3 => Self::CopyData,
            4 => Self::Begin,
            5 => Self::Commit,
            6 => Self::Name,
            // An operation of a newer version is one that this version cannot judge.
            byte => Self::Alone(
                byte.checked_sub(FIRST_OPERATION)
                    .and_then(|at| OPERATIONS.get(usize::from(at)).copied())
                    .unwrap_or(Operation::Opaque),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_survives_its_byte() {
        let others = [
            Kind::Plain,
            Kind::Copy,
            Kind::CopyData,
            Kind::Begin,
            Kind::Commit,
            Kind::Name,
        ];
        for kind in others
            .into_iter()
            .chain(OPERATIONS.into_iter().map(Kind::Alone))
        {
            assert_eq!(Kind::from_byte(kind.byte()), kind);
        }
        assert_eq!(Kind::from_byte(200), Kind::Alone(Operation::Opaque));
    }
}
