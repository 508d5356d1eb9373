//! A connection that knows where its history is, and the lock.
//!
//! The lock and the steps share one session, so whoever holds the lock knows that no earlier runner is still
//! executing. The lock is always polled in autocommit: a session that is blocked in `pg_advisory_lock` holds a
//! snapshot, and deadlocks with `CREATE INDEX CONCURRENTLY` of the holder.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::compose::SETTLE;
use crate::connect::{connect, jittered};
use crate::connection::{Connection, Incomplete};
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::{self, Applied, Entry, Fields, OpenStep, Probe, ServerRole, Undoable};
use crate::server_error::ServerError;
use crate::settings::Settings;

/// The oldest server that is supported: 13 brought `xid8` and `pg_current_xact_id`.
const OLDEST: u32 = 130_000;

/// One session with a server.
pub struct Session {
    pub(crate) connection: Connection,
    pub(crate) probe: Probe,
    settings: Settings,
}

/// Whether a session will write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reading only: a standby will do.
    Read,
    /// Migrations will run: a standby will not do.
    Write,
}

/// What came of waiting for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    /// This session holds it.
    Held,
    /// While waiting, another runner did all there was to do.
    Unneeded,
}

impl Session {
    /// Connects and finds the history. Reads only; creates nothing.
    pub fn open(
        settings: &Settings,
        purpose: Purpose,
        observer: Observer<'_>,
    ) -> Result<Self, Error> {
        let mut connection = connect(settings, observer)?;
        let rows = connection
            .query(&format!(
                "{SETTLE}; {}",
                history::probe(settings.history_schema.as_deref())
            ))
            .map_err(|error| unexpected("looking for the history", &error))?;
        let probe = history::read_probe(
            rows.last()
                .and_then(|rows| rows.first())
                .unwrap_or(&Fields::new()),
        )?;
        connection.watch(probe.backend_pid);
        if probe.version < OLDEST {
            return Err(Error::new(
                Kind::Usage,
                format!("PostgreSQL {} is too old", probe.version_text),
            )
            .with_hint("Version 13 is the oldest that is supported."));
        }
        if purpose == Purpose::Write && probe.role == ServerRole::Standby {
            return Err(Error::new(Kind::Connection, format!("{} is a read-only standby", settings.database.shown))
                .with_hint("Connect to the primary; with several hosts, add `target_session_attrs=read-write`."));
        }
        observer(Event::Connected {
            server: &settings.database.shown,
            database: &probe.database,
            version: &probe.version_text,
        });
        Ok(Self {
            connection,
            probe,
            settings: settings.clone(),
        })
    }

    /// What this session was told.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What this session knows about its server.
    #[must_use]
    pub const fn probe(&self) -> &Probe {
        &self.probe
    }

    /// Reads the history in order of version; empty when there is none yet.
    pub fn applied(&mut self) -> Result<Vec<Applied>, Error> {
        let sql = self.probe.location.read();
        Ok(self
            .rows("reading the history", sql)?
            .iter()
            .map(history::read_applied)
            .collect())
    }

    /// Reads the history in the order in which it was applied, with the kept down SQL.
    pub fn undoable(&mut self) -> Result<Vec<Undoable>, Error> {
        let sql = self.probe.location.read_undoable();
        Ok(self
            .rows("reading the history", sql)?
            .iter()
            .map(history::read_undoable)
            .collect())
    }

    /// Reads the journal, oldest first.
    pub fn journal(&mut self) -> Result<Vec<Entry>, Error> {
        let sql = self.probe.location.read_journal();
        Ok(self
            .rows("reading the journal", sql)?
            .iter()
            .map(history::read_entry)
            .collect())
    }

    /// Reads the steps of unfinished scripts outside a transaction.
    pub fn open_steps(&mut self) -> Result<Vec<OpenStep>, Error> {
        let sql = self.probe.location.read_open_steps();
        Ok(self
            .rows("reading the steps", sql)?
            .iter()
            .map(history::read_open_step)
            .collect())
    }

    fn rows(&mut self, doing: &str, sql: Option<String>) -> Result<Vec<Fields>, Error> {
        let Some(sql) = sql else {
            return Ok(Vec::new());
        };
        let mut results = self
            .connection
            .query(&sql)
            .map_err(|error| unexpected(doing, &error))?;
        Ok(results.pop().unwrap_or_default())
    }

