//! The SQL that surrounds a migration: begin, limits, record, reset, commit. Pure; used by the run and by
//! `plan --sql`, so that both show the same.

mod mirror;
mod together;

use std::fmt::Write as _;

use crate::bundle::{Limits, Mode, Script};
use crate::foreign::Mirror;
use crate::history::{Recorder, Scope};
use crate::plan::{Action, Plan, Step, Work};
use crate::quote::Literal;
use crate::settings::Settings;

pub(crate) use together::recording;

/// Begins a transaction whatever the role's or database's defaults are.
pub(crate) const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// Ends it.
pub(crate) const COMMIT: &str = "COMMIT";

/// Undoes what a file may have changed that the record depends on: it is written by the role that connected, and in
/// its own time.
pub(crate) const RESET_ROLE: [&str; 3] = [
    "RESET SESSION AUTHORIZATION",
    "RESET ROLE",
    "SET LOCAL statement_timeout = 0",
];

/// The same for a note in the journal, until its transaction ends: what the file has set goes on after it.
pub(crate) const JOURNAL_LOCAL: [&str; 5] = [
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "SET LOCAL ROLE NONE",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
    "SET LOCAL synchronous_commit = on",
];

/// Settles how a message is read, how long a query and an idle session may take, and how soon either side notices
/// that the other is gone, whatever the defaults of the role or the database are. `RESET ALL` brings those back, so
/// that every message ends with it. Older servers lack some of these.
pub(crate) const SETTLE: &str = "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES \
     ('statement_timeout', '0'), ('standard_conforming_strings', 'on'), ('lock_timeout', '0'), \
     ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'), ('transaction_timeout', '0'), \
     ('client_connection_check_interval', CASE WHEN pg_catalog.version() ~* '(windows|mingw|visual c|msvc|apple)' \
     THEN '0' ELSE '1s' END), ('tcp_keepalives_idle', '15'), ('tcp_keepalives_interval', '5'), \
     ('tcp_keepalives_count', '3'), ('tcp_user_timeout', '30s')) AS settled (name, value) \
     WHERE pg_catalog.current_setting(name, true) IS NOT NULL";

/// How often the server looks whether its client is still there. Where the operating system cannot tell, any other
/// value than 0 is an error
/// (<https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL>).
const CHECK_INTERVAL: &str = "CASE WHEN pg_catalog.version() OPERATOR(pg_catalog.~*) \
     '(windows|mingw|visual c|msvc|apple)' THEN '0' ELSE '1s' END";

/// Where a verify script begins, and what undoes it.
pub(crate) const BEFORE_VERIFY: &str = "SAVEPOINT migrator_verify";
pub(crate) const AFTER_VERIFY: [&str; 2] = [
    "ROLLBACK TO SAVEPOINT migrator_verify",
    "RELEASE SAVEPOINT migrator_verify",
];

/// Undoes what a file may have left in the session. `DISCARD ALL` would drop the lock too.
const RESET_SESSION: [&str; 4] = ["RESET ALL", "CLOSE ALL", "UNLISTEN *", "DISCARD TEMP"];
/// The same for prepared statements, ours included.
const RESET_PREPARED: &str = "DEALLOCATE ALL";
/// The name of the prepared statement that sets the limits.
const PREPARED: &str = "migrator_begin";

/// Whether the statements around a step are prepared once for a run, or parsed and planned each time.
///
/// For a thousand small migrations, parsing and planning them is a fifth of the server's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// Each time. Nothing to lose when a file drops prepared statements.
    Plain,
    /// Once.
    Prepared,
}

impl Preparation {
    /// What suits a plan: preparing costs a round trip, and a file that prepares statements itself needs a
    /// `DEALLOCATE ALL` after it.
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let many = plan.steps.len() > 2;
        if many
            && !plan.steps.iter().any(|step| {
                let mut scripts = step.scripts().chain(step.verify());
                scripts.any(|script| prepares(&script))
            })
        {
            Self::Prepared
        } else {
            Self::Plain
        }
    }
}

/// Whether a statement of a script begins with a word that makes or drops prepared statements.
fn prepares(script: &Script<'_>) -> bool {
    script.statements.iter().any(|statement| {
        let sql = script
            .sql
            .as_bytes()
            .get(statement.start..statement.end)
            .unwrap_or_default();
        [&b"PREPARE"[..], b"DEALLOCATE", b"DISCARD"]
            .iter()
            .any(|word| {
                sql.get(..word.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(word))
            })
    })
}

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
    pub(crate) preparation: Preparation,
    /// The versions of which steps are noted, by this run or an earlier one.
    pub(crate) unfinished: Vec<i64>,
    /// The other tool's table that is written too.
    pub(crate) mirror: Option<Mirror>,
}

