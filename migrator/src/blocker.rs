//! A session that blocks one of ours, as people and programs read about it.

use std::fmt;
use std::time::Duration;

/// A session that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocker {
    /// Its process; 0 is a prepared transaction.
    pub(crate) pid: i32,
    /// Its `application_name`.
    pub(crate) application: String,
    /// Its role.
    pub(crate) role: String,
    /// What it does, such as `idle in transaction`; empty when this role may not see that.
    pub(crate) state: String,
    /// For how long.
    pub(crate) state_for: Option<Duration>,
    /// How long its transaction is open.
    pub(crate) transaction_for: Option<Duration>,
    /// The first words of its last statement, without string constants.
    pub(crate) query: String,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a prepared transaction");
        }
        write!(f, "pid {} of role {}", self.pid, self.role)?;
        if !self.application.is_empty() {
            write!(f, " ({})", self.application)?;
        }
        if !self.state.is_empty() {
            write!(f, ", {}", self.state)?;
        }
        if let Some(time) = self.state_for {
            write!(f, " for {} s", time.as_secs())?;
        }
        if let Some(time) = self.transaction_for {
            write!(f, ", its transaction open for {} s", time.as_secs())?;
        }
        if !self.query.is_empty() {
            write!(f, ": {}", self.query)?;
        }
        Ok(())
    }
}
