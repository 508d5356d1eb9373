//! Runs that end before they are done: killed, or cut off by the server. The next one goes on.

use std::time::{Duration, Instant};

use crate::support::{Database, History, Ran, SLEEPING};

/// Three migrations, of which the second takes its time.
fn history() -> History {
    History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        (
            "V2__b.sql",
            "CREATE TABLE b ();\nSELECT pg_sleep(60);\nCREATE TABLE bb ();",
        ),
        ("V3__c.sql", "CREATE TABLE c ();"),
    ])
}

#[test]
fn a_killed_run_is_continued_by_the_next() {
    let (database, history) = (Database::fresh(), history());
    let mut running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
    history.write("V2__b.sql", "CREATE TABLE b ();");
    // The server notices within a second that nobody listens; only then is the lock free.
    let start = Instant::now();
    let next = history
        .run(&database, &["up", "--lock-wait", "30s"])
        .exits(0);
    assert!(start.elapsed() < Duration::from_secs(20), "{next}");
    assert_eq!(database.journal(), ["apply 1", "apply 2", "apply 3"]);
    assert!(!database.has("bb"));
}

#[test]
fn a_session_that_is_terminated_is_exit_six() {
    let (database, history) = (Database::fresh(), history());
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    database.rows(&format!("SELECT pg_terminate_backend(pid) FROM {SLEEPING}"));
    let ran = Ran::after(running).exits(6);
    let said = [
        "the server ended the session during migration 2 \"b\"",
        "57P01",
        "Before it, this run committed 1 step: 1.",
    ];
    for text in said {
        assert!(ran.stderr.contains(text), "\"{text}\" is missing in {ran}");
    }
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("b"));
    history.write("V2__b.sql", "CREATE TABLE b ();");
    history.up(&database);
}

#[test]
fn a_statement_that_is_cancelled_is_a_failure() {
    let (database, history) = (Database::fresh(), history());
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    database.rows(&format!("SELECT pg_cancel_backend(pid) FROM {SLEEPING}"));
    let ran = Ran::after(running).exits(1);
    assert!(
        ran.stderr.contains("57014") && ran.stderr.contains("V2__b.sql:2:1"),
        "{ran}"
    );
    assert_eq!(database.journal(), ["apply 1", "fail 2"]);
}
