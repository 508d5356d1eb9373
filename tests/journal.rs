//! Tables of ours that say what this version does not know, files that give the lock away, and scripts for psql.

use std::process::Command;
use std::time::Duration;

use crate::support::{Database, Dead, History, Ran};

const OUTSIDE: &str = "-- migrator: no-transaction\n";

fn one() -> History {
    History::new(&[("V1__a.sql", "CREATE TABLE t (n int);")])
}

#[test]
fn a_state_that_is_unknown_stops_the_run() {
    let dead = Dead::at("SELECT 1;", &[], "VACUUM")
        .with("UPDATE migrator_step SET state = 'paused', kind = 'of the future'");
    let ran = dead.history.run(&dead.database, &["up"]).exits(3);
    ran.says(&["paused", "V2__outside.sql"]);
    dead.history.run(&dead.database, &["status"]).exits(0);
    let resolve = ["resolve", "2", "--step", "1", "--retry"];
    dead.history.run(&dead.database, &resolve).exits(0);
    dead.goes_on();
}

#[test]
fn an_action_that_is_unknown_is_shown_and_harmless() {
    let (database, history) = (Database::fresh(), one());
    history.up(&database);
    database.run("INSERT INTO migrator_journal (run, action, version, name, binary_version, bundle) VALUES ('x', 'prove', 1, 'a', '9', 'x')");
    let shown = history.run(&database, &["history"]).exits(0);
    assert!(shown.stdout.contains("prove"), "{shown}");
    history.up(&database);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_journal_of_another_format_is_refused() {
    let (database, history) = (Database::fresh(), one());
    history.up(&database);
    database.run("COMMENT ON TABLE migrator_journal IS 'migrator journal, format 3'");
    for command in ["up", "status", "check"] {
        let ran = history.run(&database, &[command]).exits(3);
        ran.says(&["format 3", "newer version", "Run a release"]);
    }
    database.run("COMMENT ON TABLE migrator_journal IS 'ours, says the DBA'");
    history.up(&database);
}

#[test]
fn columns_that_somebody_added_are_let_be() {
    let (database, history) = (Database::fresh(), one());
    history.up(&database);
    database.run("ALTER TABLE refinery_schema_history ADD COLUMN note text; ALTER TABLE migrator_journal ADD COLUMN note text; ALTER TABLE migrator_step ADD COLUMN note text DEFAULT 'x'");
    history.write(
        "V2__b.sql",
        &format!("{OUTSIDE}VACUUM t;\nINSERT INTO t VALUES (1);"),
    );
    history.write("V2__b.down.sql", "DELETE FROM t;");
    history.up(&database);
    history.run(&database, &["status"]).exits(0);
    history.run(&database, &["history"]).exits(0);
    history.run(&database, &["down", "-1"]).exits(0);
    assert_eq!(database.applied(), [1]);
}

#[test]
fn a_table_of_that_name_that_is_not_ours_is_refused() {
    for sql in [
        "CREATE TABLE migrator_step (id int, foot text)",
        "CREATE VIEW migrator_step AS SELECT 1 AS id",
    ] {
        let (database, history) = (Database::fresh(), one());
        database.run(sql);
        history.run(&database, &["up"]).exits(3).says(&[
            "migrator_step",
            "not a table of ours",
            "--history-schema",
        ]);
        assert!(!database.has("t"));
    }
}

#[test]
fn a_table_of_steps_that_is_missing_is_created() {
    let (database, history) = (Database::fresh(), one());
    history.up(&database);
    database.run("DROP TABLE migrator_step");
    history.run(&database, &["status"]).exits(0);
    history.write("V2__b.sql", &format!("{OUTSIDE}VACUUM t;"));
    history.up(&database);
    assert_eq!(database.value("SELECT state FROM migrator_step"), "done");
}

#[test]
fn a_function_cannot_discard_the_lock() {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__a.sql",
        format!("{OUTSIDE}CREATE TABLE t ();\nDO $$ BEGIN EXECUTE 'DISCARD ALL'; END $$;"),
    )]);
    history.run(&database, &["up"]).exits(1).says(&["25001"]);
}

