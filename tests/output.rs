//! What goes to which output, in which form.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{Database, History};

fn noisy() -> History {
    History::new(&[(
        "V1__a.sql",
        "CREATE TABLE IF NOT EXISTS a ();\nCREATE TABLE IF NOT EXISTS a ();\nDO $$ BEGIN RAISE WARNING 'look, a warning'; END $$;",
    )])
}

#[test]
fn notices_of_the_server_are_passed_on() {
    let database = Database::fresh();
    let ran = noisy().run(&database, &["up"]).exits(0);
    assert!(
        ran.stderr
            .contains("notice: relation \"a\" already exists, skipping\n"),
        "{ran}"
    );
    assert!(ran.stderr.contains("warning: look, a warning\n"), "{ran}");
    assert_eq!(ran.stdout.lines().count(), 1, "{ran}");
}

#[test]
fn the_log_of_a_container_is_one_object_a_line() {
    let database = Database::fresh();
    let ran = noisy()
        .run(
            &database,
            &["up", "--log-format", "json", "--log-level", "debug"],
        )
        .exits(0);
    let lines: Vec<Value> = ran
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let events: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["event"].as_str())
        .collect();
    assert_eq!(
        events,
        [
            "connected",
            "recognised",
            "planned",
            "started",
            "notice",
            "notice",
            "done"
        ]
    );
    assert!(
        lines
            .iter()
            .all(|line| line["time"].is_string() && line["level"].is_string()),
        "{ran}"
    );
}

#[test]
fn a_failure_in_a_container_is_an_object_too() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "SELECT 1/0;")]);
    let ran = history
        .run(&database, &["up", "--log-format", "json"])
        .exits(1);
    for line in ran.stderr.lines() {
        let parsed: Result<Value, _> = serde_json::from_str(line);
        assert!(parsed.is_ok(), "not JSON: {line}\n{ran}");
    }
    assert!(ran.stderr.contains("division by zero"), "{ran}");
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let database = Database::fresh();
    let history = History::numbered(2_000, |at| format!("CREATE TABLE t{at} ();"));
    let folder = history.folder();
    let program = std::env::current_exe().expect("a test binary");
    let program = program
        .parent()
        .and_then(Path::parent)
        .expect("target/PROFILE")
        .join("examples/folder");
    let output = Command::new("/bin/sh")
        .args(["-c", "\"$0\" status | head -n 1"])
        .arg(program)
        .env("MIGRATOR_TEST_FOLDER", folder)
        .env("DATABASE_URL", database.url())
        .output()
        .expect("a shell");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        !stderr.contains("panicked") && stderr.is_empty(),
        "{stderr}"
    );
    assert!(output.stdout.starts_with(b"state"));
}

#[test]
fn nothing_is_coloured_where_nobody_looks() {
    let database = Database::fresh();
    for call in [
        noisy().call(&["up"]).on(&database),
        noisy().call(&["--help"]),
        noisy().call(&["upp"]),
    ] {
        let ran = call.variable("TERM", "xterm-256color").run();
        assert!(!format!("{ran}").contains('\u{1b}'), "{ran}");
    }
}
