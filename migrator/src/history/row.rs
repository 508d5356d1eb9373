//! Rows of the history tables, read from their text fields. A row that somebody else wrote must not bring us down:
//! what cannot be read is empty, and then disagrees with the bundle.

use super::{Applied, Entry, Fields, Kept, Undoable};
use crate::bundle::Mode;
use crate::plan::Action;
use crate::quote::unhex;

/// Reads a row of [`read`](super::Location::read).
#[must_use]
pub fn read_applied(fields: &Fields) -> Applied {
    let field = |at: usize| fields.get(at).cloned().flatten().unwrap_or_default();
    Applied {
        version: field(0).parse().unwrap_or(i64::MIN),
        name: field(1),
        applied_on: field(2),
        checksum: field(3),
    }
}

/// Reads a row of [`read_undoable`](super::Location::read_undoable).
#[must_use]
pub fn read_undoable(fields: &Fields) -> Undoable {
    let field = |at: usize| fields.get(at).cloned().flatten();
    let kept = match (field(4), field(5), field(8)) {
        _ if field(9).as_deref() == Some(Action::Skip.word()) => Kept::Skipped,
        (_, _, Some(reason)) => Kept::Irreversible(reason),
        (Some(file), Some(sql), None) => Kept::Script {
            file,
            sql,
            mode: if field(6).as_deref() == Some("no-transaction") {
                Mode::NoTransaction
            } else {
                Mode::Transaction
            },
            statements: field(7).and_then(|text| unhex(&text)).unwrap_or_default(),
        },
        _ => Kept::Nothing,
    };
    Undoable {
        applied: read_applied(fields),
        kept,
    }
}

/// Reads a row of [`read_journal`](super::Location::read_journal).
#[must_use]
pub fn read_entry(fields: &Fields) -> Entry {
    let field = |at: usize| fields.get(at).cloned().flatten();
    let text = |at: usize| field(at).unwrap_or_default();
    let number = |at: usize| text(at).parse().unwrap_or_default();
    Entry {
        id: number(0),
        action: text(1),
        version: field(2).and_then(|text| text.parse().ok()),
        name: text(3),
        started_at: text(4),
        took_ms: text(5).parse().unwrap_or_default(),
        role: text(6),
        application: text(7),
        binary: text(8),
        sqlstate: field(9),
        error: field(10),
        detail: field(11),
    }
}
