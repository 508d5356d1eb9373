//! Scripts outside a transaction that are continued: nothing twice, nothing forgotten, and what is changed meanwhile.

use std::time::Duration;

use crate::support::{Database, Dead, History, Ran, Role, assert_shown};

const OUTSIDE: &str = "-- migrator: no-transaction\n";

fn outside(text: &str) -> String {
    format!("{OUTSIDE}{text}\n")
}

#[test]
fn no_step_is_run_twice() {
    let database = Database::fresh();
    let file = |broken: [&str; 2]| {
        outside(&format!(
            "CREATE TABLE t (n int);\nINSERT INTO t VALUES (1);\n{};\nINSERT INTO t VALUES (2);\nBEGIN;\nINSERT INTO t VALUES (3);\n{};\nCOMMIT;\nVACUUM t;\nINSERT INTO t VALUES (4);",
            broken[0], broken[1]
        ))
    };
    let history = History::new(&[("V1__a.sql", file(["SELECT 1/0", "SELECT 2/0"]))]);
    history.run(&database, &["up"]).exits(1);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &file(["SELECT 1", "SELECT 2/0"]));
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &file(["SELECT 1", "SELECT 2"]));
    history.up(&database);
    assert_eq!(
        database.rows("SELECT n FROM t ORDER BY n"),
        ["1", "2", "3", "4"]
    );
}

#[test]
fn a_way_down_is_continued() {
    let database = Database::fresh();
    let down = |broken: &str| {
        outside(&format!(
            "INSERT INTO t VALUES (1);\nDROP INDEX CONCURRENTLY i;\n{broken};\nINSERT INTO t VALUES (2);"
        ))
    };
    let history = History::new(&[
        (
            "V1__a.sql",
            "CREATE TABLE t (n int);\nCREATE INDEX i ON t (n);".to_owned(),
        ),
        ("V1__a.down.sql", down("SELECT 1 FROM missing")),
    ]);
    history.up(&database);
    let undo = ["down", "-1"];
    history.run(&database, &undo).exits(1);
    let status = history.run(&database, &["status"]).exits(0);
    assert!(
        status
            .stdout
            .contains("1 is unfinished: undoing it, 2 steps are done, step 3 failed."),
        "{status}"
    );
    history.run(&database, &undo).exits(1);
    database.run("CREATE TABLE missing ()");
    history.run(&database, &undo).exits(0);
    assert_eq!(database.rows("SELECT n FROM t"), ["1", "2"]);
    assert_eq!(database.applied(), [0; 0]);
}

#[test]
fn what_a_script_has_set_is_set_again() {
    let role = Role::new();
    let database = Database::holding(&format!(
        "CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO {0}; CREATE SCHEMA z AUTHORIZATION {0}",
        role.name()
    ));
    let text = |last: &str| {
        outside(&format!(
            "SET ROLE {};\nSELECT pg_catalog.set_config('search_path', 's', false);\nCREATE TABLE t (n int);\nBEGIN;\nSET search_path = z;\nCREATE TABLE u (n int);\nCOMMIT;\n{last};\nCREATE INDEX CONCURRENTLY i ON u (n);\nINSERT INTO u VALUES (1);",
            role.name()
        ))
    };
    let history = History::new(&[("V1__a.sql", text("SELECT 1/0"))]);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &text("SELECT 1"));
    history.up(&database);
    assert_eq!(
        database.value("SELECT count(*), min(relowner::regrole::text) FROM pg_class WHERE oid IN ('s.t'::regclass, 'z.u'::regclass, 'z.i'::regclass)"),
        format!("3|{}", role.name())
    );
}

#[test]
fn a_step_that_has_changed_after_it_was_done_stops_the_run() {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__a.sql",
        outside("CREATE TABLE t (n int);\nINSERT INTO t VALUES (1);\nSELECT 1/0;"),
    )]);
    history.run(&database, &["up"]).exits(1);
    history.write(
        "V1__a.sql",
        &outside("CREATE TABLE t (n int);\nINSERT INTO t VALUES (7);\nSELECT 1;"),
    );
    assert_shown("changed_step", &history.run(&database, &["up"]).exits(3));
    history.run(&database, &["plan", "--sql"]).exits(3);
    history
        .run(&database, &["resolve", "1", "--step", "2", "--retry"])
        .exits(0);
    history.up(&database);
    assert_eq!(database.rows("SELECT n FROM t ORDER BY n"), ["1", "7"]);
}

#[test]
fn steps_that_were_done_may_not_be_removed() {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__a.sql",
        outside("CREATE TABLE t (n int);\nVACUUM t;\nSELECT 1/0;"),
    )]);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &outside("CREATE TABLE t (n int);"));
    history.run(&database, &["up"]).exits(3);
    history.write("V1__a.sql", "CREATE TABLE t (n int);");
    history.run(&database, &["up"]).exits(3);
    history.write("V1__a.sql", &outside("CREATE TABLE t (n int);\nVACUUM t;"));
    history.up(&database);
    assert_eq!(
        database.value("SELECT count(*) FROM migrator_step WHERE journal_id IS NULL"),
        "0"
    );
}