    /// Looks again where the history is; another runner may have created it since.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let sql = history::probe(Some(&self.probe.location.schema));
        let rows = self.rows("looking for the history", Some(sql))?;
        self.probe = history::read_probe(rows.first().unwrap_or(&Fields::new()))?;
        Ok(())
    }

    /// Takes the lock, or waits for it up to [`Settings::lock_wait`].
    ///
    /// `needless` is asked after each vain attempt: when it answers `true`, nothing is left to do for us.
    pub(crate) fn lock(
        &mut self,
        observer: Observer<'_>,
        needless: &mut dyn FnMut(&mut Self) -> Result<bool, Error>,
    ) -> Result<Locked, Error> {
        let key = self.probe.location.lock_key;
        let start = Instant::now();
        let mut pause = Duration::from_millis(50);
        let mut told = String::new();
        while !self.says_true(
            "taking the lock",
            &format!("SELECT pg_catalog.pg_try_advisory_lock({key})"),
        )? {
            let holder = self.holder()?;
            if needless(self)? {
                return Ok(Locked::Unneeded);
            }
            let left = self.settings.lock_wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(Error::new(Kind::Lock, "another runner holds the lock")
                    .with_detail(format!(
                        "It is {holder}; waited for {} seconds.",
                        start.elapsed().as_secs()
                    ))
                    .with_hint(
                        "Wait longer with `--lock-wait 30min`, or find out what that session does.",
                    ));
            }
            if holder != told {
                observer(Event::LockHeld { holder: &holder });
                told = holder;
            }
            sleep(jittered(pause).min(left));
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        // A transaction pooler may have run the query on another server session than the next one will be.
        if self.says_true("proving the lock", &self.owns_lock())? {
            return Ok(Locked::Held);
        }
        Err(Error::new(Kind::Usage, "the lock cannot be held through this connection")
            .with_detail("A transaction pooler such as PgBouncer stands between: each query may run in another session.")
            .with_hint("Connect to the server itself, or to a pool in session mode."))
    }

    /// A query that is true while this very session holds the lock. The key of eight bytes stands in `pg_locks` as
    /// two halves (<https://www.postgresql.org/docs/current/view-pg-locks.html>).
    fn owns_lock(&self) -> String {
        format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {} AND pid = pg_catalog.pg_backend_pid())",
            self.lock_row()
        )
    }

    fn lock_row(&self) -> String {
        format!(
            "locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = (({key} >> 32) & 4294967295) \
             AND objid::bigint = ({key} & 4294967295) AND database = \
             (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
            key = format_args!("({}::bigint)", self.probe.location.lock_key),
        )
    }

    /// Who holds the lock, in one line.
    fn holder(&mut self) -> Result<String, Error> {
        let sql = format!(
            "SELECT pg_catalog.concat_ws(' ', 'pid', a.pid, 'of role', a.usename, \
             CASE WHEN a.application_name <> '' THEN '(' || a.application_name || ')' END, \
             'from ' || COALESCE(pg_catalog.host(a.client_addr), 'this host') || ',', a.state, \
             'since ' || pg_catalog.to_char(a.state_change AT TIME ZONE 'UTC', 'HH24:MI:SS\"Z\"')) \
             FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE {} LIMIT 1",
            self.lock_row()
        );
        let rows = self.rows("looking for the holder of the lock", Some(sql))?;
        let holder = rows
            .into_iter()
            .next()
            .and_then(|fields| fields.into_iter().next())
            .flatten();
        Ok(holder.unwrap_or_else(|| "a session that has just ended".to_owned()))
    }

    fn says_true(&mut self, doing: &str, sql: &str) -> Result<bool, Error> {
        let rows = self.rows(doing, Some(sql.to_owned()))?;
        Ok(rows.first().and_then(|fields| fields.first()) == Some(&Some("t".to_owned())))
    }

    /// Gives the lock back. The end of the session would do so too; a lock that is no longer ours is worth a warning.
    pub(crate) fn unlock(&mut self) {
        let key = self.probe.location.lock_key;
        match self.says_true(
            "releasing the lock",
            &format!("SELECT pg_catalog.pg_advisory_unlock({key})"),
        ) {
            Ok(true) => {}
            Ok(false) => log::warn!("the lock was no longer held when the run ended"),
            Err(error) => log::debug!("{error}"),
        }
    }

    /// Creates the history tables where they are missing. Only under the lock.
    pub(crate) fn create_history(&mut self) -> Result<(), Error> {
        self.refresh()?;
        let Some(sql) = self.probe.location.create() else {
            return Ok(());
        };
        let schema = self.probe.location.schema.clone();
        self.send(&format!("BEGIN READ WRITE; {sql}; COMMIT")).map_err(|incomplete| {
            let _ = self.send("ROLLBACK");
            let error = unexpected("creating the history tables", &incomplete.error);
            match incomplete.error.sqlstate() {
                Some("42501") => error.with_hint(format!(
                    "Grant it: `GRANT CREATE ON SCHEMA \"{schema}\" TO …`, or name another with `--history-schema`."
                )),
                Some("3F000") => error.with_hint(format!("Create it: `CREATE SCHEMA \"{schema}\"`.")),
                _ => error,
            }
        })?;
        self.refresh()
    }

    /// Sends statements whose answers do not matter.
    pub(crate) fn send(&mut self, sql: &str) -> Result<(), Incomplete> {
        self.connection.execute(sql, &mut |_| {})
    }
}

/// An error of the server where none belongs to any migration.
pub(crate) fn unexpected(doing: &str, error: &ServerError) -> Error {
    let kind = if error.is_final() {
        Kind::Connection
    } else {
        Kind::Usage
    };
    let failed = Error::new(kind, format!("{doing} failed: {}", error.message()));
    match error {
        ServerError::Answer(answer) => {
            let failed = answer
                .detail
                .iter()
                .fold(failed, |failed, detail| failed.with_detail(detail.clone()));
            match (&answer.hint, answer.sqlstate.as_str()) {
                (Some(hint), _) => failed.with_hint(hint.clone()),
                (None, "42501") => {
                    failed.with_hint("Grant the role what it lacks, or connect as one that has it.")
                }
                (None, _) => failed,
            }
        }
        ServerError::Lost(_) => failed
            .with_hint("Run it again: what is committed is recorded, and nothing else happened."),
    }
}
