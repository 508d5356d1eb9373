//! Where history and files disagree: everything is said at once, and nothing runs.

use crate::support::{Database, History, assert_shown};

fn applied(versions: &[i64]) -> (Database, History) {
    let database = Database::fresh();
    let files: Vec<(String, String)> = versions
        .iter()
        .map(|version| {
            (
                format!("V{version}__m{version}.sql"),
                format!("CREATE TABLE t{version} ();"),
            )
        })
        .collect();
    let history = History::new(&files);
    history.up(&database);
    (database, history)
}

#[test]
fn every_kind_is_reported_before_anything_runs() {
    let (database, history) = applied(&[1, 2, 4, 6, 9]);
    history.write("V1__m1.sql", "CREATE TABLE t1 (id int);");
    history.remove("V2__m2.sql");
    history.write("V3__late.sql", "CREATE TABLE t3 ();");
    history.remove("V4__m4.sql");
    history.write("V4__renamed.sql", "CREATE TABLE t4 ();");
    history.write("V7__pending.sql", "CREATE TABLE t7 ();");
    history.remove("V9__m9.sql");
    let before = database.journal();
    for command in ["up", "check", "plan"] {
        let refused = history.run(&database, &[command]).exits(3);
        let lines = refused
            .stderr
            .lines()
            .filter(|line| line.starts_with("detail: "))
            .count();
        assert_eq!(lines, 6, "{refused}");
    }
    assert_shown("drift", &history.run(&database, &["up"]));
    assert_shown(
        "drift_status",
        &history.run(&database, &["status"]).exits(0),
    );
    assert_eq!(database.journal(), before);
    assert!(!database.has("t3") && !database.has("t7"));
}

#[test]
fn the_json_of_a_drift_tells_each_state() {
    let (database, history) = applied(&[1, 2, 5]);
    history.write("V1__m1.sql", "SELECT 1;");
    history.remove("V2__m2.sql");
    history.write("V3__late.sql", "SELECT 3;");
    history.remove("V5__m5.sql");
    let document = history
        .run(&database, &["status", "--json"])
        .exits(0)
        .json();
    let rows = document["migrations"].as_array().expect("a list");
    let states: Vec<&str> = rows
        .iter()
        .filter_map(|row| row["state"].as_str())
        .collect();
    assert_eq!(states, ["changed", "missing", "late", "newer"]);
    let refused = history.run(&database, &["up", "--json"]).exits(3).json();
    assert_eq!(refused["error"]["detail"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_late_migration_is_applied_by_policy() {
    let (database, history) = applied(&[1, 3]);
    history.write("V2__late.sql", "CREATE TABLE t2 ();");
    history.write("V4__m4.sql", "CREATE TABLE t4 ();");
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["--late apply"]);
    history
        .run(&database, &["check", "--late", "apply"])
        .exits(4);
    history.run(&database, &["up", "--late", "apply"]).exits(0);
    assert_eq!(
        database.journal(),
        ["apply 1", "apply 3", "apply 2", "apply 4"]
    );
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_newer_database_is_accepted_by_policy() {
    let (database, history) = applied(&[1, 2, 3]);
    history.remove("V3__m3.sql");
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["--newer accept"]);
    let accepted = history
        .run(&database, &["up", "--newer", "accept"])
        .exits(0);
    assert!(
        accepted.stdout.starts_with("nothing to do; at 3"),
        "{accepted}"
    );
    history
        .call(&["check"])
        .on(&database)
        .variable("MIGRATOR_NEWER", "accept")
        .run()
        .exits(0);
}

#[test]
fn a_policy_tolerates_its_own_kind_only() {
    let (database, history) = applied(&[1, 2, 3]);
    history.write("V1__m1.sql", "SELECT 'changed';");
    history.remove("V2__m2.sql");
    let refused = history
        .run(&database, &["up", "--late", "apply", "--newer", "accept"])
        .exits(3);
    assert!(refused.stderr.contains("2 migrations"), "{refused}");
}

#[test]
fn line_endings_and_a_byte_order_mark_are_no_change() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();\nCREATE TABLE b ();\n")]);
    history.up(&database);
    history.write("V1__a.sql", "CREATE TABLE a ();\r\nCREATE TABLE b ();\r\n");
    history.run(&database, &["check"]).exits(0);
    history.write(
        "V1__a.sql",
        "\u{feff}CREATE TABLE a ();\r\nCREATE TABLE b ();\r\n",
    );
    history.run(&database, &["check"]).exits(0);
}
