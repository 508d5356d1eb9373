//! Placeholders: what is sent for them, what is recorded, and that a secret is nowhere else.

mod elsewhere;

use crate::script::psql;
use crate::support::{Call, Database, History, Ran};

const DECLARED: (&str, &str) = (
    "migrator.toml",
    "[placeholders.table_name]\nas = \"identifier\"\ndefault = \"things\"\n\
     [placeholders.word]\nas = \"literal\"\nrequired = true\nvariable = \"WORD\"\n\
     [placeholders.pin]\nas = \"literal\"\nrequired = true\nsecret = true\n",
);
const UP: &str = "CREATE TABLE ${table_name} (a text, b text);\n\
     INSERT INTO ${table_name} VALUES (${word}, '${other}'); -- ${word}\n\
     DO $$ BEGIN EXECUTE 'UPDATE ' || quote_ident('x') || ' SET b = b'; EXCEPTION WHEN undefined_table THEN\n\
     UPDATE ${table_name} SET b = ${word}; END $$;\n\
     CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT ${pin} $f$;\n";

const NAMES: [&str; 4] = ["things", "we\"ird; --", "a$$b\\c", "Größe of 'it'"];
const WORDS: [&str; 5] = [
    "",
    "it's",
    "a\\'b\"; DROP TABLE things; --",
    "$$ $f$ ${pin}\nnew line\t\\",
    "äöü 漢字 🦀 % \\x24",
];

fn history() -> History {
    History::new(&[
        ("V1__things.sql", UP),
        (
            "V1__things.down.sql",
            "DROP FUNCTION f(); DROP TABLE ${table_name};",
        ),
        DECLARED,
    ])
}

fn with(history: &History, arguments: &[&str], name: &str, word: &str, pin: &str) -> Call {
    history
        .call(arguments)
        .variable("MIGRATOR_PLACEHOLDER_TABLE_NAME", name)
        .variable("WORD", word)
        .variable("MIGRATOR_PLACEHOLDER_PIN", pin)
}

/// Everything that is recorded, in one text.
fn recorded(database: &Database) -> String {
    let journal = database.rows("SELECT j::text FROM migrator_journal j");
    assert!(!journal.is_empty());
    let steps = database.rows("SELECT s::text FROM migrator_step s");
    [journal, steps].concat().join("\n")
}

#[test]
fn every_value_arrives_as_it_is() {
    let history = history();
    for name in NAMES {
        for word in WORDS {
            let database = Database::fresh();
            let call = with(&history, &["up"], name, word, word).on(&database);
            call.run().exits(0);
            let quoted = name.replace('"', "\"\"");
            let mut client = database.connect();
            let row = client
                .query_one(&format!("SELECT a, b, f() FROM \"{quoted}\""), &[])
                .unwrap_or_else(|error| panic!("{name} {word}: {error:?}"));
            for column in 0..3 {
                assert_eq!(row.get::<_, &str>(column), word, "{name}");
            }
            drop(client);
            with(&history, &["down", "-1"], name, word, word)
                .on(&database)
                .run()
                .exits(0);
            assert!(database.applied().is_empty());
        }
    }
}

#[test]
fn missing_values_are_told_together_before_anything_is_reached() {
    let history = history();
    for command in [&["up"][..], &["down", "-1"], &["redo"], &["up", "--json"]] {
        history
            .call(command)
            .variable("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
            .run()
            .exits(2)
            .says(&[
                "2 placeholders have no value that can be used",
                "\"pin\" has no value: set MIGRATOR_PLACEHOLDER_PIN",
                "\"word\" has no value: set WORD",
            ]);
    }
    // Who only looks needs none.
    let database = Database::fresh();
    for command in ["plan", "status", "info"] {
        history.run(&database, &[command]).exits(0);
    }
    with(&history, &["up"], "", "w", "p")
        .on(&database)
        .run()
        .exits(2)
        .says(&["\"table_name\" is an identifier, and empty"]);
    let long = "x".repeat(64);
    with(&history, &["up"], &long, "w", "p")
        .on(&database)
        .run()
        .exits(2)
        .says(&["longer than 63 bytes"]);
    assert!(!database.has("refinery_schema_history"));
}

#[track_caller]
fn hides(ran: &Ran, secret: &str) {
    for (name, output) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        assert!(!output.contains(secret), "{name} holds it:\n{ran}");
    }
}

