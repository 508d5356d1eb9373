//! Migrations that are for some environments only: applied there, recorded as skipped elsewhere, and never guessed.

use serde_json::json;

use crate::script::psql;
use crate::support::{Call, Database, History};

const TABLE: (&str, &str) = ("V1__table.sql", "CREATE TABLE t (a text);");
const SEED: (&str, &str) = (
    "V2__seed.sql",
    "-- migrator: only(dev, test)\nINSERT INTO t VALUES ('seed');",
);
const UNSEED: (&str, &str) = ("V2__seed.down.sql", "DELETE FROM t;");
const LAST: (&str, &str) = ("V3__last.sql", "CREATE TABLE last ();");
const UNLAST: (&str, &str) = ("V3__last.down.sql", "DROP TABLE last;");
const DECLARED: (&str, &str) = (
    "migrator.toml",
    "[environments]\nnames = [\"dev\", \"test\", \"prod\"]\n",
);

fn history() -> History {
    History::new(&[TABLE, SEED, UNSEED, LAST, UNLAST, DECLARED])
}

fn on(history: &History, database: &Database, arguments: &[&str]) -> Call {
    history.call(arguments).on(database)
}

#[test]
fn it_is_applied_where_it_belongs_and_recorded_as_skipped_elsewhere() {
    let history = history();
    for (arguments, variables, rows, state) in [
        (&["up", "--environment", "dev"][..], &[][..], 1, "applied"),
        (&["up"], &[("MIGRATOR_ENVIRONMENT", "test")], 1, "applied"),
        (&["up"], &[("MIGRATION_MODE", "prod")], 0, "skipped"),
        // The first that is set wins; an empty one is not set.
        (
            &["up", "--environment", "prod"],
            &[("MIGRATOR_ENVIRONMENT", "dev")],
            0,
            "skipped",
        ),
        (
            &["up"],
            &[("MIGRATOR_ENVIRONMENT", "prod"), ("MIGRATION_MODE", "dev")],
            0,
            "skipped",
        ),
        (
            &["up"],
            &[("MIGRATOR_ENVIRONMENT", ""), ("MIGRATION_MODE", "dev")],
            1,
            "applied",
        ),
    ] {
        let database = Database::fresh();
        let call = variables
            .iter()
            .fold(on(&history, &database, arguments), |call, (name, value)| {
                call.variable(name, value)
            });
        call.run().exits(0);
        let count = database.value("SELECT count(*) FROM t");
        assert_eq!(count, rows.to_string(), "{arguments:?} {variables:?}");
        assert_eq!(database.applied(), [1, 2, 3]);
        let status = on(&history, &database, &["status", "--json"])
            .run()
            .exits(0);
        assert_eq!(status.json()["migrations"][1]["state"], state);
        assert_eq!(status.json()["pending"], 0);
        // Nothing is pending, so that nobody need say where this is.
        on(&history, &database, &["up"]).run().exits(0);
        on(&history, &database, &["check"]).run().exits(0);
    }
}

#[test]
fn a_skipped_one_is_in_the_journal_with_its_reason() {
    let history = history();
    let database = Database::fresh();
    let ran = on(&history, &database, &["up", "--environment", "prod"])
        .run()
        .exits(0)
        .says(&["skipped 2 seed"]);
    assert!(
        ran.stdout.starts_with("applied 2, skipped 1; now at 3"),
        "{ran}"
    );
    assert_eq!(database.journal(), ["apply 1", "skip 2", "apply 3"]);
    let detail = database.value("SELECT detail FROM migrator_journal WHERE action = 'skip'");
    let detail: serde_json::Value = serde_json::from_str(&detail).expect("JSON");
    assert_eq!(
        detail,
        json!({"environment": "prod", "only": ["dev", "test"]})
    );
    let status = on(&history, &database, &["status"]).run().exits(0);
    assert!(status.stdout.contains("skipped  2"), "{status}");
    assert!(
        status.stdout.contains("2 applied, 0 pending, 1 skipped"),
        "{status}"
    );
}

