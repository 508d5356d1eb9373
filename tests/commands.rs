//! The commands' JSON, their other names, and the targets that they take.

use serde_json::{Value, json};

use crate::support::{Database, History, Ran};

fn history() -> History {
    History::new(&[
        ("V1__first.sql", "CREATE TABLE first ();"),
        ("V1__first.down.sql", "DROP TABLE first;"),
        ("V2__second.sql", "CREATE TABLE second ();"),
        ("V2__second.down.sql", "DROP TABLE second;"),
        (
            "V3__third.sql",
            "-- migrator: no-transaction\nCREATE TABLE third ();\nVACUUM third;",
        ),
        ("V3__third.down.sql", "DROP TABLE third;"),
    ])
}

/// The document of a command, after the fields that all of them have.
fn document(ran: &Ran, command: &str) -> Value {
    let document = ran.json();
    assert_eq!(document["format"], 1, "{ran}");
    assert_eq!(document["command"], command, "{ran}");
    assert_eq!(document["exit_code"], ran.code, "{ran}");
    document
}

fn versions(steps: &Value) -> Vec<(&str, i64)> {
    let step = |step: &Value| step["version"].as_i64().expect("a number");
    let steps = steps.as_array().expect("a list");
    steps
        .iter()
        .map(|it| (it["action"].as_str().expect("a word"), step(it)))
        .collect()
}

#[test]
fn up_down_and_redo_report_their_steps() {
    let (database, history) = (Database::fresh(), history());
    let up = document(&history.run(&database, &["up", "--json"]).exits(0), "up");
    assert_eq!(
        versions(&up["steps"]),
        [("apply", 1), ("apply", 2), ("apply", 3)]
    );
    assert_eq!(up["current"], 3);
    assert_eq!(up["steps"][0]["name"], "first");
    assert!(up["took_ms"].as_f64().is_some_and(|took| took > 0.0));
    let redo = document(
        &history.run(&database, &["redo", "--json"]).exits(0),
        "redo",
    );
    assert_eq!(versions(&redo["steps"]), [("revert", 3), ("apply", 3)]);
    let down = document(
        &history
            .run(&database, &["down", "base", "--yes", "--json"])
            .exits(0),
        "down",
    );
    assert_eq!(
        versions(&down["steps"]),
        [("revert", 3), ("revert", 2), ("revert", 1)]
    );
    assert_eq!(down["current"], Value::Null);
    let stamp = document(
        &history.run(&database, &["stamp", "2", "--json"]).exits(0),
        "stamp",
    );
    assert_eq!(versions(&stamp["steps"]), [("stamp", 1), ("stamp", 2)]);
}

#[test]
fn plan_status_and_check_describe_each_migration() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    let plan = document(
        &history.run(&database, &["plan", "--json"]).exits(0),
        "plan",
    );
    assert_eq!(
        plan["steps"][1],
        json!({"action": "apply", "version": 3, "name": "third", "file": "migrations/V3__third.sql",
               "files": ["migrations/V3__third.sql"], "covers": null, "mode": "no-transaction", "statements": 2})
    );
    let status = document(
        &history.run(&database, &["status", "--json"]).exits(0),
        "status",
    );
    assert_eq!(
        (&status["current"], &status["head"], &status["pending"]),
        (&json!(1), &json!(3), &json!(2))
    );
    assert_eq!(status["migrations"][0]["state"], "applied");
    assert_eq!(status["migrations"][2]["state"], "pending");
    assert_eq!(status["migrations"][2]["applied_on"], Value::Null);
    let check = document(
        &history.run(&database, &["check", "--json"]).exits(4),
        "check",
    );
    assert_eq!(check["error"]["kind"], "pending");
    let script = document(
        &history
            .run(&database, &["plan", "--sql", "--json"])
            .exits(0),
        "plan",
    );
    assert!(
        script["script"]
            .as_str()
            .is_some_and(|sql| sql.contains("CREATE TABLE second"))
    );
}

