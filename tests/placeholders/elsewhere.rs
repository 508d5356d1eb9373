//! Placeholders in baselines and repeatables, and values that come from files.

use super::{DECLARED, history, recorded, with};
use crate::support::{Database, History};

#[test]
fn baselines_and_repeatables_are_filled_in_too() {
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE ${table_name} (a text, b text);"),
        (
            "B2__base.sql",
            "CREATE TABLE ${table_name} (a text, b text);\nINSERT INTO ${table_name} VALUES (${word}, ${pin});\n",
        ),
        ("V3__c.sql", "CREATE TABLE c ();"),
        (
            "R__view.sql",
            "CREATE OR REPLACE VIEW seen AS SELECT a, ${word}::text AS word FROM ${table_name} WHERE b = ${pin};",
        ),
        DECLARED,
    ]);
    let database = Database::fresh();
    let call = |arguments: &[&str], pin: &str| {
        with(&history, arguments, "odd \"name\"", "it's $$", pin).on(&database)
    };
    history
        .call(&["up"])
        .on(&database)
        .run()
        .exits(2)
        .says(&["\"pin\" has no value", "\"word\" has no value"]);
    call(&["up"], "hidden'42'").run().exits(0);
    assert_eq!(
        database.rows("SELECT action, name FROM migrator_journal ORDER BY id"),
        ["baseline|a", "baseline|base", "apply|c", "repeat|view"]
    );
    assert_eq!(
        database.value("SELECT a, word FROM seen"),
        "it's $$|it's $$"
    );
    assert_eq!(
        database.value("SELECT b FROM \"odd \"\"name\"\"\""),
        "hidden'42'"
    );
    assert!(!recorded(&database).contains("hidden"));

    // Where it fails, the server repeats the statement, and nobody sees the secret.
    history.write(
        "R__view.sql",
        "SELECT 1;\nSELECT nothing || ${pin} FROM ${table_name};",
    );
    let ran = call(&["up"], "hidden'42'").run().exits(1);
    let ran = ran.says(&["R__view.sql:2:8", "column \"nothing\" does not exist"]);
    assert!(!format!("{ran}").contains("hidden"), "{ran}");
    assert!(!recorded(&database).contains("hidden"));
    let plan = call(&["plan", "--sql"], "hidden'42'").run().exits(0);
    assert!(
        plan.stdout.contains("|| ${pin} FROM \"odd \"\"name\"\"\""),
        "{plan}"
    );
}

#[test]
fn a_secret_comes_from_a_file() {
    let (database, history) = (Database::fresh(), history());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("pin");
    std::fs::write(&file, "it's 4711\n").expect("our own folder");
    let call = |arguments: &[&str]| {
        let call = history.call(arguments).on(&database).variable("WORD", "w");
        call.variable("MIGRATOR_PLACEHOLDER_PIN_FILE", &file)
    };
    call(&["up"])
        .variable("MIGRATOR_PLACEHOLDER_PIN", "both")
        .run()
        .exits(2)
        .says(&["MIGRATOR_PLACEHOLDER_PIN and MIGRATOR_PLACEHOLDER_PIN_FILE are both set"]);
    call(&["up"])
        .variable("MIGRATOR_PLACEHOLDER_PIN_FILE", "/run/nowhere/pin")
        .run()
        .exits(2)
        .says(&[
            "1 placeholder has no value that can be used",
            "MIGRATOR_PLACEHOLDER_PIN_FILE names a file that cannot be read: \"/run/nowhere/pin\"",
        ]);
    assert!(!database.has("refinery_schema_history"));
    // What needs no values is not stopped by one that cannot be read.
    call(&["status"])
        .variable("MIGRATOR_PLACEHOLDER_PIN_FILE", "/run/nowhere/pin")
        .run()
        .exits(0);
    call(&["up"]).run().exits(0);
    assert_eq!(database.value("SELECT f()"), "it's 4711");
    assert!(!recorded(&database).contains("4711"));
    // An older program's down finds its secret there too.
    let down = call(&["down", "base", "--yes"]).run().exits(0);
    assert!(!format!("{down}").contains("4711"), "{down}");
}