#[test]
fn nobody_guesses_the_environment() {
    let history = history();
    let database = Database::fresh();
    for command in [&["up"][..], &["plan"], &["up", "2"], &["plan", "--sql"]] {
        on(&history, &database, command).run().exits(2).says(&[
            "1 pending migration is for some environments only",
            "2 \"seed\" is for dev, test only",
            "--environment",
            "MIGRATOR_ENVIRONMENT",
        ]);
    }
    assert!(!database.has("refinery_schema_history"));
    // It is not on the way to 1.
    on(&history, &database, &["up", "1"]).run().exits(0);
    on(&history, &database, &["check"]).run().exits(4);
    on(&history, &database, &["up", "--environment", "prd"])
        .run()
        .exits(2)
        .says(&["environment \"prd\" does not exist", "dev, test, prod"]);
    assert_eq!(database.applied(), [1]);
}

#[test]
fn an_undeclared_environment_is_refused_before_anything_is_reached() {
    for arguments in [
        &["up", "--environment", "prd"][..],
        &["plan", "--environment", "prd"],
        &["down", "-1", "--environment", "prd"],
    ] {
        history()
            .call(arguments)
            .variable("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
            .run()
            .exits(2)
            .says(&["environment \"prd\" does not exist"]);
    }
}

#[test]
fn what_was_skipped_is_not_undone() {
    let history = history();
    let database = Database::fresh();
    on(&history, &database, &["up", "--environment", "prod"])
        .run()
        .exits(0);
    database.run("INSERT INTO t VALUES ('kept')");
    // In another environment it stays as it is recorded.
    on(&history, &database, &["up", "--environment", "dev"])
        .run()
        .exits(0);
    assert_eq!(database.value("SELECT a FROM t"), "kept");
    on(&history, &database, &["down", "1", "--yes"])
        .run()
        .exits(0);
    assert_eq!(database.value("SELECT a FROM t"), "kept");
    assert_eq!(database.applied(), [1]);
    assert_eq!(
        database.journal(),
        ["apply 1", "skip 2", "apply 3", "revert 3", "unstamp 2"]
    );
    on(&history, &database, &["up", "--environment", "dev"])
        .run()
        .exits(0);
    assert_eq!(database.value("SELECT count(*) FROM t"), "2");
    on(&history, &database, &["down", "1", "--yes"])
        .run()
        .exits(0);
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn the_plan_says_what_is_skipped_and_its_script_skips_it() {
    let history = history();
    let database = Database::fresh();
    let plan = on(
        &history,
        &database,
        &["plan", "--json", "--environment", "prod"],
    )
    .run()
    .exits(0);
    let step = &plan.json()["steps"][1];
    assert_eq!(
        (&step["action"], &step["file"]),
        (&json!("skip"), &json!(null))
    );
    let plan = on(&history, &database, &["plan", "--environment", "prod"]).run();
    assert!(plan.stdout.contains("only in dev, test"), "{plan}");
    let script = on(
        &history,
        &database,
        &["plan", "--sql", "--environment", "prod"],
    )
    .run()
    .exits(0);
    psql(&database, &script.stdout).exits(0);
    assert_eq!(database.journal(), ["apply 1", "skip 2", "apply 3"]);
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn refinery_sees_a_history_without_gaps() {
    let history = history();
    let database = Database::fresh();
    on(&history, &database, &["up", "--environment", "prod"])
        .run()
        .exits(0);
    let runner = history.bundle().runner().expect("a runner");
    let mut client = database.connect();
    let report = runner.run(&mut client).expect("nothing to do");
    assert!(report.applied_migrations().is_empty());
}

#[test]
fn a_stamp_records_everything_whatever_the_environment() {
    let history = history();
    let database = Database::fresh();
    on(&history, &database, &["stamp", "2", "--yes"])
        .run()
        .exits(0);
    assert_eq!(database.journal(), ["stamp 1", "stamp 2"]);
}

const REFRESH: (&str, &str) = (
    "R__refresh.sql",
    "-- migrator: only(dev, test)\nDELETE FROM t; INSERT INTO t VALUES ('fresh');",
);
const VIEW: (&str, &str) = (
    "R__view.sql",
    "CREATE OR REPLACE VIEW seen AS SELECT a FROM t;",
);

#[test]
fn a_repeatable_is_skipped_and_comes_back_where_it_belongs() {
    let history = History::new(&[TABLE, REFRESH, VIEW, DECLARED]);
    let database = Database::fresh();
    let done = |arguments: &[&str]| {
        let ran = on(&history, &database, arguments).run().exits(0);
        let steps = ran.json()["steps"].as_array().cloned().unwrap_or_default();
        let steps = steps.iter().map(|step| {
            let action = step["action"].as_str().unwrap_or_default();
            format!("{action} {}", step["name"].as_str().unwrap_or_default())
        });
        steps.collect::<Vec<_>>().join(", ")
    };
    for command in [&["up"][..], &["plan"], &["up", "1"]] {
        on(&history, &database, command).run().exits(2).says(&[
            "1 step is for some environments only, and this one is not named",
            "\"refresh\" is for dev, test only",
        ]);
    }
    let plan = on(&history, &database, &["plan", "--environment", "prod"]).run();
    assert!(plan.stdout.contains("only in dev, test"), "{plan}");
    assert_eq!(
        done(&["up", "--json", "--environment", "prod"]),
        "apply table, skip refresh, repeat view"
    );
    assert_eq!(
        database.rows(
            "SELECT name, detail->>'environment', version IS NULL FROM migrator_journal WHERE action = 'skip'"
        ),
        ["refresh|prod|t"]
    );
    // Nothing is pending there, nor where nobody says where this is.
    for environment in [&[][..], &["--environment", "prod"]] {
        assert_eq!(done(&[&["up", "--json"], environment].concat()), "");
        on(&history, &database, &[&["check"], environment].concat())
            .run()
            .exits(0);
    }
    let status = on(&history, &database, &["status", "--json"])
        .run()
        .exits(0);
    assert_eq!(status.json()["repeatables"][0]["state"], "skipped");
    let told = on(&history, &database, &["history", "--json"])
        .run()
        .exits(0);
    assert_eq!(told.json()["entries"][1]["action"], "skip");

    // In an environment of its own it is applied.
    let dev = ["--environment", "dev"];
    on(&history, &database, &["check", "--environment", "dev"])
        .run()
        .exits(4)
        .says(&["1 repeatable is not up to date"]);
    assert_eq!(
        done(&["up", "--json", "--environment", "dev"]),
        "repeat refresh"
    );
    assert_eq!(database.value("SELECT a FROM seen"), "fresh");
    assert_eq!(done(&["up", "--json", dev[0], dev[1]]), "");
    // A new text is skipped where it does not belong, and what was applied stays.
    history.write(REFRESH.0, "-- migrator: only(dev, test)\nDELETE FROM t;");
    assert_eq!(
        done(&["up", "--json", "--environment", "prod"]),
        "skip refresh"
    );
    assert_eq!(database.value("SELECT a FROM seen"), "fresh");
    // Once it is for all, it is for this one.
    history.write(REFRESH.0, "DELETE FROM t;");
    assert_eq!(done(&["up", "--json"]), "repeat refresh");
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
}

#[test]
fn the_script_of_a_plan_skips_a_repeatable_too() {
    let history = History::new(&[TABLE, REFRESH, VIEW]);
    let database = Database::fresh();
    let script = on(
        &history,
        &database,
        &["plan", "--sql", "--environment", "prod"],
    )
    .run()
    .exits(0);
    psql(&database, &script.stdout).exits(0);
    assert_eq!(
        database.rows("SELECT action, name FROM migrator_journal ORDER BY id"),
        ["apply|table", "skip|refresh", "repeat|view"]
    );
    assert_eq!(database.value("SELECT count(*) FROM t"), "0");
    // A stamp records it as if it were applied, whatever the environment.
    let stamped = Database::holding("CREATE TABLE t (a text)");
    on(&history, &stamped, &["stamp", "head", "--yes"])
        .run()
        .exits(0);
    on(&history, &stamped, &["check", "--environment", "dev"])
        .run()
        .exits(0);
}
