//! Repeatables: applied after all migrations, whenever their text or what they rest on changes.

use std::thread;

use serde_json::Value;

use crate::support::{Database, History};

const TABLE: (&str, &str) = ("V1__table.sql", "CREATE TABLE a (x int);");
const ONE: &str = "CREATE OR REPLACE VIEW one AS SELECT x FROM a;";
const TWO: &str = "-- migrator: requires R__one\nCREATE OR REPLACE VIEW two AS SELECT x FROM one;";
const OTHER: &str = "CREATE OR REPLACE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';";

fn history() -> History {
    History::new(&[
        TABLE,
        ("R__one.sql", ONE),
        ("R__two.sql", TWO),
        ("R__other.sql", OTHER),
    ])
}

/// What `up` did, as `apply 1, repeat one`.
#[track_caller]
fn up(history: &History, database: &Database, arguments: &[&str]) -> String {
    let all = [&["up", "--json"], arguments].concat();
    steps(&history.run(database, &all).exits(0).json()["steps"])
}

fn steps(steps: &Value) -> String {
    let steps = steps.as_array().expect("an array").iter();
    let shown = steps.map(|step| {
        let of = match &step["version"] {
            Value::Null => step["name"].as_str().expect("a name").to_owned(),
            version => version.to_string(),
        };
        format!("{} {of}", step["action"].as_str().expect("a word"))
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The states that `status` tells, as `one up to date`.
#[track_caller]
fn states(history: &History, database: &Database) -> String {
    let status = history.run(database, &["status", "--json"]).exits(0).json();
    let rows = status["repeatables"].as_array().expect("an array").clone();
    let shown = rows
        .iter()
        .map(|row| format!("{} {}", row["name"], row["state"]).replace('"', ""));
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn they_run_after_all_migrations_and_again_when_their_text_changes() {
    let (history, database) = (history(), Database::fresh());
    assert_eq!(
        up(&history, &database, &[]),
        "apply 1, repeat one, repeat other, repeat two"
    );
    assert_eq!(up(&history, &database, &[]), "");
    history.run(&database, &["check"]).exits(0);

    history.write("R__other.sql", &OTHER.replace('1', "2"));
    history.write("V2__more.sql", "CREATE TABLE b (x int);");
    assert_eq!(
        states(&history, &database),
        "one up to date, other outdated, two up to date"
    );
    assert_eq!(up(&history, &database, &[]), "apply 2, repeat other");
    assert_eq!(database.rows("SELECT other()"), ["2"]);

    // A view that rests on another is made anew with it.
    history.write(
        "R__one.sql",
        "DROP VIEW one CASCADE; CREATE VIEW one AS SELECT x, 1 AS y FROM a;",
    );
    assert_eq!(up(&history, &database, &[]), "repeat one, repeat two");
    assert_eq!(database.rows("SELECT count(*) FROM two"), ["0"]);
}

#[test]
fn a_target_below_the_head_leaves_them_out() {
    let (history, database) = (history(), Database::fresh());
    history.write("V2__more.sql", "CREATE TABLE b (x int);");
    assert_eq!(up(&history, &database, &["1"]), "apply 1");
    assert_eq!(
        states(&history, &database),
        "one pending, other pending, two pending"
    );
    assert_eq!(
        up(&history, &database, &["+1"]),
        "apply 2, repeat one, repeat other, repeat two"
    );
    assert_eq!(up(&history, &database, &["2"]), "");
}

#[test]
fn what_was_undone_makes_them_outdated() {
    let (history, database) = (history(), Database::fresh());
    history.write("V1__table.down.sql", "DROP TABLE a CASCADE;");
    up(&history, &database, &[]);
    history.run(&database, &["down", "base"]).exits(0);
    assert_eq!(
        states(&history, &database),
        "one outdated, other outdated, two outdated"
    );
    assert_eq!(
        up(&history, &database, &[]),
        "apply 1, repeat one, repeat other, repeat two"
    );
    assert_eq!(database.rows("SELECT count(*) FROM two"), ["0"]);
}

#[test]
fn check_tells_what_is_not_up_to_date() {
    let (history, database) = (history(), Database::fresh());
    up(&history, &database, &[]);
    history.write("R__one.sql", &format!("-- new\n{ONE}"));
    insta::assert_snapshot!(history.run(&database, &["check"]).exits(4));
    history.write("V2__more.sql", "CREATE TABLE b (x int);");
    history.run(&database, &["check"]).exits(4).says(&[
        "1 migration is pending, 2 repeatables are not up to date",
        "2 \"more\"",
        "R \"two\" is outdated",
    ]);
    insta::assert_snapshot!(history.run(&database, &["plan"]).exits(0));
}

#[test]
fn every_command_names_them_alike() {
    let (history, database) = (history(), Database::fresh());
    up(&history, &database, &[]);
    history.remove("R__other.sql");
    history.write("R__two.sql", &format!("{TWO}\n-- new"));
    let status = history.run(&database, &["status"]).exits(0).stdout;
    let status: Vec<&str> = status
        .lines()
        .map(|line| line.split("  20").next().unwrap_or_default().trim_end())
        .collect();
    insta::assert_snapshot!(status.join("\n"));
    let journal = history
        .run(&database, &["history", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        steps(&journal["entries"]),
        "apply 1, repeat one, repeat other, repeat two"
    );
    insta::assert_snapshot!(history.call(&["show", "R__two"]).run().exits(0));
    history
        .call(&["show", "R__three"])
        .run()
        .exits(2)
        .says(&["repeatable \"three\" does not exist in this binary"]);
    let info = history.call(&["info", "--json"]).run().exits(0).json();
    assert_eq!(info["repeatables"][1]["requires"][0], "one");
    history.run(&database, &["current"]).exits(0);
}

#[test]
fn a_failure_names_file_and_line_and_keeps_what_came_before() {
    let (history, database) = (history(), Database::fresh());
    history.write("R__other.sql", "SELECT 1;\nSELECT nothing_of_this_name;");
    let failed = history.run(&database, &["up"]).exits(1);
    let (_, error) = failed.stderr.split_once("error: ").expect("an error");
    insta::assert_snapshot!(error);
    assert_eq!(
        database.rows("SELECT name, version, sqlstate FROM migrator_journal WHERE action = 'fail'"),
        ["other|-|42703"]
    );
    assert_eq!(
        states(&history, &database),
        "one up to date, other pending, two pending"
    );
    history.write("R__other.sql", OTHER);
    assert_eq!(up(&history, &database, &[]), "repeat other, repeat two");
}

#[test]
fn a_single_transaction_includes_them() {
    let (history, database) = (history(), Database::fresh());
    history.write(
        "R__two.sql",
        "-- migrator: requires R__other\nSELECT nothing_of_this_name;",
    );
    history
        .run(&database, &["up", "--single-transaction"])
        .exits(1);
    assert_eq!(database.rows("SELECT to_regclass('a') IS NULL"), ["t"]);
    assert_eq!(
        states(&history, &database),
        "one pending, other pending, two pending"
    );
}

#[test]
fn a_stamped_head_has_them() {
    let (history, database) = (history(), Database::fresh());
    let stamped = history
        .run(&database, &["stamp", "head", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        steps(&stamped["steps"]),
        "stamp 1, stamp one, stamp other, stamp two"
    );
    assert_eq!(up(&history, &database, &[]), "");
    history.run(&database, &["stamp", "base", "--yes"]).exits(0);
    assert_eq!(
        up(&history, &database, &[]),
        "apply 1, repeat one, repeat other, repeat two"
    );
}

#[test]
fn many_runners_apply_them_once() {
    let (history, database) = (history(), Database::fresh());
    let history = &history;
    let database = &database;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| history.up(database));
        }
    });
    assert_eq!(
        database.rows("SELECT name, count(*) FROM migrator_journal WHERE action = 'repeat' GROUP BY 1 ORDER BY 1"),
        ["one|1", "other|1", "two|1"]
    );
}

#[test]
fn a_script_applies_them_too() {
    let (history, database) = (history(), Database::fresh());
    let script = history.run(&database, &["plan", "--sql"]).exits(0).stdout;
    assert!(script.contains("-- repeat R two"), "{script}");
    crate::script::psql(&database, &script).exits(0);
    assert_eq!(up(&history, &database, &[]), "");
}

#[test]
fn an_older_program_leaves_those_of_a_newer_one() {
    let (history, database) = (history(), Database::fresh());
    history.write("V2__more.sql", "CREATE TABLE b (x int);");
    history.write("R__other.sql", &OTHER.replace('1', "2"));
    up(&history, &database, &[]);
    history.remove("V2__more.sql");
    history.write("R__other.sql", OTHER);
    assert_eq!(up(&history, &database, &["--newer", "accept"]), "");
    history
        .run(&database, &["check", "--newer", "accept"])
        .exits(0);
    assert_eq!(database.rows("SELECT other()"), ["2"]);
}
