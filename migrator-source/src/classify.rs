//! What a statement is, by its words: plain, never in a transaction, transaction control, a `COPY`, or refused.
//!
//! The lists are what PostgreSQL 15 and 18 answer with SQLSTATE 25001. What only the data decides, such as `REINDEX`
//! of a partitioned table, is `Undecided`. Whether a class is allowed where it stands is `transaction`.

use crate::token::Token;

/// What a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Plain,
    /// Runs in a transaction or not, depending on what is in the database.
    Undecided,
    /// The server refuses it in a transaction; the name is how messages call it.
    NonTransactional(&'static str),
    /// `COPY … FROM stdin`.
    CopyIn,
    /// `COPY … TO stdout`.
    CopyOut,
    Control(Control),
    /// Would take the session apart that the runner works in.
    Refused(&'static str),
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

/// First words of statements that can never run in a transaction.
const NEVER: [(&[&str], &str); 13] = [
    (&["VACUUM"], "VACUUM"),
    (&["ALTER", "SYSTEM"], "ALTER SYSTEM"),
    (&["CREATE", "DATABASE"], "CREATE DATABASE"),
    (&["DROP", "DATABASE"], "DROP DATABASE"),
    (&["CREATE", "TABLESPACE"], "CREATE TABLESPACE"),
    (&["DROP", "TABLESPACE"], "DROP TABLESPACE"),
    (
        &["CREATE", "INDEX", "CONCURRENTLY"],
        "CREATE INDEX CONCURRENTLY",
    ),
    (
        &["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"],
        "CREATE INDEX CONCURRENTLY",
    ),
    (
        &["DROP", "INDEX", "CONCURRENTLY"],
        "DROP INDEX CONCURRENTLY",
    ),
    (&["DROP", "SUBSCRIPTION"], "DROP SUBSCRIPTION"),
    (&["COMMIT", "PREPARED"], "COMMIT PREPARED"),
    (&["ROLLBACK", "PREPARED"], "ROLLBACK PREPARED"),
    (
        &["ALTER", "DATABASE", "*", "SET", "TABLESPACE"],
        "ALTER DATABASE … SET TABLESPACE",
    ),
];

/// First words of statements of which some cannot run in a transaction, but not by their text.
const UNDECIDED: [&[&str]; 6] = [
    &["CALL"],
    &["DO"],
    &["REINDEX"],
    &["CLUSTER"],
    &["REPACK"],
    &["ALTER", "TYPE"],
];

/// The words of one statement: its tokens without comments.
#[derive(Clone, Copy)]
pub(crate) struct Words<'a> {
    pub(crate) sql: &'a str,
    pub(crate) tokens: &'a [Token],
}

impl<'a> Words<'a> {
    fn get(self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.sql[token.start..token.end])
    }

    fn is(self, at: usize, word: &str) -> bool {
        self.get(at).eq_ignore_ascii_case(word)
    }

    fn one_of(self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Whether these words begin the statement; `*` stands for any one.
    fn begin_with(self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(at, word)| *word == "*" || self.is(at, word))
    }

    fn position(self, word: &str) -> Option<usize> {
        (0..self.tokens.len()).find(|at| self.is(*at, word))
    }

    /// Where the parenthesis closes that opens at `at`.
    fn close(self, at: usize) -> usize {
        (at..self.tokens.len())
            .find(|at| self.get(*at) == ")")
            .unwrap_or(self.tokens.len())
    }

    /// What a list in parentheses says about a boolean option: `None` where it does not name it.
    fn option(self, open: usize, name: &str) -> Option<Setting> {
        let close = self.close(open);
        let at = (open..close).find(|at| self.is(*at, name))?;
        let value = if self.get(at + 1) == "=" {
            at + 2
        } else {
            at + 1
        };
        Some(if value < close {
            self.setting(value)
        } else {
            Setting::On
        })
    }

    /// A boolean value.
    fn setting(self, at: usize) -> Setting {
        let off = ["false", "off", "0", "no", "f", "n"];
        let word = self.get(at).trim_matches('\'');
        if off.iter().any(|off| word.eq_ignore_ascii_case(off)) {
            Setting::Off
        } else {
            Setting::On
        }
    }

    /// The last list in parentheses: where `WITH (…)` stands.
    fn last_option(self, name: &str) -> Option<Setting> {
        let open = (0..self.tokens.len()).rfind(|at| self.get(*at) == "(")?;
        self.option(open, name)
    }
}

/// What a boolean option or parameter is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    On,
    Off,
}

/// Says what a statement is.
pub(crate) fn classify(words: Words<'_>) -> Class {
    if let Some(name) = never_in_a_transaction(words) {
        return Class::NonTransactional(name);
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
    if UNDECIDED.iter().any(|start| words.begin_with(start)) {
        Class::Undecided
    } else {
        Class::Plain
    }
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

fn never_in_a_transaction(words: Words<'_>) -> Option<&'static str> {
    let first = words.get(0);
    if let Some((_, name)) = NEVER.iter().find(|(start, _)| words.begin_with(start)) {
        return Some(name);
    }
    if first.eq_ignore_ascii_case("REINDEX") {
        return reindex(words);
    }
    if first.eq_ignore_ascii_case("CLUSTER") {
        return (after_options(words) >= words.tokens.len()).then_some("CLUSTER of every table");
    }
    if first.eq_ignore_ascii_case("REPACK") {
        let whole = after_options(words) >= words.tokens.len();
        let concurrently =
            words.option(1, "CONCURRENTLY") == Some(Setting::On) || words.is(1, "CONCURRENTLY");
        return (whole || concurrently).then_some("REPACK");
    }
    if words.begin_with(&["ALTER", "TABLE"]) {
        return detach(words);
    }
    if words.one_of(0, &["CREATE", "ALTER"]) && words.is(1, "SUBSCRIPTION") {
        return subscription(words);
    }
    None
}

/// Where a command goes on after its options, as a list in parentheses or as the old `VERBOSE`.
fn after_options(words: Words<'_>) -> usize {
    match words.get(1) {
        "(" => words.close(1) + 1,
        word if word.eq_ignore_ascii_case("VERBOSE") => 2,
        _ => 1,
    }
}

fn reindex(words: Words<'_>) -> Option<&'static str> {
    let object = after_options(words);
    if words.one_of(object, &["DATABASE", "SYSTEM", "SCHEMA"]) {
        return Some("REINDEX of a schema or database");
    }
    let listed = words.get(1) == "(" && words.option(1, "CONCURRENTLY") == Some(Setting::On);
    (listed || words.is(object + 1, "CONCURRENTLY")).then_some("REINDEX CONCURRENTLY")
}

fn detach(words: Words<'_>) -> Option<&'static str> {
    let last = words.tokens.len().checked_sub(1)?;
    let detaches = || (0..last).any(|at| words.is(at, "DETACH") && words.is(at + 1, "PARTITION"));
    (words.is(last, "CONCURRENTLY") && detaches()).then_some("DETACH PARTITION … CONCURRENTLY")
}

fn subscription(words: Words<'_>) -> Option<&'static str> {
    let off = |name| words.last_option(name) == Some(Setting::Off);
    if words.is(0, "CREATE") {
        return (!off("connect") && !off("create_slot")).then_some("CREATE SUBSCRIPTION");
    }
    let touches = ["PUBLICATION", "REFRESH", "FAILOVER", "TWO_PHASE"];
    let any = touches.iter().any(|word| words.position(word).is_some());
    (any && !off("refresh")).then_some("ALTER SUBSCRIPTION … REFRESH")
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
