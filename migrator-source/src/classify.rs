//! What a statement is, by its words: plain, never in a transaction, transaction control, a `COPY`, or refused.
//!
//! The lists are what PostgreSQL 15 and 18 answer with SQLSTATE 25001. What only the data decides, such as `REINDEX`
//! of a partitioned table, is `Undecided`. Whether a class is allowed where it stands is `transaction`.

mod names;
mod outside;
mod words;

use std::ops::Range;

use crate::folder::{Kind, Operation};
pub(crate) use words::{Setting, Words};

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Plain,
    /// Runs in a transaction or not, depending on what is in the database; outside one it is run as this.
    Undecided(Kind),
    /// The server refuses it in a transaction.
    NonTransactional(Outside),
    /// `COPY … FROM stdin`.
    CopyIn,
    /// `COPY … TO stdout`.
    CopyOut,
    Control(Control),
    /// Would take the session apart that the runner works in.
    Refused(&'static str),
}

/// A statement that the server refuses in a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outside {
    /// How messages call it.
    pub(crate) called: &'static str,
    pub(crate) operation: Operation,
}

impl Outside {
    const fn new(called: &'static str, operation: Operation) -> Self {
        Self { called, operation }
    }
}

/// What a statement is, and the names that its operation needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Classified {
    pub(crate) class: Class,
    pub(crate) names: Vec<Range<usize>>,
}

/// Transaction control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Begin,
    /// With an isolation level or another mode.
    BeginWithMode,
    Commit,
    CommitAndChain,
    Rollback,
    /// `SAVEPOINT`, `RELEASE` and `ROLLBACK TO`.
    Savepoint,
    PrepareTransaction,
    /// `SET TRANSACTION` to a mode that a transaction takes only at its beginning, or that forbids it to write.
    SetTransaction,
}

/// Words of a `SET TRANSACTION` that asks for more than `READ WRITE` or `READ COMMITTED`.
const MODES: [&str; 6] = [
    "SERIALIZABLE",
    "REPEATABLE",
    "UNCOMMITTED",
    "ONLY",
    "DEFERRABLE",
    "SNAPSHOT",
];

/// Says what a statement is, and what it names.
pub(crate) fn classify(words: Words<'_>) -> Classified {
    let mut class = class(words);
    let mut names = Vec::new();
    if let Class::NonTransactional(outside) = &mut class {
        match names::names(words, outside.operation) {
            Some(found) => names = found,
            // Nothing could find out whether an operation took effect on it knows not what.
            None => outside.operation = Operation::Opaque,
        }
    }
    Classified { class, names }
}

fn class(words: Words<'_>) -> Class {
    if let Some(outside) = outside::never_in_a_transaction(words) {
        return Class::NonTransactional(outside);
    }
    if let Some(control) = control(words) {
        return Class::Control(control);
    }
    if words.begin_with(&["DISCARD", "ALL"]) {
        return Class::Refused("DISCARD ALL");
    }
    if words.begin_with(&["RESET", "ALL"]) {
        return Class::Refused("RESET ALL");
    }
    if words.begin_with(&["COPY"])
        && let Some(class) = copy(words)
    {
        return class;
    }
    outside::undecided(words).map_or(Class::Plain, Class::Undecided)
}

/// What a statement sets `standard_conforming_strings` to, if it does.
pub(crate) fn conforming_strings(words: Words<'_>) -> Option<Setting> {
    let name = if words.one_of(1, &["SESSION", "LOCAL"]) {
        2
    } else {
        1
    };
    if !words.one_of(0, &["SET", "RESET"]) || !words.is(name, "standard_conforming_strings") {
        return None;
    }
    Some(words.setting(name + 2))
}

fn control(words: Words<'_>) -> Option<Control> {
    // The noise words may stand after the first word, and mean nothing.
    let next = if words.one_of(1, &["WORK", "TRANSACTION"]) {
        2
    } else {
        1
    };
    let ends_here = words.tokens.len() <= next;
    let first = |word: &str| words.is(0, word);
    let begin = if ends_here {
        Control::Begin
    } else {
        Control::BeginWithMode
    };
    let chains = words.is(next, "AND") && words.is(next + 1, "CHAIN");
    if first("BEGIN") || (first("START") && words.is(1, "TRANSACTION")) {
        Some(begin)
    } else if first("COMMIT") || first("END") {
        Some(if chains {
            Control::CommitAndChain
        } else {
            Control::Commit
        })
    } else if first("ROLLBACK") && words.is(next, "TO") {
        Some(Control::Savepoint)
    } else if first("ROLLBACK") || first("ABORT") {
        Some(Control::Rollback)
    } else if first("SAVEPOINT") || first("RELEASE") {
        Some(Control::Savepoint)
    } else if words.begin_with(&["PREPARE", "TRANSACTION"]) {
        Some(Control::PrepareTransaction)
    } else if words.begin_with(&["SET", "TRANSACTION"])
        && MODES.iter().any(|mode| words.position(mode).is_some())
    {
        Some(Control::SetTransaction)
    } else {
        None
    }
}

/// A `COPY` that talks to the client; one from or to a file or a program of the server does not.
fn copy(words: Words<'_>) -> Option<Class> {
    let mut depth = 0_usize;
    for at in 0..words.tokens.len() {
        match words.get(at) {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            // The grammar takes either name in either direction.
            _ if depth > 0 || !words.one_of(at + 1, &["STDIN", "STDOUT"]) => {}
            word if word.eq_ignore_ascii_case("FROM") => return Some(Class::CopyIn),
            word if word.eq_ignore_ascii_case("TO") => return Some(Class::CopyOut),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
