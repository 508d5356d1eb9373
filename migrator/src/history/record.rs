//! The statements that write records: one for each step, so that history and journal cannot part.

use std::fmt::Write as _;

use super::{HISTORY, JOURNAL, Location, Width};
use crate::bundle::{Bundle, Down, Migration};
use crate::plan::Action;
use crate::quote::{Bytes, Literal, Nullable, hex};

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
