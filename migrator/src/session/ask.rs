//! Questions that may go wrong: read-only, limited in time, and rolled back.

#[cfg(feature = "serve")]
use super::Settled;
use super::{Session, unexpected};
use crate::error::Error;
use crate::event::Observer;
use crate::foreign::detect::{candidates, read_candidate};
use crate::foreign::remains::{belongs, remains};
use crate::history::Fields;
#[cfg(feature = "serve")]
use crate::history::{self, Entry};
use crate::quote::Literal;
use crate::snapshot::{Scope, Snapshot};

/// The rows of each query, or what the server said of the first one that failed.
pub(crate) type Asked = Result<Vec<Vec<Fields>>, String>;

impl Session {
    /// The tables that other tools' histories have left.
    pub(crate) fn remains(&mut self) -> Result<Vec<String>, Error> {
        let ours = self.probe.location.schema.clone();
        let rows = self.rows("looking for other tools' histories", Some(candidates()))?;
        let tables: Vec<_> = rows.iter().map(read_candidate).collect();
        Ok(remains(&tables, &ours))
    }

    /// The schema as it is now, without what other tools' histories have left in it.
    pub(crate) fn own_snapshot(
        &mut self,
        scope: &Scope,
        observer: Observer<'_>,
    ) -> Result<Snapshot, Error> {
        let mut found = self.snapshot(scope, observer)?;
        let left = self.remains()?;
        found
            .objects
            .retain(|object| !belongs(&left, &object.kind, &object.name));
        Ok(found)
    }

    /// Reads what was done last, oldest first; `None` where the role may not read the journal.
    #[cfg(feature = "serve")]
    pub(crate) fn newest(&mut self) -> Result<Option<Vec<Entry>>, Error> {
        let sql = self.probe.location.read_newest();
        let rows = self.visible_rows("reading the journal", sql)?;
        Ok(rows.map(|rows| rows.iter().map(history::read_entry).collect()))
    }

    /// Waits for a lock no longer than this from now on. The session of a pool belongs to others too, and stays as it is.
    #[cfg(feature = "serve")]
    pub(crate) fn bound(&mut self, lock_timeout: &str) -> Result<(), Error> {
        if self.settled != Settled::Settled {
            return Ok(());
        }
        let sql = format!("SET lock_timeout = {}", Literal(lock_timeout));
        self.send(&sql)
            .map_err(|incomplete| unexpected("limiting the session", &incomplete.error))
    }

    /// Asks queries that somebody else wrote, by one message.
    pub(crate) fn ask(&mut self, queries: &[String], limit: &str) -> Result<Asked, Error> {
        let sql = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; \
             SELECT pg_catalog.set_config('statement_timeout', {limit}, true), \
             pg_catalog.set_config('lock_timeout', {limit}, true); {}; ROLLBACK",
            queries.join("; "),
            limit = Literal(limit),
        );
        match self.connection.query(&sql) {
            // The first two answers are those of BEGIN and of the limits.
            Ok(results) => Ok(Ok(results
                .into_iter()
                .skip(2)
                .take(queries.len())
                .collect())),
            Err(error) if error.is_final() => Err(unexpected("looking at the database", &error)),
            Err(error) => {
                self.send("ROLLBACK").map_err(|incomplete| {
                    unexpected("looking at the database", &incomplete.error)
                })?;
                Ok(Err(error.message()))
            }
        }
    }
}
