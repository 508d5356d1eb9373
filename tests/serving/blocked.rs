//! A schema that cannot be read meanwhile: the history can, and that is what is said.

use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::Client;

use super::serve_proven;
use crate::support::{Database, Served, migrator};

/// Nobody can read the definition of a view over the table while this is open.
fn locked(database: &Database) -> Client {
    let mut holder = database.connect();
    holder
        .batch_execute("BEGIN; LOCK TABLE chat.messages IN ACCESS EXCLUSIVE MODE")
        .expect("a table that is free");
    holder
}

/// Until the reader waits for a lock, or does so no more.
fn until_waiting(database: &Database, expected: &str) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                   AND application_name LIKE 'migrator %' AND wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(20);
    while database.value(waiting) != expected {
        assert!(Instant::now() < deadline, "never {expected}");
        sleep(Duration::from_millis(20));
    }
}

/// Whatever is unknown, the database can be read.
fn is_up(served: &Served) {
    assert_eq!(served.metric("migrator_up").as_deref(), Some("1"));
    assert_eq!(
        served.metric("migrator_pending_migrations").as_deref(),
        Some("0")
    );
    let page = served.get("/").is(200).body;
    assert!(!page.contains("cannot be read"), "{page}");
    served.get("/status.json").is(200);
}

#[test]
fn a_first_comparison_that_waits_is_no_outage() {
    let database = Database::fresh();
    migrator(&["up"]).on(&database).run().exits(0);
    let mut holder = locked(&database);
    let served = Served::start(migrator(&["serve", "--listen", "127.0.0.1:0"]).on(&database));
    let start = Instant::now();
    served
        .get("/readyz")
        .is(503)
        .says(&["not ready: the schema is being compared with the proof\n"]);
    assert!(
        start.elapsed() > Duration::from_secs(2),
        "it waits a little"
    );
    let start = Instant::now();
    assert_eq!(served.json()["verification"]["outcome"], "running");
    assert_eq!(served.json()["faults"][0]["kind"], "pending");
    served.get("/").is(200).says(&[
        "The schema is being compared with the proof.",
        "class=\"waiting\"",
    ]);
    is_up(&served);
    assert!(start.elapsed() < Duration::from_secs(2), "but only once");
    // The server is not kept waiting for ever.
    until_waiting(&database, "0");
    sleep(Duration::from_millis(200));
    served.get("/readyz").is(503).says(&[
        "not ready: the schema could not be compared with the proof: ",
        "lock timeout (55P03)",
    ]);
    assert_eq!(served.json()["verification"]["outcome"], "failed");
    served.get("/").says(&["<code>migrator verify</code>"]);
    is_up(&served);
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND application_name LIKE 'migrator %'";
    assert_eq!(database.value(sessions), "1");
    holder.batch_execute("COMMIT").expect("a commit");
    served.until("/readyz", 200);
    let (code, said) = served.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(!said.contains("the database cannot be read"), "{said}");
}

#[test]
fn a_failed_comparison_is_tried_again_where_only_changes_are_compared() {
    let database = Database::fresh();
    migrator(&["up"]).on(&database).run().exits(0);
    let mut holder = locked(&database);
    let call = ["serve", "--listen", "127.0.0.1:0", "--verify", "changed"];
    let served = Served::start(migrator(&call).on(&database));
    served.get("/readyz").is(503);
    until_waiting(&database, "0");
    holder.batch_execute("COMMIT").expect("a commit");
    served.until("/readyz", 200);
    assert_eq!(served.json()["verification"]["outcome"], "as-proven");
}

#[test]
fn a_history_that_changes_is_seen_before_its_schema() {
    let database = Database::fresh();
    let served = serve_proven(&database, "");
    served.get("/readyz").is(200);
    migrator(&["down", "-1", "--yes"])
        .on(&database)
        .run()
        .exits(0);
    let mut holder = locked(&database);
    sleep(Duration::from_millis(1100));
    served.get("/readyz").is(503);
    assert_eq!(served.metric("migrator_up").as_deref(), Some("1"));
    let pending = served.metric("migrator_pending_migrations");
    assert_eq!(pending.as_deref(), Some("1"));
    holder.batch_execute("COMMIT").expect("a commit");
}
