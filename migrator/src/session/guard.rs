//! The locks of other tools, held while their history is read and adopted. All of them last as long as one
//! transaction, so that nothing stays locked when a runner dies. They are polled, as ours is.

use std::iter;
use std::time::{Duration, Instant};

use super::holder;
use super::lock::advisory;
use super::{Session, unexpected};
use crate::compose::BEGIN;
use crate::connect::jittered;
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::Fields;
use crate::interrupt::interrupted;
use crate::quote::Literal;
use crate::server_error::ServerError;

/// The longest pause between two attempts; half of it is the shortest.
const PAUSE: Duration = Duration::from_millis(1500);

/// What keeps another tool from migrating.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// Its name.
    pub tool: &'static str,
    /// The keys that its advisory lock may have.
    pub keys: Vec<i64>,
    /// The row that is its lock.
    pub row: Option<LockRow>,
    /// Its history, in SQL: nobody may write it.
    pub table: String,
}

/// A row that is a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockRow {
    /// Its table, in SQL.
    pub table: String,
    /// The condition under which somebody holds it.
    pub held: &'static str,
    /// An expression for who that is.
    pub holder: &'static str,
    /// The command that releases one whose holder is dead.
    pub release: &'static str,
}

impl Guard {
    /// The statements that keep the tool from migrating until the transaction ends, for one whose failures are tried
    /// again as a whole: who is in the way is waited for as long as for any lock.
    pub(crate) fn hold(&self) -> Vec<String> {
        let keys = self.keys.iter();
        let keys = keys.map(|key| format!("SELECT pg_catalog.pg_advisory_xact_lock({key})"));
        let row = self.row.iter().flat_map(|row| {
            let held = format!(
                "{} holds its lock; if nobody migrates with it any more, release it: {}",
                self.tool, row.release
            );
            [
                format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", row.table),
                format!(
                    "DO $migrator$ BEGIN IF EXISTS (SELECT FROM {} WHERE {}) THEN RAISE SQLSTATE '55P03' \
                     USING MESSAGE = {}; END IF; END $migrator$",
                    row.table,
                    row.held,
                    Literal(&held)
                ),
            ]
        });
        keys.chain(row).collect()
    }
}

/// What came of one attempt.
enum Attempt {
    Held,
    /// Somebody else holds one of the locks.
    Busy(String),
}

