//! What `adopt` refuses, and that nothing is written then.

use super::{FLYWAY, database, history};
use crate::support::{Database, assert_shown};

/// Runs `adopt` on a database that SQL makes, and shows what it says.
#[track_caller]
fn refused(name: &str, code: i32, sql: &str, arguments: &[&str]) {
    let database = Database::fresh();
    database.run(sql);
    let before = database.rows("SELECT oid::regclass FROM pg_class ORDER BY oid");
    let arguments = [&["adopt"], arguments].concat();
    let ran = history().run(&database, &arguments).exits(code);
    assert_shown(&format!("adopt_{name}"), &ran);
    let after = database.rows("SELECT oid::regclass FROM pg_class ORDER BY oid");
    assert_eq!(before, after, "something was created");
}

#[test]
fn a_dirty_position() {
    refused(
        "dirty",
        3,
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (3, true)",
        &[],
    );
}

#[test]
fn failed_rows() {
    let rows = "INSERT INTO flyway_schema_history VALUES \
        (1, '1', 'create users', 'SQL', 'V1__create_users.sql', NULL, 'ada', '2024-01-01', 1, true), \
        (2, '2', 'create roles', 'SQL', 'V2__create_roles.sql', NULL, 'ada', '2024-01-02', 1, false)";
    refused("failed_row", 3, &format!("{FLYWAY}{rows}"), &[]);
}

#[test]
fn two_heads() {
    refused(
        "two_heads",
        3,
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('a'), ('b')",
        &[],
    );
}

#[test]
fn two_histories() {
    let sql = "CREATE TABLE alembic_version (version_num varchar(32)); \
               CREATE TABLE schema_version (version int); CREATE SCHEMA b; CREATE TABLE b.schema_version (version int)";
    refused("two_histories", 2, sql, &[]);
}

#[test]
fn no_history_but_a_table_that_looks_like_one() {
    let sql =
        "CREATE TABLE schema_migrations (version bigint, inserted_at timestamp); CREATE TABLE t ()";
    refused("no_history", 2, sql, &[]);
    let named = ["--from", "goose", "--table", "public.schema_migrations"];
    refused("other_columns", 2, sql, &named);
}

#[test]
fn rows_that_are_nothing_of_ours() {
    let sql = "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
               INSERT INTO schema_migrations VALUES ('1'), ('7'), ('twelve'), (E'o''dd\\\\\"')";
    refused("not_ours", 3, sql, &[]);
}

#[test]
fn texts_that_were_changed() {
    let database = database("sqlx");
    let history = history();
    history.write("V2__create_roles.sql", "CREATE TABLE roles (id bigint);\n");
    let ran = history.run(&database, &["adopt"]);
    assert_eq!(ran.code, 3, "{ran}");
    let ran = ran.says(&[
        "1 migration was changed after sqlx applied it",
        "--checksums ignore",
    ]);
    assert!(
        ran.stderr
            .contains("2 \"create_roles\" is not the text that was applied"),
        "{ran}"
    );
    assert!(!database.has("refinery_schema_history"));
    history
        .run(&database, &["adopt", "--checksums", "ignore"])
        .exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

#[test]
fn checksums_of_each_tool_are_compared() {
    for tool in ["flyway", "prisma", "refinery", "sqlx"] {
        let (database, history) = (database(tool), history());
        history.write(
            "V1__create_users.sql",
            "CREATE TABLE users (id int); -- edited\n",
        );
        let ran = history.run(&database, &["adopt"]);
        assert_eq!(ran.code, 3, "{tool}: {ran}");
    }
}

#[test]
fn a_history_of_our_own_that_says_something_else() {
    let (database, history) = (database("dbmate"), history());
    history.run(&database, &["stamp", "2"]).exits(0);
    assert_shown("adopt_other_history", &history.run(&database, &["adopt"]));
    assert_eq!(database.applied(), [1, 2]);
}

#[test]
fn a_map_file_that_is_none() {
    let (database, history) = (database("dbmate"), history());
    let map = history.folder().with_file_name("map.toml");
    std::fs::write(&map, "[map]\n\"1\" = \"x\"\n2\n").expect("our own folder");
    let shown = map.display().to_string();
    let ran = history.run(&database, &["adopt", "--map", &shown]).exits(2);
    ran.says(&["map.toml:2: ", "map.toml:3: "]);
    history
        .run(&database, &["adopt", "--map", "/nowhere"])
        .exits(2)
        .says(&["cannot be read"]);
    std::fs::write(&map, "\"1\" = 77\n").expect("our own folder");
    let ran = history.run(&database, &["adopt", "--map", &shown]).exits(2);
    ran.says(&["\"1\" = 77"]);
}

#[test]
fn a_history_whose_versions_are_too_wide_for_refinerys_column() {
    let history = crate::support::History::new(&[("V20240101120000__a.sql", "SELECT 1;")]);
    let database = Database::fresh();
    database.run(
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), \
         checksum varchar(255)); CREATE TABLE schema_migrations (version varchar); \
         INSERT INTO schema_migrations VALUES ('20240101120000')",
    );
    history
        .run(&database, &["adopt"])
        .exits(2)
        .says(&["four bytes wide"]);
    assert!(!database.has("migrator_journal"));
}