#[test]
fn a_script_that_failed_at_its_first_step_may_become_a_transaction() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", outside("VACUUM nothing;"))]);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", "CREATE TABLE t (n int);");
    history.up(&database);
    assert_eq!(
        database.value("SELECT count(*) FROM migrator_step WHERE journal_id IS NULL"),
        "0"
    );
    let status = history.run(&database, &["status"]).exits(0);
    assert!(!status.stdout.contains("unfinished"), "{status}");
}

#[test]
fn a_stamp_closes_what_is_unfinished() {
    let dead = Dead::at("SELECT 1;", &[], "DO $$ BEGIN END $$");
    dead.history
        .run(&dead.database, &["stamp", "head", "--yes"])
        .exits(0);
    assert_eq!(dead.database.applied(), [1, 2]);
    assert_eq!(
        dead.database
            .value("SELECT count(*) FROM migrator_step WHERE journal_id IS NULL"),
        "0"
    );
}

#[test]
fn status_tells_what_is_unfinished() {
    let dead = Dead::at("SELECT 1;", &["SET a.b = 'c'"], "DO $$ BEGIN END $$");
    let status = dead.history.run(&dead.database, &["status"]).exits(0);
    assert!(
        status.stdout.ends_with(
            "2 is unfinished: 0 steps are done, step 2 was begun.\nThe database is ours, at 1.\n"
        ),
        "{status}"
    );
    let document = dead
        .history
        .run(&dead.database, &["status", "--json"])
        .exits(0)
        .json();
    let unfinished = &document["migrations"][1]["unfinished"];
    assert_eq!(unfinished["begun"][0], 2);
    assert_eq!(unfinished["action"], "apply");
    assert!(document["migrations"][0]["unfinished"].is_null());
}

#[test]
fn status_works_for_a_role_that_may_not_read_the_steps() {
    let role = Role::new();
    let dead = Dead::at("SELECT 1;", &[], "DO $$ BEGIN END $$");
    dead.database.run(&format!(
        "GRANT SELECT ON refinery_schema_history TO {}",
        role.name()
    ));
    let url = dead.database.url_of(role.name());
    dead.history.call(&["status", "--url", &url]).run().exits(0);
    // Whoever waits for a database hears what is not known of it.
    let check = || dead.history.call(&["check", "--url", &url]).run();
    check().exits(4);
    dead.database.run("UPDATE migrator_step SET state = 'done'");
    dead.history.up(&dead.database);
    check()
        .exits(0)
        .says(&["this role may not read migrator_step", "GRANT SELECT"]);
}

#[test]
fn resolve_needs_a_step_that_is_unfinished() {
    let dead = Dead::at("SELECT 1;", &[], "DO $$ BEGIN END $$");
    let resolve = |version, step| {
        dead.history.run(
            &dead.database,
            &["resolve", version, "--step", step, "--done"],
        )
    };
    resolve("2", "7").exits(2).says(&["step 1 of 2, started"]);
    resolve("1", "1").exits(2);
    resolve("2", "1").exits(0);
    dead.goes_on();
    resolve("2", "1")
        .exits(2)
        .says(&["No migration is unfinished"]);
}

#[test]
fn a_run_that_is_stopped_before_it_sends_a_statement_leaves_no_doubt() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE t (n int);".to_owned()),
        (
            "V2__b.sql",
            outside("DO $$ BEGIN INSERT INTO t VALUES (1); END $$;"),
        ),
    ]);
    history.run(&database, &["up", "1"]).exits(0);
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; LOCK TABLE migrator_step IN SHARE MODE")
        .expect("a table");
    let run = history.call(&["up"]).on(&database).start();
    database.until_it_is_blocked();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &run.id().to_string()])
        .status();
    assert!(killed.expect("kill").success());
    std::thread::sleep(Duration::from_millis(200));
    drop(other);
    Ran::after(run).exits(8);
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
    history.up(&database);
    assert_eq!(database.value("SELECT count(*) FROM t"), "1");
}

#[test]
fn a_note_that_is_cancelled_is_written_again() {
    let database = Database::holding("CREATE TABLE t (n int)");
    let history = History::new(&[(
        "V1__a.sql",
        outside("VACUUM t;\nDO $$ BEGIN INSERT INTO t VALUES (1); PERFORM pg_sleep(3); END $$;"),
    )]);
    let mut other = database.connect();
    let run = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    other
        .batch_execute("BEGIN; LOCK TABLE migrator_step IN SHARE MODE")
        .expect("a table");
    database.until_it_is_blocked();
    // The statement has ended, and its note waits for us.
    assert_eq!(
        database.value("SELECT count(*) FROM (SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock') AS cancelled"),
        "1"
    );
    std::thread::sleep(Duration::from_millis(300));
    drop(other);
    Ran::after(run).exits(0);
    assert_eq!(database.value("SELECT count(*) FROM t"), "1");
}
