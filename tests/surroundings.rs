//! Databases and roles that are not as one would wish: read-only, foreign tables, other schemas, wrong names.

use std::time::{Duration, Instant};

use crate::support::{Database, History, Ran, Role, assert_shown, migrator};

fn history() -> History {
    History::numbered(2, |at| format!("CREATE TABLE t{at} ();"))
}

/// What a role that may only read can do, whatever is pending.
fn reads(history: &History, role: &Role, database: &Database, check: i32) {
    let before = database.rows("SELECT relname, n_tup_ins FROM pg_stat_user_tables ORDER BY 1");
    for (arguments, code) in [
        (["status"], 0),
        (["plan"], 0),
        (["history"], 0),
        (["current"], 0),
        (["check"], check),
    ] {
        let url = database.url_of(role.name());
        history
            .call(&arguments)
            .variable("DATABASE_URL", url)
            .run()
            .exits(code);
    }
    assert_eq!(
        database.rows("SELECT relname, n_tup_ins FROM pg_stat_user_tables ORDER BY 1"),
        before
    );
}

fn up(history: &History, role: &Role, database: &Database) -> Ran {
    let url = database.url_of(role.name());
    let ran = history.call(&["up"]).variable("DATABASE_URL", url).run();
    Ran {
        stderr: ran.stderr.replace(role.name(), "[role]"),
        ..ran
    }
}

