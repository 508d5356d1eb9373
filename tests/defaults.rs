//! Defaults of a role or a database that must not decide what a run does.

use std::thread::sleep;
use std::time::Duration;

use crate::support::{Call, Database, History, Ran, Role};

fn set_default(database: &Database, default: &str) {
    database.administrate(&format!("ALTER DATABASE {} SET {default}", database.name()));
}

/// A database with one default, and what a run says about itself.
fn with_default(default: &str) -> Database {
    let database = Database::fresh();
    set_default(&database, default);
    let noted = "CREATE TABLE IF NOT EXISTS noted AS SELECT 1 AS id LIMIT 0;\nINSERT INTO noted VALUES (1);";
    let history = History::new(&[
        ("V1__a.sql", noted),
        ("V2__b.sql", "SELECT pg_sleep(0.05);"),
        (
            "V3__c.sql",
            "-- migrator: no-transaction\nSELECT pg_sleep(0.05);\nINSERT INTO noted VALUES (3);\nVACUUM noted;",
        ),
        ("V4__d.sql", "COPY noted FROM stdin;\n4\n\\.\n"),
        ("V4__d.down.sql", "DELETE FROM noted WHERE id = 4;"),
    ]);
    let run = |arguments: &[&str]| -> Call { history.call(arguments).on(&database) };
    for reading in [["status"], ["plan"], ["history"], ["current"]] {
        run(&reading).run().exits(0);
    }
    run(&["up"]).run().exits(0);
    run(&["check"]).run().exits(0);
    run(&["down", "-1"]).run().exits(0);
    run(&["up"]).run().exits(0);
    database.administrate(&format!("ALTER DATABASE {} RESET ALL", database.name()));
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    database
}

#[test]
fn transactions_are_read_only_by_default() {
    with_default("default_transaction_read_only = on");
}

#[test]
fn statements_are_cancelled_soon_by_default() {
    let database = with_default("statement_timeout = '200ms'");
    set_default(&database, "statement_timeout = '200ms'");
    // Longer than the default allows, for reading and for running.
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; LOCK TABLE refinery_schema_history")
        .expect("a table that is free");
    let history = History::new(&[("V5__slow.sql", "SELECT pg_sleep(0.5);")]);
    let reading = history.call(&["history"]).on(&database).start();
    let status = history.call(&["status"]).on(&database).start();
    sleep(Duration::from_millis(600));
    drop(other);
    Ran::after(reading).exits(0);
    Ran::after(status).exits(0);
    history.run(&database, &["stamp", "base", "--yes"]).exits(0);
    history.up(&database);
}

#[test]
fn locks_are_not_waited_for_by_default() {
    with_default("lock_timeout = '20ms'");
}

#[test]
fn idle_sessions_end_at_once_by_default() {
    with_default("idle_in_transaction_session_timeout = '20ms'");
}

/// The limit counts from the connection on, before anything can be settled: a machine at its limits needs some of it.
#[test]
fn idle_sessions_end_soon_by_default() {
    with_default("idle_session_timeout = '400ms'");
    let database = Database::fresh();
    set_default(&database, "idle_session_timeout = '400ms'");
    let history = History::new(&[("V1__slow.sql", "SELECT pg_sleep(2);")]);
    let running = history.call(&["up"]).on(&database).start();
    // Whoever waits for the other asks every half a second, and is idle in between.
    let waiting = history.call(&["up"]).on(&database).start();
    Ran::after(running).exits(0);
    Ran::after(waiting).exits(0);
}

/// A role's defaults are those of every session, and what `RESET ALL` brings back between two migrations.
#[test]
fn the_defaults_of_a_role_decide_nothing() {
    let role = Role::new();
    let database = Database::fresh();
    database.run(&format!("GRANT ALL ON SCHEMA public TO {}", role.name()));
    for default in [
        "idle_session_timeout = '50ms'",
        "idle_in_transaction_session_timeout = '50ms'",
        "statement_timeout = '200ms'",
        "lock_timeout = '20ms'",
        "default_transaction_read_only = on",
        "default_transaction_isolation = 'serializable'",
        "synchronous_commit = off",
    ] {
        database.administrate(&format!("ALTER ROLE {} SET {default}", role.name()));
    }
    let noted = "CREATE TABLE noted AS SELECT name, setting FROM pg_settings \
                 WHERE name IN ('transaction_isolation', 'transaction_read_only', 'synchronous_commit');";
    let history = History::new(&[
        ("V1__slow.sql", "SELECT pg_sleep(0.4);"),
        (
            "V2__outside.sql",
            "-- migrator: no-transaction\nSELECT pg_sleep(0.4);\nVACUUM;",
        ),
        ("V3__noted.sql", noted),
    ]);
    let url = database.url_of(role.name());
    let call = |arguments: &[&str]| history.call(arguments).variable("DATABASE_URL", &url);
    // Another runner waits meanwhile, idle between its questions.
    let running = call(&["up"]).start();
    let waiting = call(&["up"]).start();
    Ran::after(running).exits(0);
    Ran::after(waiting).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(
        database.rows("SELECT name, setting FROM noted ORDER BY 1"),
        [
            "synchronous_commit|on",
            "transaction_isolation|read committed",
            "transaction_read_only|off"
        ]
    );
}

#[test]
fn transactions_are_serializable_by_default() {
    let database = with_default("default_transaction_isolation = 'serializable'");
    set_default(&database, "default_transaction_isolation = 'serializable'");
    let sql = "CREATE TABLE level AS SELECT current_setting('transaction_isolation') AS name;";
    let history = History::new(&[("V5__level.sql", sql)]);
    history.run(&database, &["stamp", "base", "--yes"]).exits(0);
    history.up(&database);
    assert_eq!(database.value("SELECT name FROM level"), "read committed");
}

#[test]
fn commits_do_not_wait_for_the_disk_by_default() {
    with_default("synchronous_commit = off");
}

#[test]
fn nothing_is_said_by_default() {
    with_default("client_min_messages = 'error'");
}

#[test]
fn constraints_and_strings_are_old_fashioned_by_default() {
    let database = with_default("standard_conforming_strings = off");
    set_default(&database, "standard_conforming_strings = off");
    let history = History::new(&[(
        "V5__backslash.sql",
        "CREATE TABLE paths AS SELECT 'C:\\' AS path, '; COMMIT; --' AS text;",
    )]);
    history.run(&database, &["stamp", "base", "--yes"]).exits(0);
    history.run(&database, &["up"]).exits(0);
    assert_eq!(
        database.value("SELECT path, text FROM paths"),
        "C:\\|; COMMIT; --"
    );
}

#[test]
fn the_encoding_and_the_styles_are_foreign_by_default() {
    with_default("client_encoding = 'LATIN1'");
    with_default("\"DateStyle\" = 'German'");
    with_default("bytea_output = 'escape'");
    with_default("extra_float_digits = 0");
    with_default("\"TimeZone\" = 'Asia/Tokyo'");
    with_default("search_path = 'public', 'pg_catalog'");
}