#[test]
fn history_current_info_and_show_have_their_documents() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    let journal = document(
        &history.run(&database, &["history", "--json"]).exits(0),
        "history",
    );
    let entry = &journal["entries"][2];
    assert_eq!(
        (&entry["action"], &entry["version"], &entry["name"]),
        (&json!("apply"), &json!(3), &json!("third"))
    );
    assert!(
        entry["started_at"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    assert!(entry["took_ms"].as_f64().is_some_and(|took| took > 0.0));
    let current = document(
        &history.run(&database, &["current", "--json"]).exits(0),
        "current",
    );
    assert_eq!(current["current"], 3);
    let info = document(&history.call(&["info", "--json"]).run().exits(0), "info");
    assert_eq!(info["folder"], "migrations");
    assert_eq!(info["migrations"][2]["up"]["mode"], "no-transaction");
    assert_eq!(info["migrations"][2]["down"]["file"], "V3__third.down.sql");
    assert_eq!(info["digest"].as_str().map(str::len), Some(64));
    let show = document(
        &history
            .call(&["show", "1", "--down", "--json"])
            .run()
            .exits(0),
        "show",
    );
    assert_eq!(show["sql"], "DROP TABLE first;");
}

#[test]
fn a_failure_is_a_document_too() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "SELECT 1;\nSELECT 1/0;"),
    ]);
    let failed = history.run(&database, &["up", "--json"]).exits(1);
    let document = document(&failed, "up");
    assert_eq!(versions(&document["steps"]), [("apply", 1)]);
    let error = &document["error"];
    assert_eq!(
        (&error["kind"], &error["sqlstate"]),
        (&json!("migration"), &json!("22012"))
    );
    assert_eq!(
        error["migration"],
        json!({"action": "apply", "version": 2, "name": "b"})
    );
    assert_eq!(
        error["place"],
        json!({"file": "migrations/V2__b.sql", "line": 2, "column": 1, "text": "SELECT 1/0;"})
    );
}

#[test]
fn the_names_of_other_tools_work_as_written() {
    let (database, history) = (Database::fresh(), history());
    let done = |arguments: &[&str], versions: &[i64]| {
        history.run(&database, arguments).exits(0);
        assert_eq!(database.applied(), versions, "{arguments:?}");
    };
    done(&["upgrade", "+1"], &[1]);
    done(&["upgrade", "2"], &[1, 2]);
    done(&["upgrade", "head"], &[1, 2, 3]);
    done(&["downgrade", "-1"], &[1, 2]);
    done(&["downgrade", "1"], &[1]);
    done(&["upgrade"], &[1, 2, 3]);
    done(&["downgrade", "base", "--yes"], &[]);
    done(&["stamp", "head"], &[1, 2, 3]);
    done(&["stamp", "base", "-y"], &[]);
}

#[test]
fn a_target_that_does_not_exist_is_a_usage_error() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    for (arguments, says) in [
        (["up", "7"], "version 7 does not exist in this binary"),
        (["up", "+3"], "target +3 does not exist"),
        (["up", "-1"], "does not lead up"),
        (["up", "base"], "does not lead up"),
        (["down", "-2"], "target -2 does not exist"),
        (["down", "7"], "version 7 does not exist"),
        (["down", "head"], "does not lead down"),
        (["down", "+1"], "does not lead down"),
        (["plan", "7"], "version 7 does not exist"),
        (["stamp", "7"], "version 7 does not exist"),
        (["stamp", "+1"], "is not a place to stamp"),
    ] {
        history
            .run(&database, &arguments)
            .exits(2)
            .says(&[says, "hint: "]);
    }
    assert_eq!(database.journal(), ["apply 1"]);
}

#[test]
fn a_target_that_is_reached_already_is_nothing_to_do() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "2"]).exits(0);
    for arguments in [["up", "1"], ["up", "2"], ["down", "2"], ["down", "3"]] {
        let ran = history.run(&database, &arguments).exits(0);
        assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
    }
}
