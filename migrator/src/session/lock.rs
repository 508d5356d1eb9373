//! The lock that every runner takes: waiting for it, proving it, giving it back, and who holds it.
//!
//! It is always polled in autocommit: a session that is blocked in `pg_advisory_lock` holds a snapshot, and deadlocks
//! with `CREATE INDEX CONCURRENTLY` of the holder. A runner that waits costs two short queries a second.

use std::time::{Duration, Instant};

use super::Session;
use super::holder::{self, Holder};
use crate::connect::jittered;
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::Fields;
use crate::interrupt::interrupted;
use crate::pooler;

/// The longest pause between two attempts; half of it is the shortest.
const PAUSE: Duration = Duration::from_millis(1500);
/// How often, at most, a waiting runner looks whether its work is done already.
const LOOK: Duration = Duration::from_secs(3);
/// How long a terminated session may take to end.
const END: Duration = Duration::from_secs(10);

/// What came of waiting for the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Locked {
    /// This session holds it.
    Held,
    /// While waiting, another runner did all there was to do.
    Unneeded,
}

impl Session {
    /// Takes the lock, or waits for it up to [`crate::Settings::lock_wait`].
    ///
    /// `needless` is asked while another session holds it: when it answers `true`, nothing is left to do for us.
    pub(crate) fn lock(
        &mut self,
        observer: Observer<'_>,
        needless: &mut dyn FnMut(&mut Self) -> Result<bool, Error>,
    ) -> Result<Locked, Error> {
        self.refuse_pooler()?;
        let start = Instant::now();
        let mut pause = Duration::from_millis(100);
        let mut told = None;
        let mut looked: Option<Instant> = None;
        while let Some(holder) = self.try_lock()? {
            let changed = told != Some(holder.pid);
            if changed || looked.is_none_or(|looked| looked.elapsed() >= LOOK) {
                if needless(self)? {
                    return Ok(Locked::Unneeded);
                }
                looked = Some(Instant::now());
            }
            let left = self.settings.lock_wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(Error::new(Kind::Lock, "another runner holds the lock")
                    .with_detail(format!(
                        "It is {holder}; waited for {} s.",
                        start.elapsed().as_secs()
                    ))
                    .with_hint(format!(
                        "Wait longer with `--lock-wait 30min`, or look at that session with `migrator{} unlock`.",
                        self.settings.schema_flag()
                    )));
            }
            if changed {
                observer(Event::LockHeld {
                    holder: &holder.to_string(),
                });
                told = Some(holder.pid);
            }
            self.settings
                .interrupt
                .sleep(jittered(pause).min(left))
                .map_err(|_| interrupted("while waiting for another runner"))?;
            pause = (pause * 2).min(PAUSE);
        }
        // A transaction pooler may have run the query on another server session than the next one will be.
        if self.says_true("proving the lock", &self.owns_lock())? {
            return Ok(Locked::Held);
        }
        Err(pooler::taking_turns())
    }

    /// Tries to take the lock. Who holds it, when somebody else does.
    fn try_lock(&mut self) -> Result<Option<Holder>, Error> {
        let sql = format!(
            "WITH attempt AS MATERIALIZED (SELECT pg_catalog.pg_try_advisory_lock({}) AS taken) \
             SELECT attempt.taken, holder.* FROM attempt LEFT JOIN LATERAL ({}) holder ON NOT attempt.taken",
            self.probe.location.lock_key,
            holder::query(&self.lock_row()),
        );
        let rows = self.rows("taking the lock", Some(sql))?;
        let mut fields = rows.into_iter().next().unwrap_or_default();
        if fields.first() == Some(&Some("t".to_owned())) {
            return Ok(None);
        }
        let fields = fields.split_off(fields.len().min(1));
        Ok(Some(holder::read(&fields)))
    }

    /// Who holds the lock, if anybody does.
    pub fn holder(&mut self) -> Result<Option<Holder>, Error> {
        let sql = holder::query(&self.lock_row());
        let rows = self.rows("looking for the holder of the lock", Some(sql))?;
        Ok(rows.first().map(holder::read))
    }

    /// Ends the session that holds the lock, and waits until it is gone. Whatever that session was doing in a
    /// transaction is rolled back.
    pub fn terminate(&mut self, holder: &Holder) -> Result<(), Error> {
        // It may have given the lock back since, and its pid may be another session's.
        let holds = format!("{} AND pid = {}", self.lock_row(), holder.pid);
        let sql = format!(
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_locks WHERE {holds}"
        );
        self.rows("terminating the holder of the lock", Some(sql)).map_err(|error| {
            if error.hint().is_some_and(|hint| hint.starts_with("Grant")) {
                error.with_hint(format!(
                    "Connect as role \"{}\", or as one that is a member of pg_signal_backend, or as a superuser.",
                    holder.role
                ))
            } else {
                error
            }
        })?;
        let held = format!("SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {holds})");
        let start = Instant::now();
        while self.says_true("looking for the holder of the lock", &held)? {
            if start.elapsed() >= END {
                return Err(Error::new(
                    Kind::Lock,
                    format!("the session with pid {} does not end", holder.pid),
                )
                .with_detail(format!("It was terminated {} seconds ago.", END.as_secs()))
                .with_hint("Look at it in pg_stat_activity, on the server."));
            }
            self.settings.interrupt.sleep(Duration::from_millis(100))?;
        }
        Ok(())
    }

    /// Gives the lock back, as often as it was taken: every record takes it once more. The end of the session would do
    /// so too.
    pub(crate) fn unlock(&mut self) {
        if let Err(incomplete) = self.send("SELECT pg_catalog.pg_advisory_unlock_all()") {
            log::debug!("releasing the lock failed: {}", incomplete.error.message());
        }
    }

    /// A query that is true while this very session holds the lock.
    fn owns_lock(&self) -> String {
        format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {} AND pid = pg_catalog.pg_backend_pid())",
            self.lock_row()
        )
    }

    fn lock_row(&self) -> String {
        advisory(self.probe.location.lock_key)
    }

    pub(super) fn says_true(&mut self, doing: &str, sql: &str) -> Result<bool, Error> {
        let rows: Vec<Fields> = self.rows(doing, Some(sql.to_owned()))?;
        Ok(rows.first().and_then(|fields| fields.first()) == Some(&Some("t".to_owned())))
    }
}

/// The row of an advisory lock that somebody holds: a key of eight bytes stands in `pg_locks` as two halves
/// (<https://www.postgresql.org/docs/current/view-pg-locks.html>).
pub(super) fn advisory(key: i64) -> String {
    format!(
        "locktype = 'advisory' AND granted AND objsubid = 1 AND classid::bigint = (({key} >> 32) & 4294967295) \
         AND objid::bigint = ({key} & 4294967295) AND database = \
         (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
        key = format_args!("({key}::bigint)"),
    )
}
