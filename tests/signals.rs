//! SIGTERM and SIGINT: whatever a run is doing, it ends within two seconds with exit code 8, records nothing that is not
//! done, and leaves no lock behind.

use std::net::TcpListener;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::{Database, History, Ran, Running, server};

/// How long a run may go on after a signal.
const SOON: Duration = Duration::from_secs(2);

fn signal(name: &str, pid: &str) {
    let sent = Command::new("kill").args([name, pid]).status();
    assert!(sent.expect("kill").success(), "kill {name} {pid}");
}

/// Sends a signal to a run, and fails the test unless it ends soon with exit code 8.
#[track_caller]
pub(crate) fn interrupt(running: Running, name: &str) -> Ran {
    signal(name, &running.id().to_string());
    let start = Instant::now();
    let ran = Ran::after(running).exits(8);
    assert!(start.elapsed() < SOON, "{:?}: {ran}", start.elapsed());
    ran.says(&["interrupted"])
}

/// Fails the test unless the next run gets the lock at once.
#[track_caller]
fn lock_is_free(database: &Database) {
    let held = "SELECT FROM pg_locks l WHERE locktype = 'advisory' AND database = (SELECT oid FROM \
                pg_database WHERE datname = current_database())";
    // The server ends a session a moment after its client.
    database.until(&format!("SELECT WHERE NOT EXISTS ({held})"));
}

#[test]
fn during_a_statement() {
    for name in ["-TERM", "-INT"] {
        let database = Database::fresh();
        let history = History::new(&[
            ("V1__a.sql", "CREATE TABLE a ();"),
            ("V2__b.sql", "CREATE TABLE b ();\nSELECT pg_sleep(60);"),
            ("V3__c.sql", "CREATE TABLE c ();"),
        ]);
        let running = history.call(&["up"]).on(&database).start();
        database.until_it_sleeps();
        interrupt(running, name).says(&["migration 2 \"b\""]);
        assert_eq!(database.applied(), [1]);
        assert!(!database.has("b") && !database.has("c"));
        lock_is_free(&database);
        history.write("V2__b.sql", "CREATE TABLE b ();");
        history.run(&database, &["up", "--lock-wait", "0"]).exits(0);
    }
}

#[test]
fn during_copy() {
    let database = Database::holding(
        "CREATE TABLE slow (id int); \
         CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END'; \
         CREATE TRIGGER wait BEFORE INSERT ON slow FOR EACH ROW EXECUTE FUNCTION wait();",
    );
    let history = History::new(&[("V1__copy.sql", "COPY slow FROM stdin;\n1\n2\n\\.\n")]);
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    interrupt(running, "-TERM");
    assert!(database.applied().is_empty());
    assert_eq!(database.value("SELECT count(*) FROM slow"), "0");
    lock_is_free(&database);
}

#[test]
fn while_another_runner_holds_the_lock() {
    let database = Database::fresh();
    let history = History::new(&[("V1__slow.sql", "SELECT pg_sleep(60);")]);
    let mut holder = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    let mut waiting = history.call(&["up"]).on(&database).start();
    waiting.until_it_says("waiting for another runner");
    interrupt(waiting, "-TERM").says(&["while waiting for another runner"]);
    holder.goes_on();
    interrupt(holder, "-TERM");
    lock_is_free(&database);
}

#[test]
fn while_a_server_is_waited_for() {
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    // One that takes connections and says nothing, and then one that refuses them.
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let call = || {
        history
            .call(&["up", "--wait", "60s", "--url", &url])
            .start()
    };
    let running = call();
    drop(listener.accept().map(|_| sleep(Duration::from_millis(200))));
    interrupt(running, "-TERM");
    drop(listener);
    let mut running = call();
    running.until_it_says("for the server: ");
    interrupt(running, "-TERM").says(&["while waiting for the server"]);
}

#[test]
fn while_the_server_does_not_answer() {
    let server = server();
    let database = Database::on(&server.url("postgres"));
    let history = History::new(&[("V1__slow.sql", "CREATE TABLE a ();\nSELECT pg_sleep(60);")]);
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    let pid = database.value(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    );
    signal("-STOP", &pid);
    interrupt(running, "-TERM");
    signal("-CONT", &pid);
    lock_is_free(&database);
    assert!(database.applied().is_empty() && !database.has("a"));
}
