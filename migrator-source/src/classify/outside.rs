//! Which statements cannot run in a transaction, or perhaps not, and what they do outside one.
//!
//! Which names they mention is `names`.

use super::Outside;
use super::words::{Setting, Words};
use crate::folder::{Kind, Operation};

/// First words of statements that can never run in a transaction, and how messages call them.
const NEVER: [(&[&str], &str, Operation); 13] = [
    (&["VACUUM"], "VACUUM", Operation::Repeatable),
    (&["ALTER", "SYSTEM"], "ALTER SYSTEM", Operation::Repeatable),
    (
        &["CREATE", "DATABASE"],
        "CREATE DATABASE",
        Operation::CreateDatabase,
    ),
    (
        &["DROP", "DATABASE"],
        "DROP DATABASE",
        Operation::DropDatabase,
    ),
    (
        &["CREATE", "TABLESPACE"],
        "CREATE TABLESPACE",
        Operation::CreateTablespace,
    ),
    (
        &["DROP", "TABLESPACE"],
        "DROP TABLESPACE",
        Operation::DropTablespace,
    ),
    (
        &["CREATE", "INDEX", "CONCURRENTLY"],
        "CREATE INDEX CONCURRENTLY",
        Operation::CreateIndex,
    ),
    (
        &["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"],
        "CREATE INDEX CONCURRENTLY",
        Operation::CreateIndex,
    ),
    (
        &["DROP", "INDEX", "CONCURRENTLY"],
        "DROP INDEX CONCURRENTLY",
        Operation::DropIndex,
    ),
    (
        &["DROP", "SUBSCRIPTION"],
        "DROP SUBSCRIPTION",
        Operation::DropSubscription,
    ),
    (
        &["COMMIT", "PREPARED"],
        "COMMIT PREPARED",
        Operation::Opaque,
    ),
    (
        &["ROLLBACK", "PREPARED"],
        "ROLLBACK PREPARED",
        Operation::Opaque,
    ),
    (
        &["ALTER", "DATABASE", "*", "SET", "TABLESPACE"],
        "ALTER DATABASE … SET TABLESPACE",
        Operation::Repeatable,
    ),
];

/// First words of statements of which some cannot run in a transaction, but not by their text, and how they are run
/// outside one. A routine may commit, so it gets no transaction there.
const UNDECIDED: [(&[&str], Kind); 6] = [
    (&["CALL"], Kind::Alone(Operation::Opaque)),
    (&["DO"], Kind::Alone(Operation::Opaque)),
    (&["REINDEX"], Kind::Alone(Operation::Repeatable)),
    (&["CLUSTER"], Kind::Alone(Operation::Repeatable)),
    (&["REPACK"], Kind::Alone(Operation::Repeatable)),
    (&["ALTER", "TYPE"], Kind::Plain),
];

/// What a statement does that can never run in a transaction.
pub(super) fn never_in_a_transaction(words: Words<'_>) -> Option<Outside> {
    let listed = NEVER.iter().find(|(start, _, _)| words.begin_with(start));
    if let Some((_, called, operation)) = listed {
        return Some(Outside::new(called, *operation));
    }
    if words.is(0, "REINDEX") {
        return reindex(words);
    }
    if words.is(0, "CLUSTER") {
        let whole = words.after_options() >= words.tokens.len();
        return whole.then_some(Outside::new(
            "CLUSTER of every table",
            Operation::Repeatable,
        ));
    }
    if words.is(0, "REPACK") {
        let whole = words.after_options() >= words.tokens.len();
        let concurrently =
            words.option(1, "CONCURRENTLY") == Some(Setting::On) || words.is(1, "CONCURRENTLY");
        return (whole || concurrently).then_some(Outside::new("REPACK", Operation::Repeatable));
    }
    if words.begin_with(&["ALTER", "TABLE"]) {
        return detach(words);
    }
    if words.one_of(0, &["CREATE", "ALTER"]) && words.is(1, "SUBSCRIPTION") {
        return subscription(words);
    }
    None
}

/// How a statement is run outside a transaction of which the text does not say whether it could run in one.
pub(super) fn undecided(words: Words<'_>) -> Option<Kind> {
    let row = UNDECIDED.iter().find(|(start, _)| words.begin_with(start));
    row.map(|(_, kind)| *kind)
}

fn reindex(words: Words<'_>) -> Option<Outside> {
    let object = words.after_options();
    let listed = words.get(1) == "(" && words.option(1, "CONCURRENTLY") == Some(Setting::On);
    let concurrently = listed || words.is(object + 1, "CONCURRENTLY");
    let many = words.one_of(object, &["DATABASE", "SYSTEM", "SCHEMA"]);
    match (many, concurrently) {
        (true, true) => Some(Operation::ReindexMany),
        (true, false) => Some(Operation::Repeatable),
        (false, true) => Some(Operation::Reindex),
        (false, false) => None,
    }
    .map(|operation| {
        let called = if many {
            "REINDEX of a schema or database"
        } else {
            "REINDEX CONCURRENTLY"
        };
        Outside::new(called, operation)
    })
}

fn detach(words: Words<'_>) -> Option<Outside> {
    let last = words.tokens.len().checked_sub(1)?;
    let detaches = || (0..last).any(|at| words.is(at, "DETACH") && words.is(at + 1, "PARTITION"));
    // Behind a point every word is a name.
    let concurrently = words.is(last, "CONCURRENTLY") && words.get(last.saturating_sub(1)) != ".";
    (concurrently && detaches()).then_some(Outside::new(
        "DETACH PARTITION … CONCURRENTLY",
        Operation::DetachPartition,
    ))
}

fn subscription(words: Words<'_>) -> Option<Outside> {
    let off = |name| words.last_option(name) == Some(Setting::Off);
    if words.is(0, "CREATE") {
        let outside = Outside::new("CREATE SUBSCRIPTION", Operation::CreateSubscription);
        return (!off("connect") && !off("create_slot")).then_some(outside);
    }
    let touches = ["PUBLICATION", "REFRESH", "FAILOVER", "TWO_PHASE"];
    let any = touches.iter().any(|word| words.position(word).is_some());
    // A publication cannot be added or dropped twice.
    let changes = |at| words.one_of(at, &["ADD", "DROP"]) && words.is(at + 1, "PUBLICATION");
    let operation = if (0..words.tokens.len()).any(changes) {
        Operation::Opaque
    } else {
        Operation::Repeatable
    };
    (any && !off("refresh")).then_some(Outside::new("ALTER SUBSCRIPTION … REFRESH", operation))
}
