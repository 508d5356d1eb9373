//! A migration that fails: what stays, what is recorded, and how exactly the place is named.

use crate::support::{Database, History, Ran, assert_shown};

/// Runs one file on an empty database, and expects it to fail.
fn fails(text: &str) -> (Database, Ran) {
    let database = Database::fresh();
    let ran = History::new(&[("V1__fails.sql", text)])
        .run(&database, &["up"])
        .exits(1);
    assert_eq!(database.applied(), [0; 0], "a failure is not recorded");
    (database, ran)
}

#[test]
fn nine_stay_and_the_tenth_is_rolled_back() {
    let database = Database::fresh();
    let history = History::numbered(12, |at| {
        match at {
        10 => "-- The tenth.\nCREATE TABLE t10 ();\n\nALTER TABLE t9\n    ADD COLUMN x int,\n    ADD CONSTRAINT y CHECK (z > 0);\nCREATE TABLE later ();".to_owned(),
        _ => format!("CREATE TABLE t{at} ();"),
    }
    });
    assert_shown(
        "fails_in_the_tenth",
        &history.run(&database, &["up"]).exits(1),
    );
    assert_eq!(database.applied(), (1..=9).collect::<Vec<i64>>());
    assert!(database.has("t9") && !database.has("t10") && !database.has("t11"));
    let failure = database.value("SELECT action, version, name, sqlstate, error FROM migrator_journal ORDER BY id DESC LIMIT 1");
    assert_eq!(
        failure,
        "fail|10|step_10|42703|column \"z\" does not exist (42703)"
    );
    history.write("V10__step_10.sql", "CREATE TABLE t10 ();");
    history.up(&database);
    assert_eq!(database.applied().len(), 12);
}

#[test]
fn an_error_without_a_position_names_its_statement() {
    let (_, ran) = fails(
        "CREATE TABLE t (id int PRIMARY KEY);\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n\n  INSERT INTO t\n  VALUES (1);\nINSERT INTO t VALUES (3);",
    );
    assert_shown("fails_without_position", &ran);
}

#[test]
fn a_syntax_error_runs_nothing_twice() {
    let database = Database::holding("CREATE SEQUENCE runs");
    let history = History::numbered(5, |at| {
        match at {
        4 => "-- migrator: allow(syntax) \"as if the parser were wrong\"\nSELECT nextval('runs');\nSELEKT 1;".to_owned(),
        _ => format!("SELECT nextval('runs');\nCREATE TABLE t{at} ();"),
    }
    });
    assert_shown("fails_by_syntax", &history.run(&database, &["up"]).exits(1));
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(
        database.value("SELECT last_value FROM runs"),
        "3",
        "a sequence keeps what is rolled back"
    );
    assert_eq!(
        database.journal(),
        ["apply 1", "apply 2", "apply 3", "fail 4"]
    );
}

#[test]
fn a_deferred_constraint_fails_at_the_commit() {
    let (database, ran) = fails(
        "CREATE TABLE parent (id int PRIMARY KEY);\nCREATE TABLE child (parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO child VALUES (7);",
    );
    assert_shown("fails_at_commit", &ran);
    assert!(!database.has("child"));
    assert_eq!(database.journal(), ["fail 1"]);
}

#[test]
fn a_bad_row_of_a_copy_names_its_line() {
    let (database, ran) = fails(
        "CREATE TABLE t (id int, name text);\nCOPY t FROM stdin;\n1\tone\n2\ttwo\nthree\t3\n4\tfour\n\\.\nSELECT 1;",
    );
    assert_shown("fails_in_copy", &ran);
    assert!(!database.has("t"));
    let (_, ran) = fails("CREATE TABLE t (id int);\n\nCOPY t (nothing) FROM stdin;\n1\n\\.\n");
    assert!(ran.stderr.contains("V1__fails.sql:3:1"), "{ran}");
    let (_, ran) = fails("CREATE TABLE t (id int);\nCOPY t FROM stdin;\n1\textra\n\\.\n");
    assert!(ran.stderr.contains("V1__fails.sql:3:1"), "{ran}");
}

#[test]
fn an_error_in_a_function_shows_where_it_was_called() {
    let (_, ran) = fails(
        "CREATE FUNCTION boom() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n    RAISE EXCEPTION 'no more' USING DETAIL = 'all gone', HINT = 'buy some';\nEND $$;\n\nSELECT boom();",
    );
    assert_shown("fails_in_a_function", &ran);
}

#[test]
fn characters_beyond_ascii_do_not_move_the_column() {
    let (_, ran) = fails("SELECT 'héllo wörld 日本語';\nSELECT '日本語 🎉', nothing;");
    assert!(ran.stderr.contains("V1__fails.sql:2:17"), "{ran}");
    let (_, ran) = fails(
        "COMMENT ON DATABASE postgres IS 'é';\nSELECT 'é' || 'ü',\n   'ß', missing_function('é');",
    );
    assert!(ran.stderr.contains("V1__fails.sql:3:9"), "{ran}");
}

#[test]
fn a_very_long_line_is_shown_in_part() {
    let (_, ran) = fails(&format!(
        "SELECT {}nothing, {};",
        "'abcdefgh', ".repeat(2_000),
        "1, ".repeat(2_000) + "1"
    ));
    assert!(ran.stderr.contains("V1__fails.sql:1:24008"), "{ran}");
    assert!(
        ran.stderr.lines().all(|line| line.chars().count() < 300),
        "{ran}"
    );
    let caret = ran
        .stderr
        .lines()
        .find(|line| line.trim_end().ends_with('^'))
        .expect("a caret");
    let text = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("1 | "))
        .expect("an excerpt");
    let at = caret.chars().count() - 1;
    assert_eq!(
        text.chars().skip(at).take(7).collect::<String>(),
        "nothing",
        "{ran}"
    );
}

#[test]
fn a_procedure_cannot_end_the_transaction() {
    let commit = "CREATE TABLE t ();\nDO $$ BEGIN COMMIT; END $$;\nCREATE TABLE u ();";
    let (database, ran) = fails(commit);
    assert_shown("fails_by_commit_in_do", &ran);
    assert!(!database.has("u"));
    let call = "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN ROLLBACK; END $$;\nCALL p();\nCREATE TABLE u ();";
    let (database, ran) = fails(call);
    assert!(!database.has("u"), "{ran}");
}

#[test]
fn a_reset_of_all_settings_hides_whether_the_transaction_ended() {
    let (database, ran) =
        fails("CREATE TABLE a ();\nDO $$ BEGIN EXECUTE 'RESET ALL'; END $$;\nCREATE TABLE b ();");
    assert_shown("fails_by_reset", &ran);
    assert!(!database.has("a") && !database.has("b"));
}

#[test]
fn a_single_transaction_is_all_or_nothing() {
    let database = Database::fresh();
    let history = History::numbered(4, |at| match at {
        3 => "SELECT 1/0;".to_owned(),
        _ => format!("CREATE TABLE t{at} ();"),
    });
    let run = ["up", "--single-transaction"];
    assert_shown(
        "fails_in_a_single_transaction",
        &history.run(&database, &run).exits(1),
    );
    assert_eq!(database.applied(), [0; 0]);
    assert!(!database.has("t1"));
    history.write("V3__step_3.sql", "CREATE TABLE t3 ();");
    history.run(&database, &run).exits(0);
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    assert_eq!(
        database.value(
            "SELECT count(DISTINCT transaction_id) FROM migrator_journal WHERE action = 'apply'"
        ),
        "1"
    );
}
