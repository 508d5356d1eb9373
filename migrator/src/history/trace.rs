//! What tells that a database without rows in the history is ours all the same: its journal.

use super::{JOURNAL, Location, Presence};

impl Location {
    /// Asks whether the journal holds anything that was done here; `None` when there is none. A failure is no sign:
    /// it was rolled back.
    #[must_use]
    pub fn read_trace(&self) -> Option<String> {
        (self.tables.journal == Presence::Present).then(|| {
            format!(
                "SELECT EXISTS (SELECT FROM {} WHERE action NOT IN ('fail', 'resolve'))",
                self.table(JOURNAL)
            )
        })
    }
}