impl Session {
    /// Begins a transaction that holds the locks of another tool, or waits for them up to
    /// [`crate::Settings::lock_wait`]. Whoever calls it ends the transaction.
    pub(crate) fn begin_guarded(
        &mut self,
        guard: &Guard,
        observer: Observer<'_>,
    ) -> Result<(), Error> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(100);
        let mut told = String::new();
        while let Attempt::Busy(holder) = self.try_guard(guard)? {
            let left = self.settings.lock_wait.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(busy(guard, &holder, start.elapsed()));
            }
            if told != holder {
                observer(Event::LockHeld { holder: &holder });
                told = holder;
            }
            self.settings
                .interrupt
                .sleep(jittered(pause).min(left))
                .map_err(|_| interrupted("while waiting for another tool"))?;
            pause = (pause * 2).min(PAUSE);
        }
        Ok(())
    }

    /// Fails when somebody holds the row that is another tool's lock. Locks nothing.
    pub(crate) fn look_at_guard(&mut self, guard: &Guard) -> Result<(), Error> {
        let Some(row) = &guard.row else {
            return Ok(());
        };
        let sql = format!("SELECT {}, {} FROM {}", row.held, row.holder, row.table);
        let rows = self.rows("looking at the other tool's lock", Some(sql))?;
        match holder_of(&rows) {
            Some(holder) => Err(busy(guard, &holder, Duration::ZERO)),
            None => Ok(()),
        }
    }

    /// Ends a transaction of [`Self::begin_guarded`] without a trace.
    pub(crate) fn roll_back(&mut self) {
        if let Err(incomplete) = self.send("ROLLBACK") {
            log::debug!("rolling back failed: {}", incomplete.error.message());
        }
    }

    fn try_guard(&mut self, guard: &Guard) -> Result<Attempt, Error> {
        let keys = guard.keys.iter();
        let keys = keys.map(|key| format!("SELECT pg_catalog.pg_try_advisory_xact_lock({key})"));
        let row = guard.row.as_ref().map(|row| {
            format!(
                "SELECT {}, {} FROM {} FOR UPDATE NOWAIT",
                row.held, row.holder, row.table
            )
        });
        // First, because the row may be one that whoever takes the lock inserts.
        let before = guard.row.as_ref().map(|row| {
            format!(
                "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE NOWAIT",
                row.table
            )
        });
        let first: Vec<String> = iter::once(BEGIN.to_owned()).chain(before).collect();
        let passed = first.len();
        let table = format!("LOCK TABLE {} IN SHARE MODE NOWAIT", guard.table);
        let statements: Vec<String> = first
            .into_iter()
            .chain(keys)
            .chain(row)
            .chain([table])
            .collect();
        let sql = statements.join("; ");
        let mut results = match self.connection.query(&sql) {
            Ok(results) => results.into_iter().skip(passed),
            Err(error) => {
                self.roll_back();
                return self.refused(guard, &error);
            }
        };
        let mut next = || results.next().unwrap_or_default();
        for key in &guard.keys {
            if next().first().and_then(|row| row.first()) != Some(&Some("t".to_owned())) {
                self.roll_back();
                return self.busy_with(&advisory(*key));
            }
        }
        if guard.row.is_some()
            && let Some(holder) = holder_of(&next())
        {
            self.roll_back();
            return Ok(Attempt::Busy(holder));
        }
        Ok(Attempt::Held)
    }

    /// A table or a row that is locked by somebody is no error yet.
    fn refused(&mut self, guard: &Guard, error: &ServerError) -> Result<Attempt, Error> {
        match error.sqlstate() {
            Some("55P03") => {
                let row = guard.row.as_ref().map(|row| row.table.as_str());
                let tables = iter::once(guard.table.as_str()).chain(row);
                let tables: Vec<String> = tables
                    .map(|table| format!("{}::regclass", Literal(table)))
                    .collect();
                self.busy_with(&format!(
                    "locktype = 'relation' AND granted AND pid <> pg_catalog.pg_backend_pid() \
                     AND relation IN ({}) AND mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')",
                    tables.join(", ")
                ))
            }
            Some("42501") => Err(
                unexpected("locking the other tool's history", error).with_hint(format!(
                    "Connect as the role that {} uses, or as the owner of {}.",
                    guard.tool, guard.table
                )),
            ),
            _ => Err(unexpected("locking the other tool's history", error)),
        }
    }

    fn busy_with(&mut self, condition: &str) -> Result<Attempt, Error> {
        let rows = self.rows(
            "looking for the holder of the other tool's lock",
            Some(holder::query(condition)),
        )?;
        let holder = rows
            .first()
            .map_or_else(holder::Holder::default, holder::read);
        Ok(Attempt::Busy(holder.to_string()))
    }
}

/// Who holds a lock that is a row.
fn holder_of(rows: &[Fields]) -> Option<String> {
    let held = rows
        .iter()
        .find(|row| row.first() == Some(&Some("t".to_owned())))?;
    Some(held.get(1).cloned().flatten().unwrap_or_default())
}

fn busy(guard: &Guard, holder: &str, waited: Duration) -> Error {
    let hint = match &guard.row {
        Some(row) => format!(
            "Wait longer with `--lock-wait 30min`; if nobody migrates with {} any more, release it: `{}`.",
            guard.tool, row.release
        ),
        None => format!(
            "Stop what migrates with {}, or wait longer with `--lock-wait 30min`.",
            guard.tool
        ),
    };
    Error::new(Kind::Lock, format!("{} holds its lock", guard.tool))
        .with_detail(format!(
            "It is {holder}; waited for {} seconds.",
            waited.as_secs()
        ))
        .with_hint(hint)
}
