//! Migrations outside a transaction: what runs, what stays after a failure, and what is refused.

use crate::support::{Database, History, assert_shown};

const HEADER: &str = "-- migrator: no-transaction\n";

#[test]
fn what_no_transaction_may_hold_is_run() {
    let database = Database::fresh();
    let text = format!(
        "{HEADER}CREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\nVACUUM t;\nREINDEX INDEX CONCURRENTLY i;\nDROP INDEX CONCURRENTLY i;\nCOPY t FROM stdin;\n1\n2\n\\.\nBEGIN;\nINSERT INTO t VALUES (3);\nINSERT INTO t VALUES (4);\nCOMMIT;\nANALYZE t;"
    );
    let history = History::new(&[
        ("V1__before.sql", "SELECT 1;"),
        ("V2__outside.sql", &text),
        ("V3__after.sql", "CREATE TABLE after ();"),
    ]);
    history.up(&database);
    assert_eq!(database.value("SELECT count(*) FROM t"), "4");
    assert_eq!(database.journal(), ["apply 1", "apply 2", "apply 3"]);
    assert!(!database.has("i"));
}

#[test]
fn what_stood_before_the_failure_stays_and_is_said() {
    let database = Database::fresh();
    let text = format!(
        "{HEADER}CREATE TABLE t (id int);\nINSERT INTO t VALUES (1), (1);\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (id);\nINSERT INTO t VALUES (2);"
    );
    let history = History::new(&[("V1__outside.sql", &text)]);
    assert_shown("fails_outside", &history.run(&database, &["up"]).exits(1));
    assert_eq!(database.applied(), [0; 0]);
    assert_eq!(database.journal(), ["fail 1"]);
    let told = history.run(&database, &["history"]).exits(0).stdout;
    assert!(told.contains("fail") && !told.contains(" ms"), "{told}");
    assert_eq!(database.value("SELECT count(*) FROM t"), "2");
}

#[test]
fn a_block_that_fails_takes_no_effect() {
    let database = Database::fresh();
    let text = format!(
        "{HEADER}CREATE TABLE t (id int);\nBEGIN;\nINSERT INTO t VALUES (1);\nSELECT 1/0;\nCOMMIT;"
    );
    let history = History::new(&[("V1__outside.sql", &text)]);
    assert_shown(
        "fails_in_a_block",
        &history.run(&database, &["up"]).exits(1),
    );
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
    // Nothing of the failure is left, and what failed may be mended.
    history.write("V1__outside.sql", &text.replace("1/0", "1"));
    history.run(&database, &["up", "--lock-wait", "0"]).exits(0);
    assert_eq!(database.value("SELECT count(*) FROM t"), "1");
}

#[test]
fn the_first_statement_that_fails_leaves_nothing() {
    let database = Database::fresh();
    let history = History::new(&[("V1__outside.sql", format!("{HEADER}VACUUM nothing;"))]);
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(
        ran.stderr
            .contains("This was step 1 of 1 outside a transaction. The migration is not recorded;"),
        "{ran}"
    );
    assert!(ran.stderr.contains("V1__outside.sql:2:1"), "{ran}");
}

#[test]
fn a_single_transaction_refuses_it_before_anything_runs() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__outside.sql", "-- migrator: no-transaction\nVACUUM;"),
    ]);
    assert_shown(
        "single_transaction_refused",
        &history
            .run(&database, &["up", "--single-transaction"])
            .exits(2),
    );
    assert!(!database.has("a") && !database.has("refinery_schema_history"));
    history
        .run(&database, &["up", "+1", "--single-transaction"])
        .exits(0);
}

#[test]
fn its_limits_end_with_it() {
    let database = Database::fresh();
    let text = "-- migrator: no-transaction\n-- migrator: statement-timeout 7min\nCREATE TABLE limits AS SELECT current_setting('statement_timeout') AS during;\nALTER TABLE limits ADD COLUMN after text;";
    let history = History::new(&[
        ("V1__outside.sql", text),
        (
            "V2__after.sql",
            "UPDATE limits SET after = current_setting('statement_timeout');",
        ),
    ]);
    history.up(&database);
    assert_eq!(database.value("SELECT during, after FROM limits"), "7min|0");
}