#[test]
fn a_secret_is_nowhere_but_in_what_is_sent() {
    let secret = "s3cr't p\\ass$word";
    let escaped = "s3cr''t";
    for (sql, place) in [
        ("SELECT 1,\n  ${pin}::int;", "V1__s.sql:2:3"),
        ("SELECT 1; SELEC ${pin};", "V1__s.sql:1:11"),
        ("SELECT ${pin} x y;", "V1__s.sql:1:17"),
        (
            "DO $$ BEGIN RAISE WARNING '%', ${pin}; RAISE EXCEPTION '%', ${pin} USING DETAIL = ${pin}, HINT = ${pin}; END $$;",
            "V1__s.sql:1:1",
        ),
        (
            "CREATE TABLE t (a text CHECK (length(a) < 3));\nINSERT INTO t VALUES (${pin});",
            "V1__s.sql:2:1",
        ),
        (
            "-- migrator: no-transaction\nCREATE TABLE t (a int);\nSELECT ${pin}::int;",
            "V1__s.sql:3:8",
        ),
    ] {
        let allowed = if sql.starts_with("--") {
            sql.to_owned()
        } else {
            format!("{sql}\n")
        };
        let allowed = if sql.contains("SELEC ") || sql.contains(" x y") {
            format!("-- migrator: allow(syntax) \"meant\"\n{allowed}")
        } else {
            allowed
        };
        let place = if allowed.contains("allow(syntax)") {
            place.replace(":1:", ":2:")
        } else {
            place.to_owned()
        };
        let history = History::new(&[("V1__s.sql", allowed.as_str()), DECLARED]);
        for arguments in [
            &["up", "--log-level", "trace"][..],
            &["up", "--json", "--log-format", "json"],
        ] {
            let database = Database::fresh();
            let ran = with(&history, arguments, "t", "w", secret)
                .on(&database)
                .run()
                .exits(1);
            hides(&ran, "s3cr");
            if !arguments.contains(&"--json") {
                assert!(ran.stderr.contains(&place), "{place} is not in:\n{ran}");
            }
            let recorded = recorded(&database);
            assert!(
                !recorded.contains("s3cr") && !recorded.contains(escaped),
                "{recorded}"
            );
        }
    }
}

#[test]
fn a_plan_shows_values_but_no_secret_and_the_file_is_shown_as_written() {
    let history = history();
    let database = Database::fresh();
    let plan = with(&history, &["plan", "--sql"], "it", "word", "hidden one")
        .on(&database)
        .run()
        .exits(0);
    hides(&plan, "hidden");
    assert!(plan.stdout.contains("CREATE TABLE \"it\""), "{plan}");
    assert!(
        plan.stdout.contains("VALUES (E'word', '${other}')"),
        "{plan}"
    );
    assert!(plan.stdout.contains("SELECT ${pin} $f$"), "{plan}");
    psql(&database, &plan.stdout.replace("${pin}", "'put in'")).exits(0);
    assert_eq!(database.value("SELECT a || f() FROM it"), "wordput in");
    let shown = history.call(&["show", "1"]).run().exits(0);
    assert_eq!(shown.stdout, UP);
    // The script has recorded what the program would have recorded.
    with(&history, &["down", "-1"], "it", "w", "p")
        .on(&database)
        .run()
        .exits(0);
    assert!(!database.has("it"));
}

#[test]
fn a_down_of_the_journal_is_filled_in_by_an_older_binary() {
    let history = history();
    let database = Database::fresh();
    with(&history, &["up"], "kept", "w", "p")
        .on(&database)
        .run()
        .exits(0);
    let sql = database.value("SELECT down_sql FROM migrator_journal");
    assert_eq!(sql, "DROP FUNCTION f(); DROP TABLE ${table_name};");
    let older = History::new(&[("V0__other.sql", "SELECT 1;")]);
    older
        .run(&database, &["down", "base", "--yes"])
        .exits(2)
        .says(&["\"table_name\" has no value: set MIGRATOR_PLACEHOLDER_TABLE_NAME"]);
    older
        .call(&["down", "base", "--yes"])
        .variable("MIGRATOR_PLACEHOLDER_TABLE_NAME", "kept")
        .on(&database)
        .run()
        .exits(0);
    assert!(!database.has("kept"));
}