#[test]
fn a_role_that_may_only_read_sees_an_empty_database() {
    let (role, database, history) = (Role::new(), Database::fresh(), history());
    database.run("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    reads(&history, &role, &database, 4);
    assert!(!database.has("refinery_schema_history"));
    assert_shown("read_only_role_empty", &up(&history, &role, &database));
    assert!(!database.has("t1"));
}

#[test]
fn a_role_that_may_only_read_sees_a_migrated_database() {
    let (role, database, history) = (Role::new(), Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    database.run(&format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", role.name()));
    reads(&history, &role, &database, 4);
    assert_shown(
        "read_only_role_pending",
        &up(&history, &role, &database).exits(1),
    );
    history.up(&database);
    reads(&history, &role, &database, 0);
    let nothing = up(&history, &role, &database).exits(0);
    assert!(nothing.stdout.starts_with("nothing to do"), "{nothing}");
}

#[test]
fn a_role_that_may_not_even_read_is_told_so() {
    let (role, database, history) = (Role::new(), Database::fresh(), history());
    history.up(&database);
    assert_shown("role_without_rights", &up(&history, &role, &database));
}

#[test]
fn a_history_table_that_is_somebody_elses_is_left_alone() {
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE TABLE refinery_schema_history (id int, what text)");
    assert_shown("foreign_history", &history.run(&database, &["up"]).exits(2));
    history.run(&database, &["status"]).exits(2);
    database.run("DROP TABLE refinery_schema_history; CREATE VIEW refinery_schema_history AS SELECT 1 AS version");
    history
        .run(&database, &["up"])
        .exits(2)
        .says(&["is not a table of ours"]);
    database.run("DROP VIEW refinery_schema_history; CREATE TABLE migrator_journal (id int)");
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["migrator_journal\" is not a table of ours"]);
    assert!(!database.has("t1"));
    database.run("CREATE SCHEMA ours");
    history
        .run(&database, &["up", "--history-schema", "ours"])
        .exits(0);
}

#[test]
fn a_journal_of_another_shape_is_refused_by_every_command() {
    for (sql, lacking) in [
        (
            "ALTER TABLE migrator_journal DROP COLUMN detail",
            "It lacks: detail jsonb.",
        ),
        (
            "ALTER TABLE migrator_journal RENAME COLUMN sha256 TO hash; \
             ALTER TABLE migrator_journal ALTER COLUMN bundle TYPE varchar",
            "It lacks: sha256 text, bundle text.",
        ),
        (
            "ALTER TABLE migrator_step DROP COLUMN object",
            "It lacks: object text.",
        ),
        (
            "DROP TABLE migrator_journal; CREATE TABLE migrator_journal (id int, what text)",
            "Its columns are: id integer, what text.",
        ),
    ] {
        let (database, history) = (Database::fresh(), history());
        history.up(&database);
        database.run(sql);
        for command in [
            &["up"][..],
            &["status"],
            &["check"],
            &["history"],
            &["down", "-1"],
            &["plan"],
            &["verify"],
            &["stamp", "head"],
        ] {
            let ran = history.run(&database, command).exits(3);
            ran.says(&["is not a table of ours", lacking, "--history-schema"]);
        }
    }
    // What somebody has added beside them is no reason.
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    database.run("ALTER TABLE migrator_journal ADD COLUMN note text");
    history.run(&database, &["stamp", "1", "--yes"]).exits(0);
    history.run(&database, &["history"]).exits(0);
}

#[test]
fn the_history_may_live_in_any_schema() {
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE SCHEMA \"we\"\"ird schéma\"");
    let schema = "we\"ird schéma";
    history
        .run(&database, &["up", "--history-schema", schema])
        .exits(0);
    let current = history
        .call(&["current"])
        .on(&database)
        .variable("MIGRATOR_HISTORY_SCHEMA", schema)
        .run()
        .exits(0);
    assert_eq!(current.stdout, "2\n");
    assert_eq!(
        database.value("SELECT count(*) FROM \"we\"\"ird schéma\".refinery_schema_history"),
        "2"
    );
    assert!(!database.has("public.refinery_schema_history") && database.has("public.t1"));
}

#[test]
fn the_first_schema_of_the_search_path_holds_the_history() {
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE SCHEMA app");
    database.administrate(&format!(
        "ALTER DATABASE {} SET search_path = missing, app, public",
        database.name()
    ));
    history.up(&database);
    assert!(database.has("app.refinery_schema_history") && database.has("app.t1"));
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_schema_that_does_not_exist_is_named() {
    let (database, history) = (Database::fresh(), history());
    assert_shown(
        "history_schema_missing",
        &history.run(&database, &["up", "--history-schema", "nowhere"]),
    );
    database.administrate(&format!(
        "ALTER DATABASE {} SET search_path = nowhere",
        database.name()
    ));
    assert_shown("search_path_empty", &history.run(&database, &["up"]));
}

#[test]
fn a_server_that_does_not_answer_is_exit_six() {
    let start = Instant::now();
    let ran = migrator(&["up", "--url", "postgres://postgres@127.0.0.1:1/app"])
        .run()
        .exits(6);
    assert_shown("unreachable", &ran);
    let ran = migrator(&["up", "--url", "postgres://postgres@nowhere.invalid/app"])
        .run()
        .exits(6);
    assert!(ran.stderr.contains("nowhere.invalid:5432"), "{ran}");
    assert!(start.elapsed() < Duration::from_secs(15));
    let start = Instant::now();
    let ran = migrator(&[
        "status",
        "--wait",
        "1s",
        "--url",
        "postgres://postgres@127.0.0.1:1/app",
    ])
    .run()
    .exits(6);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert!(
        ran.stderr.contains("waiting up to 1 s for the server")
            || ran.stderr.contains("waiting up to 0 s"),
        "{ran}"
    );
    assert!(ran.stderr.contains("It was tried for 1 s."), "{ran}");
}

#[test]
fn bytes_that_are_no_text_are_an_error() {
    let template = Database::fresh();
    let name = format!("{}_ascii", template.name());
    template.administrate(&format!(
        "CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    ));
    let database = Database::existing(&name, &template);
    database.run("DO $$BEGIN EXECUTE 'CREATE TYPE mood AS ENUM (''' || chr(252) || ''')'; END$$");
    for command in ["identify", "up"] {
        migrator(&[command]).on(&database).run().exits(2).says(&[
            "invalid byte sequence for encoding \"UTF8\": 0xfc (22021)",
            "hint: A database whose encoding is SQL_ASCII",
        ]);
    }
}

#[test]
fn an_unknown_database_fails_at_once() {
    let database = Database::fresh();
    let url = database.url().replace(database.name(), "no_such_database");
    let start = Instant::now();
    let ran = migrator(&["up", "--wait", "60s", "--url", &url])
        .run()
        .exits(6);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert_shown("unknown_database", &ran);
    let url = database.url_of("no_such_role");
    migrator(&["up", "--wait", "60s", "--url", &url])
        .run()
        .exits(6)
        .says(&["no_such_role"]);
}
