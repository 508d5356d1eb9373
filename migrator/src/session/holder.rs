//! The session that holds the lock, as people and programs read about it.

use std::fmt;

use crate::blocker::words;
use crate::history::Fields;

/// The session that holds the lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(serde::Serialize))]
pub struct Holder {
    /// Its process.
    pub pid: i32,
    /// Its role.
    pub role: String,
    /// Its `application_name`.
    pub application: String,
    /// The address it came from, or `this host`.
    pub client: String,
    /// What it does, such as `active`; empty when this role may not see that.
    pub state: String,
    /// Since when, RFC 3339, UTC; empty when this role may not see that.
    pub since: String,
    /// The first words of its last statement, without string constants.
    pub query: String,
}

/// Finds the holder among the rows of `pg_locks` that a condition selects.
pub(super) fn query(condition: &str) -> String {
    format!(
        "SELECT a.pid, a.usename, a.application_name, COALESCE(pg_catalog.host(a.client_addr), 'this host'), a.state, \
         pg_catalog.to_char(a.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), a.query \
         FROM (SELECT pid FROM pg_catalog.pg_locks WHERE {condition}) l \
         JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid LIMIT 1"
    )
}

/// Reads an answer to [`query`]. Without one, the holder has just ended.
pub(super) fn read(fields: &Fields) -> Holder {
    let text = |at: usize| fields.get(at).and_then(Option::clone).unwrap_or_default();
    Holder {
        pid: text(0).parse().unwrap_or_default(),
        role: text(1),
        application: text(2),
        client: text(3),
        state: text(4),
        since: text(5),
        query: words(&text(6)),
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a session that has just ended");
        }
        write!(f, "pid {} of role {}", self.pid, self.role)?;
        if !self.application.is_empty() {
            write!(f, " ({})", self.application)?;
        }
        write!(f, " from {}", self.client)?;
        if !self.state.is_empty() {
            write!(f, ", {}", self.state)?;
        }
        if let Some((_, time)) = self.since.split_once('T') {
            write!(f, " since {time}")?;
        }
        Ok(())
    }
}
