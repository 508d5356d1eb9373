//! `stamp`: records without running, and takes records away only when it is told to.

use crate::support::{Database, History, assert_shown};

fn history() -> History {
    History::numbered(3, |at| format!("CREATE TABLE t{at} ();"))
}

#[test]
fn a_stamp_runs_nothing() {
    let (database, history) = (Database::fresh(), history());
    assert_shown("stamp", &history.run(&database, &["stamp", "2"]));
    assert_eq!(database.applied(), [1, 2]);
    assert!(!database.has("t1"));
    history.up(&database);
    assert!(database.has("t3") && !database.has("t2"));
    assert_eq!(database.journal(), ["stamp 1", "stamp 2", "apply 3"]);
}

#[test]
fn a_lower_stamp_takes_records_away_after_a_yes() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    assert_shown(
        "stamp_without_yes",
        &history.run(&database, &["stamp", "1"]),
    );
    assert_eq!(database.applied(), [1, 2, 3]);
    history.run(&database, &["stamp", "1", "--yes"]).exits(0);
    assert_eq!(database.applied(), [1]);
    assert!(database.has("t3"));
    assert_eq!(database.journal()[3..], ["unstamp 3", "unstamp 2"]);
}

#[test]
fn a_stamp_accepts_a_changed_file_and_forgets_a_missing_one() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    history.write("V1__step_1.sql", "CREATE TABLE t1 (); -- harmless");
    history.remove("V2__step_2.sql");
    history.run(&database, &["up"]).exits(3);
    history.run(&database, &["stamp", "head", "--yes"]).exits(0);
    history.run(&database, &["check"]).exits(0);
    assert_eq!(database.applied(), [1, 3]);
}

#[test]
fn a_stamped_migration_can_be_undone() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V1__a.down.sql", "DROP TABLE a;"),
    ]);
    database.run("CREATE TABLE a ()");
    history.run(&database, &["stamp", "head"]).exits(0);
    history.run(&database, &["down", "-1"]).exits(0);
    assert!(!database.has("a"));
}

#[test]
fn a_second_stamp_is_nothing_to_do() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["stamp", "head"]).exits(0);
    let ran = history.run(&database, &["stamp", "head"]).exits(0);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
}
