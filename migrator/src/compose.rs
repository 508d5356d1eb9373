//! The SQL that surrounds a migration: begin, limits, record, reset, commit. Pure; used by the run and by
//! `plan --sql`, so that both show the same.

use std::fmt::Write as _;

use crate::history::{Recorder, Scope};
use crate::plan::{Action, Step, Work};
use crate::quote::Literal;
use crate::settings::Settings;

/// Begins a transaction whatever the role's or database's defaults are.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// Ends it.
pub(crate) const COMMIT: &str = "COMMIT";

/// Undoes a change of role, so that the record is written by the role that connected.
pub(crate) const RESET_ROLE: [&str; 2] = ["RESET SESSION AUTHORIZATION", "RESET ROLE"];

/// Undoes what a file may have left in the session. `DISCARD ALL` would drop the lock too.
pub(crate) const RESET_SESSION: [&str; 5] = [
    "RESET ALL",
    "CLOSE ALL",
    "UNLISTEN *",
    "DEALLOCATE ALL",
    "DISCARD TEMP",
];

/// Whether a commit waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flush {
    /// It does, and so do all commits before it.
    Now,
    /// A later commit of this run will. A crash may lose this one, its effects and its record together.
    Later,
}

/// Composes the statements around a step.
pub(crate) struct Composer<'s> {
    pub(crate) settings: &'s Settings,
    pub(crate) recorder: Recorder,
    /// `server_version_num`.
    pub(crate) version: u32,
}

impl Composer<'_> {
    /// One statement that sets every limit for this transaction, and notes its id and the time.
    pub(crate) fn limits(&self, step: &Step<'_>, flush: Flush) -> String {
        format!(
            "{}, {}",
            self.record_limits(step, flush),
            Recorder::note_start(Scope::Transaction)
        )
    }

    /// The same without the time: for the record of a script that ran before this transaction began.
    pub(crate) fn record_limits(&self, step: &Step<'_>, flush: Flush) -> String {
        let mut sql = String::with_capacity(500);
        sql.push_str("SELECT ");
        let synchronous = match flush {
            Flush::Now => "on",
            Flush::Later => "off",
        };
        self.set(&mut sql, step, Scope::Transaction, synchronous);
        sql.push_str(&Recorder::note_transaction());
        sql
    }

    /// One statement that sets every limit for the session and notes the time, for statements outside a transaction.
    pub(crate) fn session_limits(&self, step: &Step<'_>) -> String {
        let mut sql = String::from("SELECT ");
        self.set(&mut sql, step, Scope::Session, "on");
        sql.push_str("pg_catalog.set_config('default_transaction_read_only', 'off', false), ");
        sql.push_str(&Recorder::note_start(Scope::Session));
        sql
    }

    fn set(&self, sql: &mut String, step: &Step<'_>, scope: Scope, synchronous: &str) {
        let limits = step
            .script()
            .map(|script| script.limits)
            .unwrap_or_default();
        let lock_timeout = match (limits.lock_timeout, scope) {
            (Some(limit), _) => limit,
            (None, Scope::Transaction) => &self.settings.lock_timeout,
            // CREATE INDEX CONCURRENTLY waits for every older transaction; a limit would leave an invalid index.
            (None, Scope::Session) => "0",
        };
        let statement_timeout = limits
            .statement_timeout
            .unwrap_or(&self.settings.statement_timeout);
        let mut settings = vec![
            ("lock_timeout", lock_timeout),
            ("statement_timeout", statement_timeout),
            ("synchronous_commit", synchronous),
            ("idle_in_transaction_session_timeout", "0"),
        ];
        if self.version >= 140_000 {
            // A server whose client has died notices within a second, and stops.
            settings.push(("client_connection_check_interval", "1s"));
        }
        if self.version >= 170_000 {
            settings.push(("transaction_timeout", "0"));
        }
        let local = scope.is_local();
        for (name, value) in settings {
            // Writing to a string cannot fail.
            let _ = write!(
                sql,
                "pg_catalog.set_config('{name}', {}, {local}), ",
                Literal(value)
            );
        }
    }

    /// The statement that records a step.
    pub(crate) fn record(&self, step: &Step<'_>) -> String {
        match step.work {
            Work::Apply(migration) => self.recorder.apply(Action::Apply, migration),
            Work::Stamp(migration) => self.recorder.apply(Action::Stamp, migration),
            Work::Revert(_) => self
                .recorder
                .revert(Action::Revert, step.version, step.name),
            Work::Unstamp => self
                .recorder
                .revert(Action::Unstamp, step.version, step.name),
        }
    }
}
