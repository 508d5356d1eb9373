//! A database that goes away: what is said meanwhile, and that it is found again.

use std::time::{Duration, Instant};

use super::{serve, three};
use crate::support::Database;

#[test]
fn a_session_that_ends_is_replaced_at_once() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    served.get("/readyz").is(200);
    for _ in 0..2 {
        end_sessions(&database);
        std::thread::sleep(Duration::from_millis(1100));
        served.get("/readyz").is(200);
    }
}

#[test]
fn while_it_is_away_everything_says_so() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    served.get("/readyz").is(200);
    let allow = |word: &str| {
        database.administrate(&format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS {word}",
            database.name()
        ));
    };
    allow("false");
    database.administrate(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        database.name()
    ));
    served
        .until("/readyz", 503)
        .says(&["not currently accepting connections"]);
    served.get("/healthz").is(200);
    // What was known is still shown, as what it is.
    served.get("/").is(200).says(&[
        "The database cannot be read.",
        "Since ",
        "What follows was read at ",
        "step_3",
    ]);
    let document = served.json();
    assert_eq!(document["exit_code"], 6);
    assert_eq!(document["ready"], false);
    assert!(document["unreadable_since"].is_string() && document["read_at"].is_string());
    assert_eq!(document["error"]["kind"], "connection");
    assert_eq!(served.metric("migrator_up").as_deref(), Some("0"));
    assert_eq!(served.metric("migrator_pending_migrations"), None);
    // Since when does not move with every attempt.
    std::thread::sleep(Duration::from_millis(600));
    let later = served.json();
    assert_eq!(later["unreadable_since"], document["unreadable_since"]);
    allow("true");
    served.until("/readyz", 200);
    assert_eq!(served.metric("migrator_up").as_deref(), Some("1"));
    let (code, said) = served.end("-TERM");
    assert_eq!(code, Some(0));
    let [away, again] = ["cannot be read", "can be read again"].map(|it| said.matches(it).count());
    assert_eq!((away, again), (1, 1), "{said}");
}

#[test]
fn a_database_that_does_not_answer_holds_up_nobody() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    served.get("/readyz").is(200);
    let mut holder = database.connect();
    let mut transaction = holder.transaction().expect("a connection");
    transaction
        .batch_execute("LOCK TABLE refinery_schema_history")
        .expect("our own table");
    std::thread::sleep(Duration::from_millis(1100));
    let start = Instant::now();
    served
        .get("/readyz")
        .is(503)
        .says(&["has not answered for 3 seconds"]);
    assert!(start.elapsed() < Duration::from_secs(5));
    // Whoever comes later does not wait for as long again.
    let start = Instant::now();
    served.get("/readyz").is(503);
    served
        .get("/")
        .is(200)
        .says(&["The database cannot be read."]);
    served.get("/healthz").is(200);
    assert!(start.elapsed() < Duration::from_secs(2));
    // Since when is not moved by whoever asks.
    let since = || served.json()["unreadable_since"].clone();
    let first = since();
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(since(), first);
    transaction.rollback().expect("a connection");
    served.until("/readyz", 200);
}

#[test]
fn it_ends_while_the_database_does_not_answer() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    served.get("/readyz").is(200);
    let mut holder = database.connect();
    let mut transaction = holder.transaction().expect("a connection");
    transaction
        .batch_execute("LOCK TABLE refinery_schema_history")
        .expect("our own table");
    std::thread::sleep(Duration::from_millis(1100));
    let mut waiting = served.connect();
    std::io::Write::write_all(
        &mut waiting,
        b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .expect("a connection");
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(served.end("-TERM").0, Some(0));
}

#[test]
fn it_starts_without_a_database() {
    let (database, history) = (Database::fresh(), three());
    let call = history
        .call(&["serve", "--listen", "127.0.0.1:0"])
        .variable("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    let served = crate::support::Served::start(call);
    served.get("/healthz").is(200);
    served.get("/readyz").is(503).says(&["no connection to"]);
    served
        .get("/")
        .is(200)
        .says(&["The database cannot be read."]);
    assert_eq!(served.json()["read_at"], serde_json::Value::Null);
    assert!(!database.has("refinery_schema_history"));
}

fn end_sessions(database: &Database) {
    database.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}
