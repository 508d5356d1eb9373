//! A script outside a transaction dies half-way, and the next command goes the other way: nothing is half done and
//! called done.

use std::time::Duration;

use crate::support::{Database, History};

/// Its second migration stops at the gate half-way, up and down.
fn gated() -> History {
    History::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (id int);\nCREATE TABLE gate AS SELECT 60 AS seconds;",
        ),
        ("V1__t.down.sql", "DROP TABLE gate;\nDROP TABLE t;"),
        (
            "V2__outside.sql",
            "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY first ON t (id);\nSELECT pg_sleep(seconds) FROM gate;\n\
             CREATE INDEX CONCURRENTLY second ON t (id);",
        ),
        (
            "V2__outside.down.sql",
            "-- migrator: no-transaction\nDROP INDEX CONCURRENTLY second;\nSELECT pg_sleep(seconds) FROM gate;\n\
             DROP INDEX CONCURRENTLY first;",
        ),
    ])
}

fn killed_at_the_gate(history: &History, database: &Database, arguments: &[&str]) {
    let mut running = history.call(arguments).on(database).start();
    database.until_it_sleeps();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
    database.run("UPDATE gate SET seconds = 0");
    std::thread::sleep(Duration::from_secs(2));
}

#[test]
fn half_applied_then_down_then_up() {
    let (database, history) = (Database::fresh(), gated());
    killed_at_the_gate(&history, &database, &["up"]);
    // Refused, or done; but what is recorded as applied afterwards must be there.
    let down = history.run(&database, &["down", "base", "--yes"]);
    database.run("CREATE TABLE IF NOT EXISTS gate AS SELECT 0 AS seconds");
    if down.code == 0 {
        database.run("DROP TABLE IF EXISTS gate");
        history.write(
            "V1__t.sql",
            "CREATE TABLE t (id int);\nCREATE TABLE gate AS SELECT 0 AS seconds;",
        );
    }
    let up = history.run(&database, &["up"]).exits(0);
    assert_eq!(database.applied(), [1, 2]);
    assert!(
        database.has("first") && database.has("second"),
        "recorded, and not there\n{down}\n{up}"
    );
}

#[test]
fn half_undone_is_not_called_applied() {
    let (database, history) = (Database::fresh(), gated());
    history.run(&database, &["up", "1"]).exits(0);
    database.run("UPDATE gate SET seconds = 0");
    history.run(&database, &["up"]).exits(0);
    database.run("UPDATE gate SET seconds = 60");
    killed_at_the_gate(&history, &database, &["down", "1"]);
    assert!(database.has("first") && !database.has("second"));
    // Nobody may say that all is well.
    let check = history.run(&database, &["check"]);
    assert_ne!(check.code, 0, "{check}");
    let up = history.run(&database, &["up"]);
    assert!(up.code != 0 || database.has("second"), "{up}");
    history.run(&database, &["down", "1"]).exits(0);
    history.run(&database, &["up"]).exits(0);
    assert!(database.has("first") && database.has("second"));
}