impl Composer<'_> {
    /// One statement that sets every limit for this transaction, and notes its id and the time.
    pub(crate) fn limits(&self, step: &Step<'_>, flush: Flush) -> String {
        let own = step.limits() != Limits::default();
        if self.preparation == Preparation::Prepared && flush == Flush::Later && !own {
            return format!("EXECUTE {PREPARED}");
        }
        self.plain_limits(step, flush)
    }

    /// The same, whatever is prepared.
    pub(crate) fn plain_limits(&self, step: &Step<'_>, flush: Flush) -> String {
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

    /// The limit of a unit that runs in a transaction of its own, unless the file has set one.
    pub(crate) fn unit_limits(&self, step: &Step<'_>) -> String {
        let own = step
            .script()
            .and_then(|script| script.limits.lock_timeout)
            .unwrap_or(&self.settings.lock_timeout);
        format!(
            "SELECT pg_catalog.set_config('lock_timeout', {}, true) \
             WHERE pg_catalog.current_setting('lock_timeout') OPERATOR(pg_catalog.=) '0'",
            Literal(own)
        )
    }

    fn set(&self, sql: &mut String, step: &Step<'_>, scope: Scope, synchronous: &str) {
        let limits = step.limits();
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
            let _ = write!(
                sql,
                "pg_catalog.set_config('client_connection_check_interval', {CHECK_INTERVAL}, {}), ",
                scope.is_local()
            );
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

    /// The limits that a verify script sets for itself; the others are those of its migration.
    pub(crate) fn verify_limits(verify: &Script<'_>) -> Option<String> {
        let set = |name: &str, limit: Option<&str>| {
            limit.map(|limit| format!("pg_catalog.set_config('{name}', {}, true)", Literal(limit)))
        };
        let Limits {
            lock_timeout,
            statement_timeout,
        } = verify.limits;
        let limits: Vec<String> = [
            set("lock_timeout", lock_timeout),
            set("statement_timeout", statement_timeout),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!limits.is_empty()).then(|| format!("SELECT {}", limits.join(", ")))
    }

    /// What comes between two files of a baseline: each begins with the role and the `search_path` of the session,
    /// and with its own limits.
    pub(crate) fn between(&self, next: &Script<'_>) -> [String; 4] {
        let limits = next.limits;
        let lock = limits.lock_timeout.unwrap_or(&self.settings.lock_timeout);
        let statement = limits
            .statement_timeout
            .unwrap_or(&self.settings.statement_timeout);
        let [session, role, _] = RESET_ROLE.map(str::to_owned);
        [
            session,
            role,
            "RESET search_path".to_owned(),
            format!(
                "SELECT pg_catalog.set_config('lock_timeout', {}, true), \
                 pg_catalog.set_config('statement_timeout', {}, true)",
                Literal(lock),
                Literal(statement)
            ),
        ]
    }

    /// The statement that records a step.
    pub(crate) fn record(&self, step: &Step<'_>) -> String {
        match step.work {
            Work::Apply(migration) if self.preparation == Preparation::Prepared => {
                self.recorder.apply_prepared(migration)
            }
            _ => self.plain_record(step),
        }
    }

    /// The same, whatever is prepared.
    pub(crate) fn plain_record(&self, step: &Step<'_>) -> String {
        match step.work {
            Work::Apply(migration) => self.recorder.apply(Action::Apply, migration),
            Work::Baseline(baseline, covered) => self.baseline(baseline, covered),
            Work::Revert(_) => self.recorder.revert(Action::Revert, step.label()),
            Work::Repeat(repeatable) => self.recorder.repeat(repeatable),
            Work::Skip(_)
            | Work::Stamp(_)
            | Work::Adopt(..)
            | Work::Unstamp
            | Work::StampRepeatable(_)
            | Work::SkipRepeatable(_) => self
                .records(std::slice::from_ref(step))
                .into_iter()
                .map(|(_, sql)| sql)
                .collect(),
        }
    }

    /// The statement that closes what is noted of an unfinished script outside a transaction, where the record of a
    /// step stands for it.
    pub(crate) fn close_steps(&self, step: &Step<'_>) -> Option<String> {
        let version = step.version?;
        let noted = match step.work {
            Work::Apply(_) | Work::Revert(_) => {
                self.unfinished.contains(&version)
                    || step
                        .script()
                        .is_some_and(|script| script.mode == Mode::NoTransaction)
            }
            Work::Baseline(..) => false,
            Work::Skip(_)
            | Work::Stamp(_)
            | Work::Adopt(..)
            | Work::Unstamp
            | Work::Repeat(_)
            | Work::StampRepeatable(_)
            | Work::SkipRepeatable(_) => self.unfinished.contains(&version),
        };
        noted.then(|| self.recorder.close_steps(version))
    }

    /// The statements that prepare the others, for a plan's first step; `None` when nothing is prepared.
    pub(crate) fn prepare(&self, first: &Step<'_>) -> Option<String> {
        let anonymous = Step {
            work: Work::Unstamp,
            ..*first
        };
        (self.preparation == Preparation::Prepared).then(|| {
            format!(
                "{RESET_PREPARED}; PREPARE {PREPARED} AS {}; {}",
                self.plain_limits(&anonymous, Flush::Later),
                self.recorder.prepare_apply()
            )
        })
    }

    /// Brings the session back to where a script finds it, for one that is run again.
    pub(crate) fn anew(&self) -> String {
        let role = RESET_ROLE.into_iter().take(2);
        let all: Vec<&str> = role.chain(self.reset()).chain([SETTLE]).collect();
        all.join("; ")
    }

    /// The statements that reset the session after a step.
    pub(crate) fn reset(&self) -> impl Iterator<Item = &'static str> + use<> {
        let prepared = match self.preparation {
            Preparation::Plain => Some(RESET_PREPARED),
            Preparation::Prepared => None,
        };
        RESET_SESSION.into_iter().chain(prepared)
    }
}
