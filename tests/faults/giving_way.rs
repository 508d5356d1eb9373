//! Our DDL against an application that uses the same table: we give way, the application hardly notices, and the
//! migration is applied in the end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use crate::state::unsound;
use crate::support::{Database, History, Ran};

const LOCK_TIMEOUT: Duration = Duration::from_millis(400);
/// What a busy machine may add to a wait.
const SLACK: Duration = Duration::from_millis(800);

fn history() -> History {
    History::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);",
        ),
        (
            "V2__c.sql",
            "INSERT INTO t VALUES (2);\nALTER TABLE t ADD COLUMN c int;",
        ),
        ("V3__d.sql", "ALTER TABLE t ADD COLUMN d int;"),
    ])
}

const UP: [&str; 5] = ["up", "--lock-timeout", "400ms", "--lock-retry-for", "60s"];

fn assert_done(database: &Database, ran: &Ran) {
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(
        database.rows("SELECT id FROM t ORDER BY 1"),
        ["1", "2"],
        "{ran}"
    );
    let wrong = unsound(database);
    assert!(wrong.is_none(), "{wrong:?}");
}

#[test]
fn a_long_transaction_is_outlasted() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    let mut application = database.connect();
    application
        .batch_execute("BEGIN; SELECT FROM t")
        .expect("an open transaction");
    let running = history.call(&UP).on(&database).start();
    database.until_it_is_blocked();
    sleep(LOCK_TIMEOUT * 2);
    application
        .batch_execute("COMMIT")
        .expect("an open transaction");
    let ran = Ran::after(running);
    assert!(
        ran.stderr.contains("55P03") || ran.stderr.contains("lock"),
        "{ran}"
    );
    assert_done(&database, &ran);
}

#[test]
fn queries_of_the_application_do_not_queue_behind_us() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    let mut blocker = database.connect();
    blocker
        .batch_execute("BEGIN; SELECT FROM t")
        .expect("an open transaction");
    let done = AtomicBool::new(false);
    let (ran, longest, queries) = scope(|scope| {
        let application = scope.spawn(|| {
            let mut client = database.connect();
            let (mut longest, mut queries) = (Duration::ZERO, 0);
            while !done.load(Ordering::Relaxed) {
                let start = Instant::now();
                client
                    .batch_execute("SELECT count(*) FROM t")
                    .expect("a query");
                longest = longest.max(start.elapsed());
                queries += 1;
                sleep(Duration::from_millis(2));
            }
            (longest, queries)
        });
        let running = history.call(&UP).on(&database).start();
        sleep(LOCK_TIMEOUT * 8);
        blocker
            .batch_execute("COMMIT")
            .expect("an open transaction");
        let ran = Ran::after(running);
        done.store(true, Ordering::Relaxed);
        let (longest, queries) = application.join().expect("a thread");
        (ran, longest, queries)
    });
    println!("{queries} queries while a migration wanted the table; the longest took {longest:?}");
    assert!(
        queries > 50 && longest > LOCK_TIMEOUT / 2,
        "the queries did not meet the migration: {queries}, {longest:?}\n{ran}"
    );
    assert!(longest < LOCK_TIMEOUT + SLACK, "{longest:?}\n{ran}");
    assert_done(&database, &ran);
}

#[test]
fn who_loses_a_deadlock_tries_again() {
    let database = Database::fresh();
    let history = History::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (id int);\nCREATE TABLE u (id int);\nCREATE TABLE gate AS SELECT 2 AS seconds;",
        ),
        (
            "V2__both.sql",
            "-- migrator: lock-timeout 30s\nLOCK TABLE t IN ACCESS EXCLUSIVE MODE;\nSELECT pg_sleep(seconds) FROM gate;\nALTER TABLE u ADD COLUMN c int;",
        ),
    ]);
    history.run(&database, &["up", "1"]).exits(0);
    let mut application = database.connect();
    // The application waits longer before it looks for a deadlock, so that we find it.
    application
        .batch_execute("SET deadlock_timeout = '20s'; BEGIN; LOCK TABLE u IN ACCESS SHARE MODE")
        .expect("a superuser");
    let running = history
        .call(&["up", "--lock-retry-for", "60s"])
        .on(&database)
        .start();
    database.until_it_sleeps();
    application
        .batch_execute("SELECT FROM t; COMMIT")
        .expect("the application wins");
    let ran = Ran::after(running);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(database.applied(), [1, 2]);
}
