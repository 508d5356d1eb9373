//! What a script that runs outside a transaction has done so far: one row a step, each transition committed.
//!
//! A statement that cannot share a transaction with its record is noted before it is sent and after it ended. A row
//! that says `started` is therefore one whose statement may or may not have taken effect; how that is found out is
//! `run::doubt`. A row is open until its migration is recorded, and then keeps the journal's number.

use super::{Fields, JOURNAL, Location, Presence, Recorder, STEPS};
use crate::plan::{Action, Step};
use crate::quote::{Literal, Nullable};

/// What identifies a step, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepKey<'a> {
    /// `Apply` or `Revert`.
    pub action: Action,
    /// The version concerned.
    pub version: i64,
    /// The number of the step in its script, from 1.
    pub number: usize,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: &'a str,
    /// What it does, in one word.
    pub kind: &'a str,
    /// What it does it to, as the file names it.
    pub object: Option<&'a str>,
}

/// What is to be noted about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// It is about to be sent.
    Started,
    /// It took effect.
    Done,
    /// The server refused it. A step that is noted as done stays so.
    Failed {
        /// SQLSTATE, when there is one.
        sqlstate: Option<&'a str>,
        /// The server's message.
        error: &'a str,
    },
    /// A person wants it to be run again, whatever is noted of it.
    Again {
        /// What the person said.
        said: &'a str,
    },
}

/// How far a step is, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was sent; what became of it is not recorded.
    Started,
    /// It took effect.
    Done,
    /// The server refused it, or a person wants it to be run again.
    Failed,
    /// A word of a newer version, or of somebody else.
    Unknown(String),
}

/// A recorded step of a migration that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenStep {
    /// `apply` or `revert`.
    pub action: String,
    /// The version concerned.
    pub version: i64,
    /// The number of the step in its script, from 1.
    pub number: usize,
    /// SHA-256 of its text, in hexadecimal digits.
    pub sha256: String,
    /// What it does, in one word.
    pub kind: String,
    /// What it does it to.
    pub object: Option<String>,
    /// How far it is.
    pub state: State,
    /// The server process that ran it.
    pub backend_pid: i64,
    /// When it was sent, RFC 3339, UTC.
    pub started_at: String,
}

impl OpenStep {
    /// Whether it belongs to a step of a plan.
    #[must_use]
    pub fn is_of(&self, step: &Step<'_>) -> bool {
        step.version == Some(self.version) && self.action == step.action().word()
    }
}

impl State {
    /// The word in the table.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown(word) => word,
        }
    }
}

impl Mark<'_> {
    const fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Done => "done",
            Self::Failed { .. } | Self::Again { .. } => "failed",
        }
    }
}

impl Location {
    /// Reads the steps of unfinished migrations, in order; `None` when there is no table of steps.
    #[must_use]
    pub fn read_open_steps(&self) -> Option<String> {
        (self.tables.steps == Presence::Present).then(|| {
            format!(
                "SELECT action, version, step, sha256, kind, object, state, backend_pid, \
                 pg_catalog.to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') \
                 FROM {} WHERE journal_id IS NULL ORDER BY version, action, step",
                self.table(STEPS)
            )
        })
    }
}

/// Reads a row of [`Location::read_open_steps`].
#[must_use]
pub fn read_open_step(fields: &Fields) -> OpenStep {
    let field = |at: usize| fields.get(at).cloned().flatten();
    let text = |at: usize| field(at).unwrap_or_default();
    OpenStep {
        action: text(0),
        version: text(1).parse().unwrap_or(i64::MIN),
        number: text(2).parse().unwrap_or_default(),
        sha256: text(3),
        kind: text(4),
        object: field(5),
        state: match text(6).as_str() {
            "started" => State::Started,
            "done" => State::Done,
            "failed" => State::Failed,
            other => State::Unknown(other.to_owned()),
        },
        backend_pid: text(7).parse().unwrap_or_default(),
        started_at: text(8),
    }
}

impl Recorder {
    /// Notes how far a step is, if the lock is still ours: whoever has it now runs the same steps.
    #[must_use]
    pub fn mark(&self, key: &StepKey<'_>, mark: Mark<'_>) -> String {
        let (sqlstate, error) = match mark {
            Mark::Failed { sqlstate, error } => (sqlstate, Some(error)),
            Mark::Again { said } => (None, Some(said)),
            Mark::Started | Mark::Done => (None, None),
        };
        let finished = match mark {
            Mark::Started => "NULL",
            Mark::Done | Mark::Failed { .. } | Mark::Again { .. } => "pg_catalog.clock_timestamp()",
        };
        // A step that is tried again begins anew; one that ends keeps the time at which it began.
        let started = match mark {
            Mark::Started => "excluded.started_at",
            Mark::Done | Mark::Failed { .. } | Mark::Again { .. } => "step.started_at",
        };
        let unless = match mark {
            Mark::Failed { .. } => " WHERE step.state OPERATOR(pg_catalog.<>) 'done'",
            Mark::Started | Mark::Done | Mark::Again { .. } => "",
        };
        format!(
            "INSERT INTO {table} AS step (run, action, version, step, sha256, kind, object, state, backend_start, \
             started_at, finished_at, sqlstate, error) \
             SELECT {run}, '{action}', {version}, {number}, {sha256}, {kind}, {object}, '{state}', \
             (SELECT backend_start FROM pg_catalog.pg_stat_activity \
             WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()), \
             pg_catalog.now(), {finished}, {sqlstate}, {error} \
             ON CONFLICT (version, action, step) WHERE journal_id IS NULL DO UPDATE SET run = excluded.run, \
             sha256 = excluded.sha256, kind = excluded.kind, object = excluded.object, state = excluded.state, \
             backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, started_at = {started}, \
             finished_at = excluded.finished_at, sqlstate = excluded.sqlstate, error = excluded.error{unless}",
            table = self.location().table(STEPS),
            run = self.checked_run(),
            action = key.action.word(),
            version = key.version,
            number = key.number,
            sha256 = Literal(key.sha256),
            kind = Literal(key.kind),
            object = Nullable(key.object),
            state = mark.word(),
            sqlstate = Nullable(sqlstate),
            error = Nullable(error),
        )
    }

    /// Closes the steps of a version: its record, in the same transaction, stands for them now.
    #[must_use]
    pub fn close_steps(&self, version: i64) -> String {
        format!(
            "UPDATE {} SET journal_id = (SELECT pg_catalog.max(id) FROM {} \
             WHERE version OPERATOR(pg_catalog.=) {version}) \
             WHERE version OPERATOR(pg_catalog.=) {version} AND journal_id IS NULL",
            self.location().table(STEPS),
            self.location().table(JOURNAL),
        )
    }
}
