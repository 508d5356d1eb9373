//! What a mirror refuses, before anything changes, and what it waits for.

use std::thread;
use std::time::Duration;

use crate::support::{Database, History, Ran, Role, assert_shown};

use super::{database, history, mirrored};

/// A database that sqlx has brought to the first of two migrations.
fn sqlx() -> (Database, History) {
    let database = Database::fresh();
    database.run(
        "CREATE TABLE a (); CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
         installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, \
         execution_time bigint NOT NULL); INSERT INTO _sqlx_migrations VALUES \
         (1, 'a', now(), true, sha384('CREATE TABLE a ();'), 1)",
    );
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "CREATE TABLE b ();"),
    ]);
    (database, history)
}

#[test]
fn where_the_old_folder_ends_has_to_be_said() {
    let (database, history) = sqlx();
    assert_shown(
        "mirror_doubtful",
        &history.run(&database, &["adopt", "--mirror"]),
    );
    assert!(!database.has("refinery_schema_history"));
    assert_shown(
        "mirror_to_nothing",
        &history.run(&database, &["adopt", "--mirror", "--mirror-to", "7"]),
    );
    let rows = || database.rows("SELECT version FROM _sqlx_migrations ORDER BY 1");
    history
        .run(&database, &["adopt", "--mirror", "--mirror-to", "1"])
        .exits(0);
    history.run(&database, &["up"]).exits(0);
    assert_eq!(rows(), ["1"]);
    // Later it turns out that the old image has it too.
    history
        .run(&database, &["adopt", "--mirror", "--mirror-to", "2"])
        .exits(0);
    assert_eq!(rows(), ["1", "2"]);
}

#[test]
fn names_that_nobody_knows() {
    let database = Database::fresh();
    database.run(
        "CREATE TABLE users (id int, email text); CREATE TABLE roles (id int); \
         CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ae10')",
    );
    let adopt = ["adopt", "--to", "3", "--mirror"];
    assert_shown("mirror_nameless", &history().run(&database, &adopt));
    assert!(!database.has("refinery_schema_history"));
}

#[test]
fn a_tool_whose_rows_only_it_can_write() {
    let database = Database::fresh();
    database.run(
        "CREATE TABLE users (id int); CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text PRIMARY KEY, \
         script_hash text, change text NOT NULL, project text NOT NULL, committed_at timestamptz NOT NULL, \
         planned_at timestamptz NOT NULL); \
         CREATE TABLE sqitch.tags (tag_id text PRIMARY KEY, tag text, project text, change_id text); \
         INSERT INTO sqitch.changes VALUES ('a', '', 'create_users', 'shop', now(), now())",
    );
    assert_shown(
        "mirror_sqitch",
        &history().run(&database, &["adopt", "--mirror"]),
    );
    assert!(!database.has("refinery_schema_history"));
}

#[test]
fn a_table_that_is_ours() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "3"]).exits(0);
    assert_shown(
        "mirror_ours",
        &history.run(&database, &["adopt", "--mirror"]),
    );
    assert!(!database.has("migrator_mirror"));
}

/// Runs `up` on a mirrored database whose table was changed.
#[track_caller]
fn changed(name: &str, sql: &str) {
    let (database, history) = (database(), history());
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    database.run(sql);
    let before = (database.schema(), database.applied());
    assert_shown(name, &history.run(&database, &["up"]).exits(3));
    history.run(&database, &["down", "-1"]).exits(3);
    history.run(&database, &["plan", "--sql"]).exits(3);
    assert_eq!((database.schema(), database.applied()), before);
    history.run(&database, &["adopt", "--stop-mirror"]).exits(0);
    history.run(&database, &["up"]).exits(0);
}

#[test]
fn a_table_that_is_gone() {
    changed("mirror_gone", "DROP TABLE schema_migrations");
}

#[test]
fn a_table_of_another_shape() {
    changed(
        "mirror_misshapen",
        "ALTER TABLE schema_migrations ALTER version TYPE bigint USING version::bigint",
    );
}

#[test]
fn a_row_that_needs_more() {
    let (database, history) = sqlx();
    database.run(
        "ALTER TABLE _sqlx_migrations ADD tenant int; UPDATE _sqlx_migrations SET tenant = 1; \
                  ALTER TABLE _sqlx_migrations ALTER tenant SET NOT NULL",
    );
    let adopt = ["adopt", "--mirror", "--mirror-to", "2"];
    assert_shown("mirror_needs_more", &history.run(&database, &adopt));
    assert!(!database.has("refinery_schema_history"));
}

#[test]
fn a_table_that_may_not_be_written() {
    let role = Role::new();
    let (database, history) = (database(), history());
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    database.run(&format!(
        "GRANT ALL ON SCHEMA public TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}; ALTER TABLE users OWNER TO {role}; \
         REVOKE ALL ON schema_migrations FROM {role}",
        role = role.name()
    ));
    let up = |code| -> Ran {
        let call = history.call(&["up", "4"]);
        let call = call.variable("DATABASE_URL", database.url_of(role.name()));
        call.run().exits(code)
    };
    up(3).says(&[
        "may not write \"public.schema_migrations\"",
        "GRANT SELECT, INSERT, DELETE",
    ]);
    assert_eq!(database.applied(), [1, 2, 3]);
    database.run(&format!(
        "GRANT SELECT, INSERT, DELETE ON schema_migrations TO {}",
        role.name()
    ));
    up(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4"]);
}

#[test]
fn a_run_that_dies_between_leaves_nothing() {
    let (database, history) = (database(), history());
    history.run(&database, &["adopt", "--mirror"]).exits(0);
    let mut holder = database.connect();
    holder
        .batch_execute("BEGIN; LOCK TABLE schema_migrations IN SHARE MODE")
        .expect("a table");
    let mut child = history.call(&["up"]).on(&database).start();
    // The record is made, and the mirror of it waits.
    let waiting = "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation \
                   WHERE c.relname = 'schema_migrations' AND NOT l.granted";
    while database.value(waiting) == "0" {
        assert!(
            child.try_wait().expect("a child").is_none(),
            "it does not wait"
        );
        thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("a child of ours");
    child.wait().expect("its end");
    // The server notices, and only the sessions of this test are left: one that looks, one that holds.
    let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name LIKE '%migrator%'";
    while database.value(others) != "0" {
        thread::sleep(Duration::from_millis(10));
    }
    drop(holder);
    assert_eq!(
        (database.applied(), mirrored(&database).len()),
        (vec![1, 2, 3], 3)
    );
    history.run(&database, &["up"]).exits(0);
    assert_eq!(mirrored(&database), ["1", "2", "3", "4", "5"]);
}

#[test]
fn the_tools_own_lock_is_waited_for() {
    let (database, history) = sqlx();
    history
        .run(&database, &["adopt", "--mirror", "--mirror-to", "2"])
        .exits(0);
    let mut holder = database.connect();
    let key = i64::from(crate::adopting::crc32(database.name())).wrapping_mul(0x3d32_ad9e);
    holder
        .batch_execute(&format!("SELECT pg_advisory_lock({key})"))
        .expect("a lock that nobody holds");
    let patience = ["up", "--lock-timeout", "200ms", "--lock-retry-for", "0"];
    let ran = history.run(&database, &patience).exits(1);
    ran.says(&["55P03"]);
    assert!(!database.has("b"));
    drop(holder);
    history.run(&database, &["up"]).exits(0);
}
