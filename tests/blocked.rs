//! A migration that waits for a lock: who is in the way is said while it waits.

use std::thread::sleep;
use std::time::Duration;

use crate::signals::interrupt;
use crate::support::{Database, History, Ran, migrator};

fn history() -> (Database, History) {
    let database = Database::holding("CREATE TABLE busy (id int, secret text)");
    let history = History::new(&[("V1__busy.sql", "ALTER TABLE busy ADD COLUMN more int;")]);
    (database, history)
}

const WATCH: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                     AND application_name LIKE 'migrator%watch'";

#[test]
fn a_blocker_is_named_while_the_statement_waits() {
    let (database, history) = history();
    let mut other = database.connect();
    other
        .batch_execute("SET application_name = 'a shop'; BEGIN")
        .and_then(|()| other.batch_execute("UPDATE busy SET secret = 'hunter2'"))
        .expect("a table that is free");
    let mut running = history
        .call(&["up", "--lock-timeout", "60s"])
        .on(&database)
        .start();
    running.until_it_says("blocked by pid ");
    let idle = format!("{WATCH} AND xact_start IS NOT NULL AND state <> 'active'");
    assert_eq!(
        database.value(&idle),
        "0",
        "the watcher is in a transaction"
    );
    // Time for a second look: the same blocker is not named again.
    sleep(Duration::from_millis(1500));
    other.batch_execute("COMMIT").expect("a commit");
    let ran = Ran::after(running).exits(0);
    assert_eq!(ran.stderr.matches("blocked by").count(), 1, "{ran}");
    let ran = ran.says(&[
        "blocked by pid ",
        "of role postgres (a shop), idle in transaction for ",
        "UPDATE busy SET secret = '…'",
    ]);
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
    assert_eq!(
        database.value(WATCH),
        "0",
        "the watcher has outlived the run"
    );
}

#[test]
fn a_blocker_is_named_while_the_schema_is_read() {
    let database = Database::fresh();
    migrator(&["up"]).on(&database).run().exits(0);
    let mut other = database.connect();
    // The definition of a view over it cannot be read meanwhile.
    other
        .batch_execute("SET application_name = 'a shop'; BEGIN; LOCK TABLE chat.messages")
        .expect("a table that is free");
    for command in ["up", "verify"] {
        let mut running = migrator(&[command]).on(&database).start();
        running.until_it_says("blocked by pid ");
        interrupt(running, "-TERM").says(&["role postgres (a shop)"]);
    }
    let mut running = migrator(&["up"]).on(&database).start();
    running.until_it_says("blocked by pid ");
    other.batch_execute("COMMIT").expect("a commit");
    let ran = Ran::after(running).exits(0);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
}

#[test]
fn a_program_reads_who_blocks() {
    let (database, history) = history();
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; LOCK TABLE busy")
        .expect("a table that is free");
    let arguments = [
        "up",
        "--lock-timeout",
        "2s",
        "--lock-retry-for",
        "0",
        "--log-format",
        "json",
    ];
    history
        .run(&database, &arguments)
        .exits(1)
        .says(&["\"event\":\"blocked\"", "\"blocker\":\"pid "]);
    assert!(database.applied().is_empty());
}
