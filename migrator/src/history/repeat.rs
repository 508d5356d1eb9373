//! What the journal knows about repeatables: when each was applied last, and from which text.
//!
//! refinery's table has no room for what has no version. Which of them run again is `repeat`.

use super::{Fields, JOURNAL, Location, Presence, Recorder};
use crate::bundle::Repeatable;
use crate::plan::Action;
use crate::quote::{Literal, hex};

/// The newest row of one repeatable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repetition {
    /// The number of the row: a greater one is newer.
    pub id: i64,
    /// The name.
    pub name: String,
    /// SHA-256 of the text, in hexadecimal digits.
    pub sha256: String,
    /// When, RFC 3339, UTC.
    pub applied_on: String,
    /// Whether something was undone after it.
    pub since: Since,
    /// What was done with it.
    pub done: Done,
}

/// What was done with a repeatable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was applied, or recorded as if it were.
    Applied,
    /// It was not run: it is not for the environment of that run.
    Skipped,
}

/// What happened after a repeatable was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Nothing that could have taken it away.
    Kept,
    /// A migration was undone, or its record removed.
    Undone,
}

impl Location {
    /// Reads the newest row of each repeatable, by name; `None` when there is no journal.
    #[must_use]
    pub fn read_repetitions(&self) -> Option<String> {
        (self.tables.journal == Presence::Present).then(|| {
            let journal = self.table(JOURNAL);
            format!(
                "SELECT DISTINCT ON (name) id, name, sha256, \
                 pg_catalog.to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), \
                 id OPERATOR(pg_catalog.<) (SELECT pg_catalog.max(id) FROM {journal} \
                 WHERE action IN ('revert', 'unstamp')), action OPERATOR(pg_catalog.=) 'skip' \
                 FROM {journal} WHERE version IS NULL AND action IN ('repeat', 'skip') ORDER BY name, id DESC"
            )
        })
    }
}

/// Reads a row of [`Location::read_repetitions`].
#[must_use]
pub fn read_repetition(fields: &Fields) -> Repetition {
    let field = |at: usize| fields.get(at).cloned().flatten().unwrap_or_default();
    Repetition {
        id: field(0).parse().unwrap_or_default(),
        name: field(1),
        sha256: field(2),
        applied_on: field(3),
        since: if field(4) == "t" {
            Since::Undone
        } else {
            Since::Kept
        },
        done: if field(5) == "t" {
            Done::Skipped
        } else {
            Done::Applied
        },
    }
}

impl Recorder {
    /// Records that a repeatable was applied.
    #[must_use]
    pub fn repeat(&self, repeatable: &Repeatable<'_>) -> String {
        format!(
            "INSERT INTO {} (run, action, name, sha256, started_at, transaction_id, binary_version, bundle) \
             SELECT {}, '{}', {}, {}, {}, {}, {}, {} {}",
            self.location.table(JOURNAL),
            self.checked_run(),
            Action::Repeat.word(),
            Literal(repeatable.name),
            Literal(&hex(&repeatable.script.sha256)),
            Self::started(),
            Self::checked_transaction(),
            self.binary,
            self.bundle,
            super::record::TOOK,
        )
    }

    /// Records that repeatables are there, without having run them; each with how that is known, as JSON.
    #[must_use]
    pub fn stamp_repeatables(&self, repeatables: &[(&Repeatable<'_>, &str)]) -> String {
        self.record_repeatables(Action::Repeat, repeatables)
    }

    /// Records that repeatables are not run, each with why, as JSON.
    #[must_use]
    pub fn skip_repeatables(&self, repeatables: &[(&Repeatable<'_>, &str)]) -> String {
        self.record_repeatables(Action::Skip, repeatables)
    }

    fn record_repeatables(
        &self,
        action: Action,
        repeatables: &[(&Repeatable<'_>, &str)],
    ) -> String {
        let rows: Vec<String> = repeatables
            .iter()
            .enumerate()
            .map(|(at, (it, detail))| {
                let sha256 = hex(&it.script.sha256);
                format!(
                    "({at}, {}, {}, {}::pg_catalog.jsonb)",
                    Literal(it.name),
                    Literal(&sha256),
                    Literal(detail)
                )
            })
            .collect();
        format!(
            "INSERT INTO {} (run, action, name, sha256, detail, started_at, transaction_id, binary_version, bundle) \
             SELECT (SELECT {}), '{}', name, sha256, detail, (SELECT {}), (SELECT {}), {}, {} \
             FROM (VALUES {}) AS given (at, name, sha256, detail) ORDER BY at",
            self.location.table(JOURNAL),
            self.checked_run(),
            action.word(),
            Self::started(),
            Self::checked_transaction(),
            self.binary,
            self.bundle,
            rows.join(", "),
        )
    }
}
