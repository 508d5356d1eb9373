//! How long a migration may wait and run.

use std::time::{Duration, Instant};

use crate::support::{Database, History, assert_shown};

/// A table that another session has locked for as long as the client lives.
fn locked_table() -> (Database, postgres::Client) {
    let database = Database::holding("CREATE TABLE busy ()");
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; LOCK TABLE busy")
        .expect("a table of our own");
    (database, other)
}

#[test]
fn a_locked_table_is_waited_for_three_seconds() {
    let (database, _other) = locked_table();
    let history = History::new(&[("V1__a.sql", "ALTER TABLE busy ADD COLUMN a int;")]);
    let start = Instant::now();
    assert_shown(
        "lock_timeout",
        &history
            .run(&database, &["up", "--lock-retry-for", "0"])
            .exits(1),
    );
    let took = start.elapsed();
    assert!(
        (Duration::from_secs(3)..Duration::from_secs(20)).contains(&took),
        "{took:?}"
    );
    let failure = database.value("SELECT sqlstate FROM migrator_journal WHERE action = 'fail'");
    assert_eq!(failure, "55P03");
}

#[test]
fn what_runs_alone_waits_as_long_as_it_takes_unless_its_file_says_otherwise() {
    let (database, mut other) = locked_table();
    let limited = "-- migrator: no-transaction\n-- migrator: lock-timeout 50ms\nVACUUM FULL busy;";
    let history = History::new(&[("V1__a.sql", limited)]);
    let options = ["up", "--lock-timeout", "50ms", "--lock-retry-for", "0"];
    let ran = history.run(&database, &options).exits(1);
    assert!(ran.stderr.contains("55P03"), "{ran}");

    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: no-transaction\nVACUUM FULL busy;",
    )]);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| history.run(&database, &options));
        std::thread::sleep(Duration::from_millis(500));
        assert!(!run.is_finished());
        other.batch_execute("COMMIT").expect("the end of it");
        run.join().expect("a run").exits(0);
    });
}

#[test]
fn a_file_or_a_flag_sets_another_limit() {
    let (database, _other) = locked_table();
    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: lock-timeout 50ms\nALTER TABLE busy ADD COLUMN a int;",
    )]);
    let start = Instant::now();
    let ran = history
        .run(
            &database,
            &["up", "--lock-timeout", "30s", "--lock-retry-for", "0"],
        )
        .exits(1);
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "the file wins: {ran}"
    );
    assert!(
        ran.stderr.contains("lock_timeout was 50ms") || ran.stderr.contains("lock_timeout is 50ms"),
        "{ran}"
    );
    history.write("V1__a.sql", "ALTER TABLE busy ADD COLUMN a int;");
    let start = Instant::now();
    history
        .run(
            &database,
            &["up", "--lock-timeout", "50ms", "--lock-retry-for", "0"],
        )
        .exits(1);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "the flag wins over the default"
    );
}

#[test]
fn a_statement_may_take_as_long_as_it_is_allowed() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "SELECT 1;\nSELECT pg_sleep(20);")]);
    let ran = history
        .run(&database, &["up", "--statement-timeout", "100ms"])
        .exits(1);
    assert!(
        ran.stderr.contains("57014") && ran.stderr.contains("V1__a.sql:2:1"),
        "{ran}"
    );
    history.write(
        "V1__a.sql",
        "-- migrator: statement-timeout 100ms\nSELECT pg_sleep(20);",
    );
    history.run(&database, &["up"]).exits(1).says(&["57014"]);
    history.write(
        "V1__a.sql",
        "-- migrator: statement-timeout 1min\nSELECT pg_sleep(0.2);",
    );
    history
        .run(&database, &["up", "--statement-timeout", "100ms"])
        .exits(0);
}

#[test]
fn the_limits_hold_inside_the_transaction_and_end_with_it() {
    let database = Database::fresh();
    let noted = "INSERT INTO limits SELECT current_setting('lock_timeout'), current_setting('statement_timeout');";
    let history = History::new(&[
        (
            "V1__a.sql",
            format!("CREATE TABLE limits (lock text, statement text, id serial);\n{noted}"),
        ),
        (
            "V2__b.sql",
            format!("-- migrator: lock-timeout 10s\n-- migrator: statement-timeout 5min\n{noted}"),
        ),
        ("V3__c.sql", noted.to_owned()),
    ]);
    history
        .run(&database, &["up", "--statement-timeout", "1h"])
        .exits(0);
    assert_eq!(
        database.rows("SELECT lock, statement FROM limits ORDER BY id"),
        ["3s|1h", "10s|5min", "3s|1h"]
    );
}
