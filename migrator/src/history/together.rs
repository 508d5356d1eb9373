//! The statements that write many records at once: a stamp, a baseline or an adoption is recorded as a whole or not at
//! all, and ten thousand rows take one statement.

use super::record::TOOK;
use super::{HISTORY, JOURNAL, Recorder, STEPS};
use crate::bundle::Migration;
use crate::plan::Action;
use crate::quote::{Literal, Nullable};

/// One record among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'r> {
    /// What is recorded.
    pub migration: &'r Migration<'r>,
    /// What the journal keeps beside it, as JSON.
    pub detail: Option<&'r str>,
}

impl Recorder {
    /// Records migrations in both tables, by one statement. It fails when there is nothing to record, and, unless they
    /// are stamped, when one of them is recorded already.
    #[must_use]
    pub fn record_all(&self, action: Action, records: &[Record<'_>]) -> String {
        let rows: Vec<String> = records
            .iter()
            .enumerate()
            .map(|(at, record)| self.row(at, record))
            .collect();
        let conflict = Self::on_conflict(action);
        format!(
            "WITH given (version, name, checksum, sha256, down_file, down_sql, down_mode, down_statements, \
             irreversible, detail) AS (VALUES {rows}), \
             recorded AS (INSERT INTO {history} (version, name, applied_on, checksum) \
             SELECT version, name, pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', \
             'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), checksum FROM given{conflict} RETURNING version) \
             INSERT INTO {journal} (run, action, version, name, sha256, down_file, down_sql, down_mode, \
             down_statements, irreversible, detail, started_at, transaction_id, binary_version, bundle) \
             SELECT (SELECT {run}), '{action}', given.version, given.name, sha256, down_file, down_sql, down_mode, \
             down_statements, irreversible, detail::pg_catalog.jsonb, (SELECT {started}), (SELECT {transaction}), {binary}, {bundle} \
             FROM given JOIN recorded ON recorded.version OPERATOR(pg_catalog.=) given.version \
             ORDER BY given.version{took}",
            // Only a baseline took time.
            took = if action == Action::Baseline {
                format!(" {TOOK}")
            } else {
                String::new()
            },
            rows = rows.join(", "),
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

    /// One row of `VALUES`; the first one says of which types they are.
    fn row(&self, at: usize, record: &Record<'_>) -> String {
        let [
            version,
            name,
            checksum,
            sha256,
            file,
            sql,
            mode,
            statements,
            irreversible,
        ] = self.values(record.migration);
        let detail = Nullable(record.detail);
        if at > 0 {
            return format!(
                "({version}, {name}, {checksum}, {sha256}, {file}, {sql}, {mode}, {statements}, {irreversible}, {detail})"
            );
        }
        let text = "::pg_catalog.text";
        format!(
            "({version}::pg_catalog.int8, {name}{text}, {checksum}{text}, {sha256}{text}, {file}{text}, {sql}{text}, \
             {mode}{text}, {statements}::pg_catalog.bytea, {irreversible}{text}, {detail}{text})"
        )
    }

    /// Removes versions from the history and says so in the journal, by one statement. It fails when one of them is
    /// not there, because the journal refuses an empty version.
    #[must_use]
    pub fn unstamp_all(&self, gone: &[(i64, &str)]) -> String {
        let rows: Vec<String> = gone
            .iter()
            .map(|(version, name)| format!("({version}::pg_catalog.int8, {})", Literal(name)))
            .collect();
        format!(
            "WITH given (version, name) AS (VALUES {rows}), gone AS (DELETE FROM {history} \
             WHERE version OPERATOR(pg_catalog.=) ANY (SELECT version FROM given) RETURNING version) \
             INSERT INTO {journal} (run, action, version, name, started_at, transaction_id, binary_version, bundle) \
             SELECT (SELECT {run}), '{action}', gone.version, given.name, (SELECT {started}), (SELECT {transaction}), {binary}, {bundle} \
             FROM given LEFT JOIN gone ON gone.version OPERATOR(pg_catalog.=) given.version \
             ORDER BY given.version DESC",
            rows = rows.join(", "),
            history = self.location.table(HISTORY),
            journal = self.location.table(JOURNAL),
            run = self.checked_run(),
            action = Action::Unstamp.word(),
            started = Self::started(),
            transaction = Self::checked_transaction(),
            binary = self.binary,
            bundle = self.bundle,
        )
    }

    /// Closes the steps of all these versions: their records, in the same transaction, stand for them now.
    #[must_use]
    pub fn close_steps_of(&self, versions: &[i64]) -> String {
        let versions: Vec<String> = versions.iter().map(i64::to_string).collect();
        format!(
            "UPDATE {steps} AS step SET journal_id = (SELECT pg_catalog.max(journal.id) FROM {journal} AS journal \
             WHERE journal.version OPERATOR(pg_catalog.=) step.version) \
             WHERE step.version IN ({versions}) AND step.journal_id IS NULL",
            steps = self.location.table(STEPS),
            journal = self.location.table(JOURNAL),
            versions = versions.join(", "),
        )
    }
}
