//! Undoing: in which order, from which SQL, and what refuses before anything runs.

use crate::support::{Database, History, assert_shown};

/// Each up and down notes what it did, so that the order is seen.
fn noted(versions: &[&str]) -> Vec<(String, String)> {
    let up = |version: &str| {
        (
            format!("{version}__m.sql"),
            format!("INSERT INTO notes VALUES ('{version} up');"),
        )
    };
    let down = |version: &str| {
        (
            format!("{version}__m.down.sql"),
            format!("INSERT INTO notes VALUES ('{version} down');"),
        )
    };
    versions
        .iter()
        .flat_map(|version| [up(version), down(version)])
        .collect()
}

fn notes(database: &Database) -> Vec<String> {
    database.rows("SELECT note FROM notes ORDER BY id")
}

fn database() -> Database {
    Database::holding("CREATE TABLE notes (note text, id serial)")
}

#[test]
fn what_was_applied_late_is_undone_first() {
    let database = database();
    let history = History::new(&noted(&["V1", "V3"]));
    history.up(&database);
    for (file, sql) in noted(&["U2"]) {
        history.write(&file, &sql);
    }
    history.up(&database);
    assert_eq!(notes(&database), ["V1 up", "V3 up", "U2 up"]);
    history.run(&database, &["down", "base", "--yes"]).exits(0);
    assert_eq!(notes(&database)[3..], ["U2 down", "V3 down", "V1 down"]);
    assert_eq!(
        database.journal(),
        [
            "apply 1", "apply 3", "apply 2", "revert 2", "revert 3", "revert 1"
        ]
    );
}

#[test]
fn an_older_binary_undoes_what_it_does_not_know() {
    let database = database();
    let newer = History::new(&noted(&["V1", "V2", "V3"]));
    newer.write(
        "V3__m.down.sql",
        "-- migrator: no-transaction\nINSERT INTO notes VALUES ('V3 down');\nVACUUM notes;",
    );
    newer.up(&database);
    let older = History::new(&noted(&["V1"]));
    older.run(&database, &["down", "1", "--yes"]).exits(0);
    assert_eq!(notes(&database)[3..], ["V3 down", "V2 down"]);
    assert_eq!(database.applied(), [1]);
    older.run(&database, &["check"]).exits(0);
}

#[test]
fn a_changed_migration_is_undone_by_the_sql_of_its_time() {
    let database = database();
    let history = History::new(&noted(&["V1"]));
    history.up(&database);
    history.write("V1__m.sql", "SELECT 'another text';");
    history.write("V1__m.down.sql", "SELECT 'must not run' / 0;");
    history.run(&database, &["down", "-1"]).exits(0);
    assert_eq!(notes(&database), ["V1 up", "V1 down"]);
}

#[test]
fn an_irreversible_or_missing_down_refuses_before_anything_runs() {
    let database = database();
    let mut files = noted(&["V1", "V4"]);
    files.push((
        "V2__gone.sql".to_owned(),
        "-- migrator: irreversible \"the data is gone\"\nSELECT 2;".to_owned(),
    ));
    files.push(("V3__plain.sql".to_owned(), "SELECT 3;".to_owned()));
    let history = History::new(&files);
    history.up(&database);
    let refused = history.run(&database, &["down", "base", "--yes"]).exits(2);
    assert_shown("down_blocked", &refused);
    assert_eq!(notes(&database), ["V1 up", "V4 up"]);
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    history.run(&database, &["down", "3"]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

#[test]
fn more_than_one_needs_a_yes_where_nobody_can_be_asked() {
    let database = database();
    let history = History::new(&noted(&["V1", "V2", "V3"]));
    history.up(&database);
    assert_shown(
        "down_without_yes",
        &history.run(&database, &["down", "base"]),
    );
    assert_eq!(database.applied(), [1, 2, 3]);
    history.run(&database, &["down", "-1"]).exits(0);
    history.run(&database, &["down", "base", "-y"]).exits(0);
    assert_eq!(database.applied(), [0; 0]);
}

#[test]
fn a_down_that_fails_leaves_its_migration_applied() {
    let database = database();
    let history = History::new(&noted(&["V1", "V2", "V3"]));
    history.write(
        "V2__m.down.sql",
        "INSERT INTO notes VALUES ('lost');\nSELECT 1/0;",
    );
    history.up(&database);
    assert_shown(
        "down_fails",
        &history.run(&database, &["down", "base", "--yes"]).exits(1),
    );
    assert_eq!(database.applied(), [1, 2]);
    assert_eq!(notes(&database)[3..], ["V3 down"]);
    assert_eq!(database.journal()[3..], ["revert 3", "fail 2"]);
}

#[test]
fn redo_takes_the_changed_text() {
    let database = database();
    let history = History::new(&noted(&["V1"]));
    history.up(&database);
    history.write("V1__m.sql", "INSERT INTO notes VALUES ('V1 rewritten');");
    history.run(&database, &["redo"]).exits(0);
    assert_eq!(notes(&database), ["V1 up", "V1 down", "V1 rewritten"]);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn redo_needs_something_applied() {
    let database = database();
    let refused = History::new(&noted(&["V1"]))
        .run(&database, &["redo"])
        .exits(2);
    assert!(refused.stderr.contains("nothing is applied"), "{refused}");
    assert!(!database.has("refinery_schema_history"));
}
