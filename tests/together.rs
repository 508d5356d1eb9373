//! Many runners at once, and the lock between them.

use std::time::{Duration, Instant};

use postgres::Client;

use crate::support::{Database, History, Ran, assert_shown};

const RUNNERS: usize = 10;

/// A hundred migrations; the fiftieth counts what is there, so that a second application would show.
fn hundred() -> History {
    let history = History::numbered(100, |at| match at {
        1 => "CREATE TABLE counter (step int, total int);".to_owned(),
        50 => "INSERT INTO counter SELECT 50, count(*) FROM counter;".to_owned(),
        _ => format!(
            "INSERT INTO counter VALUES ({at}, 0);\nCREATE TABLE t{at} (id int PRIMARY KEY);"
        ),
    });
    history.write(
        "V1__step_1.sql",
        "CREATE TABLE counter (step int, total int);",
    );
    history
}

fn all_at_once(history: &History, database: &Database) -> Vec<Ran> {
    let started: Vec<_> = (0..RUNNERS)
        .map(|_| history.call(&["up"]).on(database).start())
        .collect();
    started.into_iter().map(Ran::after).collect()
}

fn assert_each_applied_once(database: &Database, runs: &[Ran]) {
    assert_eq!(runs.len(), RUNNERS);
    for ran in runs {
        assert_eq!(ran.code, 0, "{ran}");
    }
    assert_eq!(database.applied(), (1..=100).collect::<Vec<i64>>());
    assert_eq!(
        database.value("SELECT count(*), count(DISTINCT version) FROM migrator_journal"),
        "100|100"
    );
    let worked = runs
        .iter()
        .filter(|ran| ran.stdout.starts_with("applied"))
        .count();
    assert!(worked >= 1);
    let applied: usize = runs
        .iter()
        .map(|ran| ran.stderr.matches("applied ").count())
        .sum();
    assert_eq!(
        applied, 100,
        "every migration is reported by the runner that applied it, and by no other"
    );
}

#[test]
fn ten_runners_apply_a_hundred_migrations_once() {
    let (database, history) = (Database::fresh(), hundred());
    let runs = all_at_once(&history, &database);
    assert_each_applied_once(&database, &runs);
    assert_eq!(
        database.value("SELECT total FROM counter WHERE step = 50"),
        "48"
    );
    assert_eq!(database.value("SELECT count(*) FROM counter"), "99");
}

#[test]
fn a_concurrent_index_does_not_deadlock_with_those_who_wait() {
    let (database, history) = (Database::fresh(), hundred());
    history.write(
        "V70__step_70.sql",
        "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY counter_step ON counter (step);",
    );
    let runs = all_at_once(&history, &database);
    assert_each_applied_once(&database, &runs);
    assert_eq!(
        database
            .value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'counter_step'::regclass"),
        "t"
    );
}

/// Takes the lock as another runner would, in a session that the test keeps.
pub(crate) fn holder(history: &History, database: &Database) -> Client {
    let script = history.run(database, &["plan", "--sql"]).exits(0).stdout;
    let key = script
        .split_once("pg_try_advisory_lock(")
        .and_then(|(_, rest)| rest.split_once(')'));
    let (key, _) = key.expect("a lock in the script");
    let mut client = database.connect();
    let sql = format!("SET application_name = 'another runner'; SELECT pg_advisory_lock({key})");
    client.batch_execute(&sql).expect("a free lock");
    client
}

#[test]
fn a_held_lock_is_exit_five_and_names_its_holder() {
    let (database, history) = (
        Database::fresh(),
        History::numbered(1, |_| "CREATE TABLE t ();".to_owned()),
    );
    let _holder = holder(&history, &database);
    assert_shown(
        "lock_held",
        &history.run(&database, &["up", "--lock-wait", "0"]).exits(5),
    );
    let start = Instant::now();
    history
        .run(&database, &["up", "--lock-wait", "500ms"])
        .exits(5);
    assert!(
        start.elapsed() >= Duration::from_millis(500),
        "it waits as long as it was told"
    );
    assert!(!database.has("t") && !database.has("refinery_schema_history"));
    let document = history
        .run(&database, &["up", "--lock-wait", "0", "--json"])
        .exits(5)
        .json();
    assert_eq!(document["error"]["kind"], "lock");
}

#[test]
fn who_waits_says_for_whom_and_goes_on_when_the_lock_is_free() {
    let (database, history) = (
        Database::fresh(),
        History::numbered(1, |_| "CREATE TABLE t ();".to_owned()),
    );
    let holder = holder(&history, &database);
    let mut waiting = history.call(&["up"]).on(&database).start();
    waiting.until_it_says("waiting for another runner: pid ");
    drop(holder);
    let ran = Ran::after(waiting).exits(0);
    assert!(
        ran.stderr.contains("waiting for another runner: pid "),
        "{ran}"
    );
    assert!(ran.stderr.contains("(another runner)"), "{ran}");
    assert!(database.has("t"));
}

#[test]
fn who_waits_is_done_when_another_runner_has_done_it_all() {
    let (database, history) = (
        Database::fresh(),
        History::numbered(1, |_| "CREATE TABLE t ();".to_owned()),
    );
    let mut holder = holder(&history, &database);
    let mut waiting = history.call(&["up"]).on(&database).start();
    waiting.until_it_says("waiting for another runner: pid ");
    // The holder does what the plan says, and keeps the lock: the waiter must not need it any more.
    let script = history.run(&database, &["plan", "--sql"]).exits(0).stdout;
    let wanted = |line: &&str| !line.starts_with('\\') && !line.contains("locked;");
    let sql: Vec<&str> = script.lines().filter(wanted).collect();
    holder
        .batch_execute(&sql.join("\n"))
        .expect("the script's statements");
    let ran = Ran::after(waiting).exits(0);
    assert!(ran.stdout.starts_with("nothing to do; at 1"), "{ran}");
}

#[test]
fn the_lock_is_given_back_whatever_happens() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "SELECT 1/0;"),
    ]);
    history.run(&database, &["up"]).exits(1);
    history.write("V2__b.sql", "SELECT 1;");
    history.run(&database, &["up", "--lock-wait", "0"]).exits(0);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(database.value(locks), "0");
}

#[test]
fn histories_in_two_schemas_do_not_wait_for_each_other() {
    let (database, history) = (
        Database::fresh(),
        History::numbered(1, |_| "CREATE TABLE t ();".to_owned()),
    );
    let _holder = holder(&history, &database);
    database.run("CREATE SCHEMA elsewhere");
    let run = ["up", "--lock-wait", "0", "--history-schema", "elsewhere"];
    history.run(&database, &run).exits(0);
    assert!(
        database.has("elsewhere.refinery_schema_history")
            && database.has("elsewhere.migrator_journal")
    );
    assert!(!database.has("public.refinery_schema_history"));
}
