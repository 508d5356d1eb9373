//! The termination message: what a container leaves behind, whatever becomes of the command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Call, Database, History, Ran};

const SECRET: &str = "t0p-S3cret";

/// A place for the message.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("message")
    }

    /// Runs it with this place in the environment, and reads what it left there.
    #[track_caller]
    fn after(&self, call: Call) -> (Ran, Value) {
        let ran = call.variable("MIGRATOR_TERMINATION_LOG", self.path()).run();
        let text = fs::read_to_string(self.path()).expect("a message");
        assert!(text.len() <= 4096, "{} bytes: {text}", text.len());
        let message: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(message["format"], 1, "{message}");
        assert_eq!(message["exit_code"], ran.code, "{message}\n{ran}");
        assert!(message["took_ms"].as_f64().is_some_and(|it| it >= 0.0));
        (ran, message)
    }
}

fn history() -> History {
    History::new(&[
        ("V1__first.sql", "CREATE TABLE first ();"),
        ("V2__second.sql", "CREATE TABLE second ();"),
        ("V2__second.down.sql", "DROP TABLE second;"),
    ])
}

#[test]
fn a_run_says_what_it_did() {
    let (database, history, place) = (Database::fresh(), history(), Place::new());
    let call = |arguments: &[&str]| history.call(arguments).on(&database);
    let (_, up) = place.after(call(&["up"]));
    assert_eq!(up["command"], "up");
    assert_eq!(up["applied"], json!([1, 2]));
    assert_eq!((&up["current"], &up["head"]), (&json!(2), &json!(2)));
    assert_eq!(up.get("error"), None);
    let (_, down) = place.after(call(&["down", "-1"]));
    assert_eq!(
        (&down["reverted"], &down["applied"]),
        (&json!([2]), &json!([]))
    );
    assert_eq!((&down["current"], &down["head"]), (&json!(1), &json!(2)));
    let (_, status) = place.after(call(&["status"]));
    assert_eq!(
        (&status["steps"], &status["current"]),
        (&json!(0), &json!(1))
    );
    let (ran, check) = place.after(call(&["check"]));
    assert_eq!(ran.code, 4, "{ran}");
    assert_eq!(check["error"]["kind"], "pending");
    assert_eq!(check["error"]["message"], "1 migration is pending");
    assert!(
        check["error"]["hint"]
            .as_str()
            .is_some_and(|it| it.contains("migrator up"))
    );
}

#[test]
fn a_failure_says_where_and_what_was_done_before() {
    let (database, history, place) = (Database::fresh(), history(), Place::new());
    history.write("V3__third.sql", "CREATE TABLE third ();\nSELECT 1/0;");
    let (ran, message) = place.after(history.call(&["up"]).on(&database));
    assert_eq!(ran.code, 1, "{ran}");
    assert_eq!(message["applied"], json!([1, 2]));
    let error = &message["error"];
    assert_eq!(error["kind"], "migration", "{message}");
    assert_eq!(error["sqlstate"], "22012");
    assert_eq!(
        error["migration"],
        json!({ "action": "apply", "version": 3, "name": "third" })
    );
    assert_eq!(
        (&error["place"]["line"], &error["place"]["column"]),
        (&json!(2), &json!(1))
    );
}

#[test]
fn it_holds_no_secret() {
    let (history, place) = (history(), Place::new());
    let url = format!("postgres://someone:{SECRET}@127.0.0.1:1/app");
    for (arguments, code) in [
        (&["up", "--url", &url] as &[&str], 6),
        (&["up", &url], 2),
        (&["up", "head", &url], 2),
        (&["up", "--nonsense", &url], 2),
        (&["up", "--url", &format!("{url}?nonsense=1")], 2),
    ] {
        let (ran, message) = place.after(history.call(arguments));
        assert_eq!(ran.code, code, "{ran}");
        assert!(!message.to_string().contains("S3cret"), "{message}");
        assert!(message["error"]["message"].is_string(), "{message}");
    }
}

#[test]
fn help_leaves_none() {
    let (history, place) = (history(), Place::new());
    for arguments in [["--help"], ["--version"]] {
        let call = history.call(&arguments);
        call.variable("MIGRATOR_TERMINATION_LOG", place.path())
            .run()
            .exits(0);
        assert!(!place.path().exists());
    }
}

#[test]
fn a_place_that_cannot_be_written_is_a_warning() {
    let (database, history, place) = (Database::fresh(), history(), Place::new());
    let pipe = place.path();
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo")
            .success()
    );
    for path in [
        Path::new("/nowhere/message"),
        Path::new("/"),
        pipe.as_path(),
    ] {
        let call = history.call(&["up", "--termination-log"]).argument(path);
        call.on(&database)
            .run()
            .exits(0)
            .says(&["warn: the termination message could not be written to"]);
    }
    // A full disk neither.
    let call = history.call(&["up", "--termination-log", "/dev/full"]);
    call.on(&database)
        .run()
        .exits(0)
        .says(&["No space left on device"]);
}

#[test]
fn the_option_comes_before_the_variable() {
    let (database, history, place) = (Database::fresh(), history(), Place::new());
    let other = place.folder.path().join("other");
    let call = history.call(&["up", "--termination-log"]).argument(&other);
    call.on(&database)
        .variable("MIGRATOR_TERMINATION_LOG", place.path())
        .run()
        .exits(0);
    assert!(other.exists() && !place.path().exists());
    // Empty asks for none.
    let call = history.call(&["up", "--termination-log", ""]).on(&database);
    let ran = call
        .variable("MIGRATOR_TERMINATION_LOG", place.path())
        .run()
        .exits(0);
    assert!(
        !place.path().exists() && !ran.stderr.contains("warn"),
        "{ran}"
    );
}
