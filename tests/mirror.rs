//! `adopt --mirror`: whatever is done to the history is done to the other tool's table too, so that old images start.

use crate::script::psql;
use crate::support::{Database, History, Served, assert_shown};

mod cost;
mod refused;
mod tools;

/// Five migrations under the names and versions that most tools use.
fn history() -> History {
    History::new(&[
        ("V1__create_users.sql", "CREATE TABLE users (id int);\n"),
        ("V2__create_roles.sql", "CREATE TABLE roles (id int);\n"),
        ("V3__add_email.sql", "ALTER TABLE users ADD email text;\n"),
        ("V3__add_email.down.sql", "ALTER TABLE users DROP email;\n"),
        ("V4__add_name.sql", "ALTER TABLE users ADD name text;\n"),
        ("V4__add_name.down.sql", "ALTER TABLE users DROP name;\n"),
        (
            "V5__index_names.sql",
            "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY names ON users (name);\n",
        ),
        (
            "V5__index_names.down.sql",
            "-- migrator: no-transaction\nDROP INDEX CONCURRENTLY names;\n",
        ),
        (
            "R__view.sql",
            "CREATE OR REPLACE VIEW v AS SELECT id FROM users;\n",
        ),
    ])
}

/// A database that dbmate has brought to the third migration.
fn database() -> Database {
    let database = Database::fresh();
    database.run(
        "CREATE TABLE users (id int, email text); CREATE TABLE roles (id int); \
         CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
         INSERT INTO schema_migrations VALUES ('1'), ('2'), ('3')",
    );
    database
}

/// What dbmate's table says.
fn mirrored(database: &Database) -> Vec<String> {
    database.rows("SELECT version FROM schema_migrations ORDER BY version")
}

#[test]
fn every_record_is_written_there_too() {
    let (database, history) = (database(), history());
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3"]);
    history.run(&database, &["up", "4"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4"]);
    let served = Served::start(
        history
            .call(&["serve", "--listen", "127.0.0.1:0"])
            .on(&database),
    );
    assert_eq!(served.json()["mirror"]["tool"], "dbmate");
    drop(served);
    // Outside a transaction, the row comes with the record.
    history.run(&database, &["up"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
    history.run(&database, &["down", "2", "--yes"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2"]);
    history
        .run(&database, &["up", "--single-transaction", "4"])
        .exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4"]);
    history.run(&database, &["redo"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4"]);
    history.run(&database, &["stamp", "5", "--yes"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
    history.run(&database, &["stamp", "2", "--yes"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2"]);
    history.run(&database, &["stamp", "5", "--yes"]).exits(0);
    history.run(&database, &["adopt", "--stop-mirror"]).exits(0);
    history.run(&database, &["stamp", "4", "--yes"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
}

#[test]
fn a_mirror_is_shown() {
    let (database, history) = (database(), history());
    let before = database.schema();
    let dry = ["adopt", "--mirror", "--dry-run"];
    assert_shown("mirror_dry_run", &history.run(&database, &dry));
    database.has_schema(&before);
    assert_shown("mirror_on", &history.run(&database, &["adopt", "--mirror"]));
    let status = history
        .run(&database, &["status", "--json"])
        .exits(0)
        .json();
    assert_eq!(status["mirror"]["tool"], "dbmate");
    assert_eq!(status["mirror"]["table"], "public.schema_migrations");
    let status = history.run(&database, &["status"]).exits(0);
    assert!(
        status
            .stdout
            .contains("The history of dbmate, public.schema_migrations, is written too since"),
        "{status}"
    );
    let up = history.run(&database, &["up"]).exits(0);
    assert!(
        up.stderr
            .contains("the history of dbmate, public.schema_migrations, is written too"),
        "{up}"
    );
    assert_eq!(
        database.journal(),
        [
            "adopt 1", "adopt 2", "adopt 3", "mirror 3", "apply 4", "apply 5", "-"
        ]
    );
    // With nothing to do there is nothing to say.
    let up = history.run(&database, &["up"]).exits(0);
    assert!(!up.stderr.contains("dbmate"), "{up}");
    assert_shown(
        "mirror_off",
        &history.run(&database, &["adopt", "--stop-mirror"]),
    );
    assert_shown(
        "mirror_none",
        &history.run(&database, &["adopt", "--stop-mirror"]),
    );
    assert!(!database.has("migrator_mirror"));
    let status = history
        .run(&database, &["status", "--json"])
        .exits(0)
        .json();
    assert!(status["mirror"].is_null());
}

#[test]
fn what_was_applied_before_it_is_caught_up() {
    let (database, history) = (database(), history());
    history.run(&database, &["adopt"]).exits(0);
    history.run(&database, &["up"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3"]);
    let on = history
        .run(&database, &["adopt", "--mirror", "--json"])
        .exits(0)
        .json();
    assert_eq!(on["outcome"], "already");
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    assert_eq!(database.rows("SELECT count(*) FROM migrator_mirror"), ["1"]);
}

#[test]
fn a_script_for_psql_writes_it_too() {
    let (database, history) = (database(), history());
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    let script = history.run(&database, &["plan", "--sql"]).exits(0).stdout;
    psql(&database, &script).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
    let script = history
        .run(&database, &["plan", "--sql", "--", "-2"])
        .exits(0)
        .stdout;
    psql(&database, &script).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3"]);
}

#[test]
fn a_program_without_mirrors_is_kept_out() {
    let (database, history) = (database(), history());
    let format =
        || database.rows("SELECT obj_description('migrator_journal'::regclass, 'pg_class')");
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    assert_eq!(format(), ["migrator journal, format 2"]);
    history.run(&database, &["adopt", "--stop-mirror"]).exits(0);
    assert_eq!(format(), ["migrator journal, format 1"]);
}

#[test]
fn each_history_has_its_own() {
    let (database, history) = (database(), history());
    database.run("CREATE SCHEMA b");
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    let other = ["--history-schema", "b"];
    let stop = history.run(
        &database,
        &[&["adopt", "--stop-mirror"], &other[..]].concat(),
    );
    assert!(stop.exits(0).stdout.contains("no mirror is on"));
    history
        .run(
            &database,
            &[&["adopt", "--from", "dbmate"], &other[..]].concat(),
        )
        .exits(0);
    history
        .run(&database, &[&["up", "4"], &other[..]].concat())
        .exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3"]);
}

#[test]
fn a_failure_leaves_both_as_they_were() {
    let database = database();
    let history = history();
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    history.write(
        "V4__add_name.sql",
        "ALTER TABLE users ADD name text;\nSELECT 1 / 0;\n",
    );
    history.run(&database, &["up"]).exits(1);
    assert_eq!(mirrored(&database), ["1", "2", "3"]);
    assert_eq!(database.applied(), [1, 2, 3]);
    // The mirror's own failure takes the migration with it.
    history.write("V4__add_name.sql", "ALTER TABLE users ADD name text;\n");
    database.run("ALTER TABLE schema_migrations ADD CHECK (version <> '4')");
    assert_shown("mirror_fails", &history.run(&database, &["up", "4"]));
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(database.rows("SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'name'"), ["0"]);
}
