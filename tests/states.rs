//! Every state in which a database may be found, times every command: exit code and the first line of the answer.
//!
//! One table for each state, in `tests/snapshots/state_*.snap`. Each command meets the state anew.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Database, History, Ran, assert_shown};

/// The versions of the example that the states are made of.
const FIRST: &str = "20260112093000";
const PART: &str = "20260203083000";
const BEFORE_OUTSIDE: &str = "20260316130000";
const OUTSIDE: &str = "20260408074500";

const COMMANDS: [&[&str]; 18] = [
    &["status"],
    &["plan"],
    &["check"],
    &["up"],
    &["up", "+1"],
    &["up", PART],
    &["up", "--unknown", "accept"],
    &["down", "-1"],
    &["down", "base", "--yes"],
    &["redo"],
    &["stamp", "head", "--yes"],
    &["verify"],
    &["identify"],
    &["current"],
    &["history"],
    &["resolve", OUTSIDE, "--step", "1", "--done"],
    &["unlock"],
    &["adopt", "--dry-run"],
];

/// The example's folder with its proof, in a place where a test may add to it.
pub(crate) fn example() -> History {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the example") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = std::fs::read_to_string(&path).expect("a text");
            files.push((name.into_owned(), text));
        }
    }
    History::new(&files)
}

/// What a program answered, in one line: of a table the row that tells, of a failure its message.
fn answer(ran: &Ran) -> String {
    let error = ran.stderr.lines().find(|line| line.starts_with("error: "));
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let told = match lines.as_slice() {
        [] => None,
        [first, .., last] if first.starts_with("state ") => Some(*last),
        [first, second, ..] if first.starts_with("action ") || first.starts_with("time ") => {
            Some(*second)
        }
        [first, ..] => Some(*first),
    };
    let words: Vec<&str> = error.or(told).unwrap_or("-").split_whitespace().collect();
    words.join(" ")
}

/// Runs every command on a copy of a database.
#[track_caller]
fn assert_answers(name: &str, history: &History, state: &Database) {
    let url = std::env::var("MIGRATOR_TEST_URL").expect("the server of the tests");
    let mut table = String::new();
    for arguments in COMMANDS {
        let database = Database::like(state.name(), &url);
        let ran = history.run(&database, arguments);
        let _ = writeln!(
            table,
            "{}  {:40}  {}",
            ran.code,
            arguments.join(" "),
            answer(&ran)
        );
    }
    assert_shown(&format!("state_{name}"), &table);
}

/// A database to which these commands were applied.
fn after(history: &History, commands: &[&[&str]]) -> Database {
    let database = Database::fresh();
    for arguments in commands {
        history.run(&database, arguments).exits(0);
    }
    database
}

#[test]
fn empty() {
    assert_answers("empty", &example(), &Database::fresh());
}

#[test]
fn ours_at_base() {
    let history = example();
    let state = after(&history, &[&["up", FIRST], &["down", "base", "--yes"]]);
    assert_answers("ours_at_base", &history, &state);
}

#[test]
fn ours_in_part() {
    let history = example();
    let state = after(&history, &[&["up", PART]]);
    assert_answers("ours_in_part", &history, &state);
}

#[test]
fn ours_at_head() {
    let history = example();
    let state = after(&history, &[&["up"]]);
    assert_answers("ours_at_head", &history, &state);
}

#[test]
fn ours_changed() {
    let history = example();
    let state = after(&history, &[&["up", PART]]);
    history.write(
        "V20260112093000__create_users.sql",
        "CREATE SCHEMA chat;\nCREATE TABLE chat.users (id bigint PRIMARY KEY);\n",
    );
    assert_answers("ours_changed", &history, &state);
}

#[test]
fn ours_but_newer() {
    let (history, newer) = (example(), example());
    newer.write(
        "V20990101000000__future.sql",
        "CREATE TABLE chat.future (id int);",
    );
    newer.write(
        "V20990101000000__future.down.sql",
        "DROP TABLE chat.future;",
    );
    let state = after(&newer, &[&["up"]]);
    assert_answers("ours_but_newer", &history, &state);
}

#[test]
fn ours_half_done_outside_a_transaction() {
    let history = example();
    let state = after(&history, &[&["up", BEFORE_OUTSIDE]]);
    let file = history
        .folder()
        .join("V20260408074500__index_messages_for_paging.sql");
    let text = std::fs::read_to_string(file).expect("the file of the example");
    let from = text
        .find("CREATE INDEX")
        .expect("the statement of the example");
    let statement = text[from..].trim_end().trim_end_matches(';');
    state.run(&format!(
        "INSERT INTO migrator_step (run, action, version, step, sha256, kind, state, backend_pid, started_at) \
         VALUES ('dead', 'apply', {OUTSIDE}, 1, encode(sha256(convert_to($text${statement}$text$, 'UTF8')), 'hex'), \
         'create-index', 'started', 4711, '2026-01-02 03:04:05Z')"
    ));
    assert_answers("ours_half_done", &history, &state);
}

#[test]
fn another_tools() {
    let state = Database::fresh();
    state.run(
        "CREATE TABLE accounts (id int); CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (20260112093000, false)",
    );
    assert_answers("foreign", &example(), &state);
}

#[test]
fn another_tools_that_a_rule_knows() {
    let history = example();
    history.write(
        "migrator.toml",
        "[[adopt]]\nname = \"migrate\"\nversion = 20260112093000\ntool = \"golang-migrate\"\n\
         position = \"20260112093000\"\n",
    );
    let state = after(&history, &[&["up", FIRST]]);
    state.run(
        "DROP TABLE refinery_schema_history, migrator_journal, migrator_step; \
         CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (20260112093000, false)",
    );
    assert_answers("foreign_by_rule", &history, &state);
}

#[test]
fn legacy_that_a_rule_knows() {
    let history = example();
    history.write(
        "migrator.toml",
        "[[adopt]]\nname = \"before the tool\"\nversion = 20260203083000\ntable = \"chat.conversations\"\n",
    );
    let state = after(&history, &[&["up", PART]]);
    state.run(
        "DROP TABLE refinery_schema_history, migrator_journal, migrator_step; CREATE TABLE stray (id int)",
    );
    assert_answers("known_by_rule", &history, &state);
}

#[test]
fn legacy_that_its_schema_tells() {
    let history = example();
    let state = after(&history, &[&["up", PART]]);
    state.run("DROP TABLE refinery_schema_history, migrator_journal, migrator_step");
    assert_answers("known_by_schema", &history, &state);
}

#[test]
fn unknown() {
    let history = example();
    let state = after(&history, &[&["up", PART]]);
    state.run(
        "DROP TABLE refinery_schema_history, migrator_journal, migrator_step; CREATE TABLE stray (id int)",
    );
    assert_answers("unknown", &history, &state);
}