#[test]
fn a_script_outside_a_transaction_is_continued_whatever_the_values() {
    let sql = "-- migrator: no-transaction\nCREATE TABLE ${table_name} (a text, b text);\n\
               CREATE INDEX CONCURRENTLY ${word_index} ON ${table_name} (a);\n";
    let toml = format!(
        "{}[placeholders.word_index]\nas = \"identifier\"\ndefault = \"an index\"\n",
        DECLARED.1
    );
    let history = History::new(&[("V1__o.sql", sql), ("migrator.toml", &toml)]);
    let database = Database::fresh();
    with(&history, &["up"], "a table", "w", "p")
        .on(&database)
        .run()
        .exits(0);
    assert!(database.has("\"an index\""));
    let objects = database.rows("SELECT object FROM migrator_step WHERE object IS NOT NULL");
    assert_eq!(objects, ["${word_index}, ${table_name}"]);
    // As a run would leave it that died after the index was built.
    database.run(
        "DELETE FROM refinery_schema_history; UPDATE migrator_step SET journal_id = NULL, \
         state = CASE step WHEN 2 THEN 'started' ELSE state END",
    );
    with(&history, &["up"], "a table", "w", "other")
        .on(&database)
        .run()
        .exits(0);
    assert_eq!(database.applied(), [1]);
}

#[test]
fn what_is_declared_is_told_without_values() {
    let ran = history().call(&["info", "--json"]).run().exits(0);
    assert!(!ran.stdout.contains("default"), "{ran}");
    let all = ran.json()["placeholders"].clone();
    assert_eq!(all.as_array().map(Vec::len), Some(3));
    let declared = |at: usize, name: &str| {
        let it = &all[at];
        assert_eq!(it["name"], name);
        assert_eq!(it.as_object().map(serde_json::Map::len), Some(5), "{it}");
        format!(
            "{} {} {} {}",
            it["as"], it["required"], it["secret"], it["variable"]
        )
        .replace('"', "")
    };
    assert_eq!(
        declared(0, "pin"),
        "literal true true MIGRATOR_PLACEHOLDER_PIN"
    );
    assert_eq!(
        declared(1, "table_name"),
        "identifier false false MIGRATOR_PLACEHOLDER_TABLE_NAME"
    );
    assert_eq!(declared(2, "word"), "literal true false WORD");
}

#[test]
fn a_place_in_any_script_is_the_one_in_its_file() {
    let secret = "s3cret of forty characters, or so it is !";
    let files = |second: &str, verify: &str| {
        History::new(&[
            (
                "B1__1_schema.sql",
                "CREATE TABLE ${table_name} (a text);\nINSERT INTO ${table_name} VALUES (${pin});\n",
            ),
            ("B1__2_seed.sql", second),
            ("V1__a.sql", "CREATE TABLE ${table_name} (a text);\n"),
            ("V2__b.sql", "SELECT ${pin};\n"),
            ("V2__b.verify.sql", verify),
            DECLARED,
        ])
    };
    for (history, place) in [
        (
            files(
                "SELECT ${pin} || ${word},\n  ${pin} || nothing;\n",
                "SELECT 1;",
            ),
            "B1__2_seed.sql:2:13",
        ),
        (
            files(
                "COPY ${table_name} (a, nothing) FROM stdin;\nx\ty\n\\.\n",
                "SELECT 1;",
            ),
            "B1__2_seed.sql:1:1",
        ),
        (
            files("SELECT 1;", "SELECT ${pin}, ${word},\n ${word}, nothing;\n"),
            "V2__b.verify.sql:2:11",
        ),
    ] {
        let database = Database::fresh();
        let ran = with(&history, &["up"], "a longer name than it has", "w", secret)
            .on(&database)
            .run()
            .exits(1);
        hides(&ran, "s3cret");
        assert!(ran.stderr.contains(place), "{place} is not in:\n{ran}");
    }
}
