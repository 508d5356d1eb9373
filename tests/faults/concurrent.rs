//! Statements outside a transaction that wait for somebody's transaction when they are struck: each leaves something
//! half done, and the next run does the rest.

use std::process::Child;

use crate::state::{difference, state, unsound};
use crate::support::{Database, History};
use crate::trials::try_each;

/// A statement, and what somebody else does in a transaction that it waits for.
#[derive(Clone, Copy, Debug)]
struct Operation {
    statement: &'static str,
    other: &'static str,
}

const OPERATIONS: [Operation; 7] = [
    Operation {
        statement: "CREATE INDEX CONCURRENTLY t_id2 ON t (id, what)",
        other: "INSERT INTO t VALUES (-1)",
    },
    Operation {
        statement: "CREATE UNIQUE INDEX CONCURRENTLY t_once ON t ((id + 1)) WHERE id > 0",
        other: "INSERT INTO t VALUES (-1)",
    },
    Operation {
        statement: "DROP INDEX CONCURRENTLY t_id",
        other: "SELECT FROM t",
    },
    Operation {
        statement: "REINDEX INDEX CONCURRENTLY t_id",
        other: "INSERT INTO t VALUES (-1)",
    },
    Operation {
        statement: "REINDEX TABLE CONCURRENTLY t",
        other: "INSERT INTO t VALUES (-1)",
    },
    Operation {
        statement: "ALTER TABLE parts DETACH PARTITION parts_1 CONCURRENTLY",
        other: "SELECT FROM parts",
    },
    Operation {
        statement: "VACUUM t",
        other: "LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE",
    },
];

fn history(operation: Operation) -> History {
    let outside = format!(
        "-- migrator: no-transaction\nINSERT INTO t VALUES (1000);\n{};\nINSERT INTO t SELECT 1000 + count(*) FROM t;",
        operation.statement
    );
    History::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (id int, what text);\nINSERT INTO t SELECT generate_series(1, 100);\nCREATE INDEX t_id ON t (id);\n\
             CREATE TABLE parts (id int) PARTITION BY RANGE (id);\n\
             CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (100);\nINSERT INTO parts VALUES (1);",
        ),
        ("V2__outside.sql", &outside),
    ])
}

/// Strikes it while it waits; the next run ends where an undisturbed one would.
fn struck(operation: Operation, strike: impl Fn(&Database, &mut Child)) {
    let (expected, database, history) = (Database::fresh(), Database::fresh(), history(operation));
    history.up(&expected);
    history.run(&database, &["up", "1"]).exits(0);
    let mut other = database.connect();
    let sql = format!("BEGIN; {}", operation.other);
    other.batch_execute(&sql).expect("an open transaction");
    let mut running = history.call(&["up"]).on(&database).start();
    let at_it = format!(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND state = 'active' AND query LIKE '{}%'",
        operation.statement
    );
    database.until(&format!("{at_it} AND wait_event_type = 'Lock'"));
    strike(&database, &mut running);
    running.wait().expect("a child of ours");
    database.until(&format!("SELECT 1 WHERE NOT EXISTS ({at_it})"));
    other
        .batch_execute("ROLLBACK")
        .expect("an open transaction");
    let next = history.run(&database, &["up", "--lock-wait", "30s"]);
    assert_eq!(next.code, 0, "{next}");
    let wrong = unsound(&database).or_else(|| difference(&state(&expected), &state(&database)));
    assert!(wrong.is_none(), "{}\n{next}", wrong.unwrap_or_default());
}

#[test]
fn killed_while_a_statement_outside_a_transaction_waits() {
    try_each("killed while it waits", 3, &OPERATIONS, |operation| {
        struck(*operation, |_, running| {
            running.kill().expect("a child of ours");
        });
    });
}

#[test]
fn terminated_while_a_statement_outside_a_transaction_waits() {
    try_each("terminated while it waits", 3, &OPERATIONS, |operation| {
        struck(*operation, |database, _| {
            database.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
        });
    });
}

#[test]
fn cancelled_while_a_statement_outside_a_transaction_waits() {
    try_each("cancelled while it waits", 3, &OPERATIONS, |operation| {
        struck(*operation, |database, _| {
            database.run(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
        });
    });
}
