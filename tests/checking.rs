//! `check --wait`: what pods do that only wait for the migrations of another.

use std::time::{Duration, Instant};

use migrator_dev::server::Mode;

use crate::signals::interrupt;
use crate::support::{Database, History, Ran, Role, server};

fn history() -> History {
    History::new(&[
        ("V1__first.sql", "CREATE TABLE first ();"),
        ("V2__second.sql", "CREATE TABLE second ();"),
    ])
}

#[test]
fn it_begins_before_the_migrations_and_ends_after_them() {
    let (database, history) = (Database::fresh(), history());
    let mut waiting = history
        .call(&["check", "--wait", "60s"])
        .on(&database)
        .start();
    waiting.until_it_says("2 migrations are pending");
    history.run(&database, &["up", "1"]).exits(0);
    waiting.until_it_says("1 migration is pending");
    history.run(&database, &["up"]).exits(0);
    let start = Instant::now();
    let ran = Ran::after(waiting).exits(0).says(&[
        "waiting up to 60 s: 2 migrations are pending",
        "s: 1 migration is pending",
    ]);
    assert!(start.elapsed() < Duration::from_secs(10), "{ran}");
    assert_eq!(ran.stdout, "Nothing is pending; the database is at 2.\n");
    assert_eq!(
        ran.stderr.lines().count(),
        2,
        "nothing is told twice: {ran}"
    );
}

#[test]
fn it_ends_with_the_time() {
    let (database, history) = (Database::fresh(), history());
    let start = Instant::now();
    let ran = history
        .run(&database, &["check", "--wait", "2s", "--json"])
        .exits(4);
    let took = start.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let detail = ran.json()["error"]["detail"].to_string();
    assert!(detail.contains("It was waited for 2 s."), "{ran}");
    assert!(
        !database.has("refinery_schema_history"),
        "it writes nothing"
    );
    // Without it, it is one look.
    let start = Instant::now();
    history.run(&database, &["check"]).exits(4);
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_role_that_may_only_read_is_enough() {
    let role = Role::new();
    let (database, history) = (Database::fresh(), history());
    let name = role.name();
    let call = history.call(&["check", "--wait", "60s"]).variable(
        "DATABASE_URL",
        database.url().replace("//postgres@", &format!("//{name}@")),
    );
    let mut waiting = call.start();
    waiting.until_it_says("2 migrations are pending");
    database.run(&format!(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {name}; \
         ALTER ROLE {name} SET default_transaction_read_only = on"
    ));
    history.up(&database);
    Ran::after(waiting).exits(0);
    database.run(&format!("DROP OWNED BY {name}"));
}

#[test]
fn the_server_is_waited_for_within_the_same_time() {
    let mut server = server();
    let url = server.url("postgres");
    server.stop(Mode::Fast).expect("a stop");
    let history = history();
    let call = |wait: &str| history.call(&["check", "--wait", wait, "--url", &url]);
    let start = Instant::now();
    call("1s").run().exits(6);
    assert!(start.elapsed() < Duration::from_secs(4));
    let mut waiting = call("60s").start();
    waiting.until_it_says("s for the server: ");
    server.start_again().expect("a start");
    waiting.until_it_says("2 migrations are pending");
    history.call(&["up", "--url", &url]).run().exits(0);
    Ran::after(waiting).exits(0);
}

#[test]
fn a_session_that_is_lost_meanwhile_is_opened_again() {
    let (database, history) = (Database::fresh(), history());
    let mut waiting = history
        .call(&["check", "--wait", "60s"])
        .on(&database)
        .start();
    waiting.until_it_says("2 migrations are pending");
    let ended = database.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name LIKE 'migrator%'",
    );
    assert_eq!(ended, "1");
    waiting.until_it_says("failed: ");
    history.up(&database);
    Ran::after(waiting).exits(0);
}

#[test]
fn what_waiting_cannot_mend_fails_at_once() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    history.write("V1__first.sql", "CREATE TABLE first (id int);");
    let start = Instant::now();
    history.run(&database, &["check", "--wait", "60s"]).exits(3);
    history.write("V1__first.sql", "CREATE TABLE first ();");
    history.remove("V2__second.sql");
    history.run(&database, &["check", "--wait", "60s"]).exits(3);
    let nowhere = format!("{}_nowhere", database.url());
    history
        .call(&["check", "--wait", "60s"])
        .variable("DATABASE_URL", nowhere)
        .run()
        .exits(6);
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_signal_ends_it() {
    let (database, history) = (Database::fresh(), history());
    let mut waiting = history
        .call(&["check", "--wait", "60s"])
        .on(&database)
        .start();
    waiting.until_it_says("2 migrations are pending");
    interrupt(waiting, "-TERM").says(&["interrupted while waiting for pending migrations"]);
}
