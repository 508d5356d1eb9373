//! The statements that write records: one for each step, so that history and journal cannot part.

use super::{HISTORY, JOURNAL, Location, STEPS, Width};
use crate::bundle::{Bundle, Down, Migration};
use crate::label::Label;
use crate::plan::Action;
use crate::quote::{Bytes, Literal, Nullable, Number, hex};
use crate::random::random;

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
    pub(super) location: Location,
    /// `E'run', E'binary', E'bundle'` as SQL literals.
    pub(super) run: String,
    pub(super) binary: String,
    pub(super) bundle: String,
}

/// The name of the setting that holds the transaction id of a step.
const TRANSACTION: &str = "migrator.transaction";
/// The name of the setting that holds the time at which a step began, in seconds since 1970.
const STARTED: &str = "migrator.started";

/// What a record returns: how long the step took, in milliseconds.
pub(super) const TOOK: &str = "RETURNING EXTRACT(epoch FROM finished_at OPERATOR(pg_catalog.-) started_at) OPERATOR(pg_catalog.*) 1000";
/// The name of the prepared record.
const PREPARED: &str = "migrator_apply";

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

    /// A recorder under a name that tells this run from every other.
    #[must_use]
    pub fn for_run(location: Location, bundle: &Bundle) -> Self {
        let run = format!("{:016x}", random());
        Self::new(location, &run, bundle)
    }

    /// Where it writes.
    #[must_use]
    pub const fn location(&self) -> &Location {
        &self.location
    }

    /// The name of the run where the lock is still ours, or `NULL`, which the journal refuses: a file may have given
    /// the lock away (`pg_advisory_unlock_all()`), or a pooler the session. Taking it again costs nothing while we
    /// hold it; the end of the run gives all of it back.
    pub(super) fn checked_run(&self) -> String {
        format!(
            "CASE WHEN pg_catalog.pg_try_advisory_lock({}) THEN {} END",
            self.location.lock_key, self.run
        )
    }

    /// Whether a server error is the one that the checked lock provokes.
    #[must_use]
    pub fn is_lost_lock(sqlstate: &str, table: Option<&str>, column: Option<&str>) -> bool {
        sqlstate == "23502"
            && (table == Some(JOURNAL) || table == Some(STEPS))
            && column == Some("run")
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
    pub(super) fn started() -> String {
        format!(
            "pg_catalog.to_timestamp(COALESCE(NULLIF(pg_catalog.current_setting('{STARTED}', true), '')::float8, \
             EXTRACT(epoch FROM pg_catalog.clock_timestamp())::float8))"
        )
    }

    /// The transaction's id, or `NULL`, which the journal refuses, when it is not the one that was noted.
    pub(super) fn checked_transaction() -> String {
        format!(
            "CASE WHEN pg_catalog.current_setting('{TRANSACTION}', true) OPERATOR(pg_catalog.=) \
             pg_catalog.pg_current_xact_id()::text THEN pg_catalog.pg_current_xact_id() END"
        )
    }

    /// Whether a server error is the one that the checked transaction id provokes.
    #[must_use]
    pub fn is_ended_transaction(sqlstate: &str, table: Option<&str>, column: Option<&str>) -> bool {
        sqlstate == "23502" && table == Some(JOURNAL) && column == Some("transaction_id")
    }

    /// Records a migration as applied or stamped, in both tables, by one statement.
    #[must_use]
    pub fn apply(&self, action: Action, migration: &Migration<'_>) -> String {
        self.apply_with(action, &self.values(migration))
    }

    /// Prepares [`Self::apply`] for a session, so that the server parses and plans it once.
    #[must_use]
    pub fn prepare_apply(&self) -> String {
        let parameters = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(|number| format!("${number}"));
        let statement = self.apply_with(Action::Apply, &parameters);
        format!(
            "PREPARE {PREPARED} (bigint, text, text, text, text, text, text, bytea, text) AS {statement}"
        )
    }

    /// Records a migration as applied by the prepared statement.
    #[must_use]
    pub fn apply_prepared(&self, migration: &Migration<'_>) -> String {
        format!("EXECUTE {PREPARED} ({})", self.values(migration).join(", "))
    }

    /// What differs from one migration to the next, as SQL literals.
    pub(super) fn values(&self, migration: &Migration<'_>) -> [String; 9] {
        let (down, irreversible) = match migration.down {
            Down::Absent => (None, None),
            Down::Irreversible(reason) => (None, Some(reason)),
            Down::Script(script) => (Some(script), None),
        };
        let checksum = match self.location.width {
            Width::Eight => migration.checksum,
            Width::Four => migration.checksum_of_four_bytes(),
        };
        [
            migration.version.to_string(),
            Literal(migration.name).to_string(),
            Literal(&checksum.to_string()).to_string(),
            Literal(&hex(&migration.up.sha256)).to_string(),
            Nullable(down.map(|script| script.file)).to_string(),
            Nullable(down.map(|script| script.sql)).to_string(),
            Nullable(down.map(|script| script.mode.word())).to_string(),
            down.map_or_else(
                || "NULL".to_owned(),
                |script| Bytes(script.statements.table()).to_string(),
            ),
            Nullable(irreversible).to_string(),
        ]
    }

    /// Stamping corrects the record of a changed file; everything else must never meet one.
    pub(super) const fn on_conflict(action: Action) -> &'static str {
        match action {
            Action::Stamp => {
                " ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum"
            }
            Action::Apply
            | Action::Baseline
            | Action::Adopt
            | Action::Revert
            | Action::Skip
            | Action::Unstamp
            | Action::Repeat => "",
        }
    }

    fn apply_with(&self, action: Action, values: &[String; 9]) -> String {
        let [
            version,
            name,
            checksum,
            sha256,
            down_file,
            down_sql,
            down_mode,
            statements,
            irreversible,
        ] = values;
        let conflict = Self::on_conflict(action);
        format!(
            "WITH recorded AS (INSERT INTO {history} (version, name, applied_on, checksum) \
             VALUES ({version}, {name}, pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', \
             'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), {checksum}){conflict} RETURNING version) \
             INSERT INTO {journal} (run, action, version, name, sha256, down_file, down_sql, down_mode, \
             down_statements, irreversible, started_at, transaction_id, binary_version, bundle) \
             SELECT {run}, '{action}', version, {name}, {sha256}, {down_file}, {down_sql}, {down_mode}, \
             {statements}, {irreversible}, {started}, {transaction}, {binary}, {bundle} FROM recorded {TOOK}",
            history = self.location.table(HISTORY),
            journal = self.location.table(JOURNAL),
            run = self.checked_run(),
            action = action.word(),
            started = Self::started(),
            transaction = Self::checked_transaction(),
            binary = self.binary,
            bundle = self.bundle,
        )
    }

    /// Removes a version from the history and says so in the journal, by one statement.
    /// It fails when the row is not there, because the journal refuses an empty version.
    #[must_use]
    pub fn revert(&self, action: Action, label: Label<'_>) -> String {
        format!(
            "WITH gone AS (DELETE FROM {} WHERE version OPERATOR(pg_catalog.=) {} RETURNING version) \
             INSERT INTO {} (run, action, version, name, started_at, transaction_id, binary_version, bundle) \
             SELECT {}, '{}', (SELECT version FROM gone), {}, {}, {}, {}, {} {}",
            self.location.table(HISTORY),
            Number(label.version),
            self.location.table(JOURNAL),
            self.checked_run(),
            action.word(),
            Literal(label.name),
            Self::started(),
            Self::checked_transaction(),
            self.binary,
            self.bundle,
            TOOK,
        )
    }

    /// Notes in the journal what a person said about a step.
    #[must_use]
    pub fn resolve(&self, version: i64, name: &str, said: &str) -> String {
        format!(
            "INSERT INTO {} (run, action, version, name, binary_version, bundle, error) \
             VALUES ({}, 'resolve', {version}, {}, {}, {}, {})",
            self.location.table(JOURNAL),
            self.run,
            Literal(name),
            self.binary,
            self.bundle,
            Literal(said),
        )
    }

    /// Notes a failure in the journal; the history is not touched.
    #[must_use]
    pub fn fail(&self, label: Label<'_>, sqlstate: Option<&str>, error: &str) -> String {
        format!(
            "INSERT INTO {} (run, action, version, name, binary_version, bundle, sqlstate, error) \
             VALUES ({}, 'fail', {}, {}, {}, {}, {}, {})",
            self.location.table(JOURNAL),
            self.run,
            Number(label.version),
            Literal(label.name),
            self.binary,
            self.bundle,
            Nullable(sqlstate),
            Literal(error),
        )
    }
}
