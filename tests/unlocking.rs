//! `unlock`: who holds the lock, and the end of that session.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use crate::pooler::{body, message};
use crate::support::{Database, History, Ran, Role, Running};
use crate::together::holder;

/// A run that holds the lock for a minute.
fn held() -> (Database, History, Running) {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__slow.sql",
        "CREATE TABLE a ();\nSELECT pg_sleep(60), 'hunter2';",
    )]);
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    (database, history, running)
}

#[test]
fn a_lock_that_nobody_holds() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    for arguments in [&["unlock"][..], &["unlock", "--terminate"]] {
        let ran = history.run(&database, arguments).exits(0);
        assert_eq!(ran.stdout, "Nobody holds the lock.\n");
    }
    let ran = history.run(&database, &["unlock", "--json"]).exits(0);
    assert!(ran.json()["holder"].is_null());
    assert_eq!(ran.json()["terminated"], false);
    assert!(!database.has("refinery_schema_history"));
}

#[test]
fn the_holder_is_shown_and_left_alone() {
    let (database, history, mut running) = held();
    let ran = history.run(&database, &["unlock"]).exits(0);
    assert!(
        ran.stdout.starts_with("The lock is held by pid ")
            && ran.stdout.contains("of role postgres (migrator ")
            && ran.stdout.contains("migrator unlock --terminate"),
        "{ran}"
    );
    assert!(!ran.stdout.contains("hunter2"), "{ran}");
    let json = history
        .run(&database, &["unlock", "--json"])
        .exits(0)
        .json();
    assert_eq!(json["holder"]["role"], "postgres");
    assert_eq!(json["holder"]["state"], "active");
    assert!(json["holder"]["pid"].is_number() && json["holder"]["since"].is_string());
    assert_eq!(json["terminated"], false);
    running.goes_on();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
}

#[test]
fn the_holder_is_ended_on_request() {
    let (database, history, running) = held();
    let ran = history.run(&database, &["unlock", "--terminate"]).exits(0);
    assert!(
        ran.stdout
            .contains("That session was terminated; the lock is free."),
        "{ran}"
    );
    Ran::after(running).exits(6).says(&["57P01"]);
    assert!(!database.has("a"));
    history.write("V1__slow.sql", "CREATE TABLE a ();");
    history.run(&database, &["up", "--lock-wait", "0"]).exits(0);
}

#[test]
fn a_role_that_may_not_end_it_is_told_who_may() {
    let role = Role::new();
    let (database, history, mut running) = held();
    let url = database.url_of(role.name());
    let call = |arguments: &[&str]| history.call(arguments).variable("DATABASE_URL", &url).run();
    let ran = call(&["unlock"]).exits(0);
    assert!(ran.stdout.contains("The lock is held by pid "), "{ran}");
    call(&["unlock", "--terminate"])
        .exits(2)
        .says(&["42501", "pg_signal_backend"]);
    running.goes_on();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
}

/// A port that leads to the server, and how many queries have passed it.
fn counted(database: &Database) -> (u16, Arc<AtomicUsize>) {
    let (host, port) = database.place();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let ours = listener.local_addr().expect("an address").port();
    let queries = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&queries);
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a client");
            let mut server = TcpStream::connect(format!("{host}:{port}")).expect("a server");
            let (mut answers, mut back) = (
                server.try_clone().expect("a socket"),
                client.try_clone().expect("a socket"),
            );
            thread::spawn(move || std::io::copy(&mut answers, &mut back));
            let counter = Arc::clone(&counter);
            thread::spawn(move || -> std::io::Result<()> {
                server.write_all(&body(&mut client)?)?;
                loop {
                    let (kind, message) = message(&mut client)?;
                    counter.fetch_add(usize::from(kind == b'Q'), Ordering::SeqCst);
                    server.write_all(&message)?;
                }
            });
        }
    });
    (ours, queries)
}

#[test]
fn whoever_waits_asks_at_most_twice_a_second() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let _holder = holder(&history, &database);
    let (port, queries) = counted(&database);
    let url = format!(
        "postgres://postgres@127.0.0.1:{port}/{}?sslmode=disable",
        database.name()
    );
    let mut waiting = history.call(&["up", "--url", &url]).start();
    // Looking for the history and the first attempts are not yet waiting.
    sleep(Duration::from_secs(3));
    let before = queries.load(Ordering::SeqCst);
    sleep(Duration::from_secs(10));
    let asked = queries.load(Ordering::SeqCst) - before;
    assert!((5..=20).contains(&asked), "{asked} queries in ten seconds");
    waiting.kill().expect("a child of ours");
    waiting.wait().expect("a child of ours");
}