#[test]
fn a_file_that_gives_the_lock_away_is_applied_once_or_not_at_all() {
    for header in ["", OUTSIDE] {
        let database = Database::fresh();
        let last = if header.is_empty() {
            "SELECT 1"
        } else {
            "VACUUM t"
        };
        // The text keeps the name from those who look for it in files.
        let text = format!(
            "{header}INSERT INTO t VALUES (1);\nDO $$ BEGIN EXECUTE 'SELECT pg_advisory_' || 'unlock_all()'; PERFORM pg_sleep(1.5); END $$;\nINSERT INTO t VALUES (2);\n{last};\nINSERT INTO t VALUES (3);"
        );
        let history = History::new(&[
            ("V1__a.sql", "CREATE TABLE t (n int);".to_owned()),
            ("V2__b.sql", text),
            ("V3__c.sql", "INSERT INTO t VALUES (4);".to_owned()),
        ]);
        history.run(&database, &["up", "1"]).exits(0);
        let runs: Vec<Ran> = {
            let started: Vec<_> = (0..3)
                .map(|_| {
                    std::thread::sleep(Duration::from_millis(200));
                    history.call(&["up"]).on(&database).start()
                })
                .collect();
            started.into_iter().map(Ran::after).collect()
        };
        for ran in &runs {
            assert!([0, 1, 5, 9].contains(&ran.code), "{ran}");
        }
        let counts = database.rows("SELECT n, count(*) FROM t GROUP BY n HAVING count(*) > 1");
        assert_eq!(
            counts,
            [""; 0],
            "{header}{}",
            runs.iter().map(ToString::to_string).collect::<String>()
        );
        let journal = database.rows("SELECT version FROM migrator_journal WHERE action = 'apply' GROUP BY version HAVING count(*) > 1");
        assert_eq!(journal, [""; 0]);
    }
}

fn psql(database: &Database, script: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("plan.sql");
    std::fs::write(&file, script).expect("our own folder");
    let output = Command::new("psql")
        .args(["-X", "-q", "-d", &database.url(), "-f"])
        .arg(&file)
        .output()
        .expect("psql");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const STEPS: &str = "SELECT version, action, step, sha256, kind, object, state, journal_id IS NULL FROM migrator_step ORDER BY id";

#[test]
fn a_script_for_psql_notes_the_same_steps() {
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE t (n int);".to_owned()),
        (
            "V2__b.sql",
            format!(
                "{OUTSIDE}SET search_path = public;\nINSERT INTO t VALUES (1);\nCREATE INDEX CONCURRENTLY i ON t (n);\nCOPY t FROM stdin;\n2\n3\n\\.\nBEGIN;\nINSERT INTO t VALUES (4);\nINSERT INTO t VALUES (5);\nCOMMIT;\nVACUUM t;"
            ),
        ),
    ]);
    let (ours, theirs) = (Database::fresh(), Database::fresh());
    history.up(&ours);
    psql(
        &theirs,
        &history.run(&theirs, &["plan", "--sql"]).exits(0).stdout,
    );
    assert_eq!(ours.rows(STEPS), theirs.rows(STEPS));
    assert_eq!(ours.rows(STEPS).len(), 5);
    assert_eq!(theirs.value("SELECT count(*) FROM t"), "5");
    history.run(&theirs, &["check"]).exits(0);
}

#[test]
fn a_script_for_psql_goes_on_where_a_run_has_stopped() {
    let database = Database::fresh();
    let file = |broken: &str| {
        format!(
            "{OUTSIDE}BEGIN;\nCREATE SCHEMA s;\nSET search_path = s;\nCREATE TABLE t (n int);\nCOMMIT;\nVACUUM;\nINSERT INTO t VALUES (1);\n{broken};\nINSERT INTO t VALUES (2);"
        )
    };
    let history = History::new(&[("V1__a.sql", file("SELECT 1/0"))]);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &file("SELECT 1"));
    psql(
        &database,
        &history.run(&database, &["plan", "--sql"]).exits(0).stdout,
    );
    assert_eq!(database.rows("SELECT n FROM s.t"), ["1", "2"]);
    history.run(&database, &["check"]).exits(0);
    let dead = Dead::at("SELECT 1;", &[], "VACUUM");
    dead.history
        .run(&dead.database, &["plan", "--sql"])
        .exits(2)
        .says(&["step 1 of 2", "Run the plan itself"]);
}
