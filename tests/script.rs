//! `plan --sql`, run by psql: the same schema, the same data, the same records.

use std::process::{Command, Stdio};

use crate::support::{Call, Database, History, Ran, migrator};

pub(crate) fn psql(database: &Database, script: &str) -> Ran {
    let found = Command::new("psql")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    assert!(
        found.is_ok_and(|status| status.success()),
        "psql is needed: install postgresql-client"
    );
    Call::new("psql".as_ref(), &["-X", "-q", "-f", "-", &database.url()])
        .variable("PATH", std::env::var_os("PATH").unwrap_or_default())
        .feed(script)
}

/// What the two tables record, without times and the names of a run.
fn records(database: &Database) -> Vec<String> {
    let mut records = database.rows(
        "SELECT version, name, checksum, applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$' \
         FROM refinery_schema_history ORDER BY version",
    );
    assert!(!records.is_empty());
    records.extend(database.rows(
        "SELECT action, version, name, sha256, down_file, down_sql, down_mode, down_statements, irreversible, \
         finished_at >= started_at, transaction_id IS NOT NULL, role, binary_version, bundle \
         FROM migrator_journal ORDER BY id",
    ));
    records
}

#[test]
fn psql_does_what_up_does() {
    let (ours, theirs) = (Database::fresh(), Database::fresh());
    migrator(&["up"]).on(&ours).run().exits(0);
    let plan = migrator(&["plan", "--sql"]).on(&theirs).run().exits(0);
    let ran = psql(&theirs, &plan.stdout);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
    theirs.has_schema(&ours.schema());
    assert_eq!(records(&theirs), records(&ours));
    let tags = "SELECT slug, label, description FROM chat.tags ORDER BY slug";
    assert_eq!(theirs.rows(tags), ours.rows(tags));
    let up = migrator(&["up"]).on(&theirs).run().exits(0);
    assert!(up.stdout.starts_with("nothing to do"), "{up}");
}

#[test]
fn psql_goes_down_as_down_does() {
    let (ours, theirs) = (Database::fresh(), Database::fresh());
    for database in [&ours, &theirs] {
        migrator(&["up"]).on(database).run().exits(0);
    }
    let target = "20260120101000";
    migrator(&["down", target, "--yes"])
        .on(&ours)
        .run()
        .exits(0);
    let plan = migrator(&["plan", "--down", target, "--sql"])
        .on(&theirs)
        .run()
        .exits(0);
    psql(&theirs, &plan.stdout).exits(0);
    theirs.has_schema(&ours.schema());
    assert_eq!(records(&theirs), records(&ours));
}

#[test]
fn the_script_of_one_transaction_is_all_or_nothing() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "SELECT 1/0;"),
    ]);
    let plan = history
        .run(&database, &["plan", "--sql", "--single-transaction"])
        .exits(0);
    let ran = psql(&database, &plan.stdout);
    assert_eq!(ran.code, 3, "psql's code for a script that failed: {ran}");
    assert!(!database.has("a"));
    assert_eq!(database.journal(), [""; 0]);
}

#[test]
fn a_held_lock_ends_the_script_before_anything_happens() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let plan = history.run(&database, &["plan", "--sql"]).exits(0);
    let key = plan
        .stdout
        .split_once("pg_try_advisory_lock(")
        .and_then(|(_, rest)| rest.split_once(')'));
    let (key, _) = key.expect("a lock in the script");
    let mut holder = database.connect();
    holder
        .batch_execute(&format!("SELECT pg_advisory_lock({key})"))
        .expect("a free lock");
    let ran = psql(&database, &plan.stdout).exits(3);
    assert!(ran.stderr.contains("division by zero"), "{ran}");
    assert!(!database.has("refinery_schema_history"));
    drop(holder);
}

#[test]
fn nothing_to_do_is_a_script_that_does_nothing() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    history.up(&database);
    let plan = history.run(&database, &["plan", "--sql"]).exits(0);
    assert!(plan.stdout.contains("-- Nothing to do."), "{plan}");
    let ran = psql(&database, &plan.stdout).exits(0);
    assert_eq!(ran.stderr, "");
}
