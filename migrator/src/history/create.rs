//! The statements that create the history tables. What is written into them is `record` and `step`.

use super::{HISTORY, JOURNAL, Location, Presence, STEPS};

/// What the comment on the journal says before the number of its format.
pub(super) const FORMAT: &str = "migrator journal, format ";

impl Location {
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
             action text NOT NULL, version bigint CHECK (version IS NOT NULL OR action IN ('repeat', 'skip', 'fail')), \
             name text NOT NULL, sha256 text, down_file text, down_sql text, down_mode text, down_statements bytea, irreversible text, \
             started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
             finished_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), \
             transaction_id xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(), \
             role text NOT NULL DEFAULT session_user, \
             application text NOT NULL DEFAULT pg_catalog.current_setting('application_name'), \
             client text DEFAULT pg_catalog.host(pg_catalog.inet_client_addr()), \
             binary_version text NOT NULL, bundle text NOT NULL, sqlstate text, error text, detail jsonb); \
             COMMENT ON TABLE {table} IS '{FORMAT}1'",
            table = self.table(JOURNAL)
        );
        let steps = format!(
            "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run text NOT NULL, \
             action text NOT NULL, version bigint NOT NULL, step integer NOT NULL, sha256 text NOT NULL, \
             kind text NOT NULL, object text, state text NOT NULL, \
             backend_pid integer NOT NULL DEFAULT pg_catalog.pg_backend_pid(), backend_start timestamptz, \
             started_at timestamptz NOT NULL, finished_at timestamptz, sqlstate text, error text, journal_id bigint); \
             CREATE UNIQUE INDEX ON {table} (version, action, step) WHERE journal_id IS NULL",
            table = self.table(STEPS)
        );
        let missing: Vec<String> = [
            (self.tables.history, history),
            (self.tables.journal, journal),
            (self.tables.steps, steps),
        ]
        .into_iter()
        .filter(|(presence, _)| *presence == Presence::Absent)
        .map(|(_, sql)| sql)
        .collect();
        (!missing.is_empty()).then(|| missing.join("; "))
    }
}
