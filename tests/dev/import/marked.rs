//! Tools whose one file holds up and down: goose, sql-migrate, dbmate, tern, node-pg-migrate, graphile-migrate.

use super::Import;

#[test]
fn goose() {
    let body = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n    -- +goose is a tool\n    RETURN 1;\nEND;\n$$;\n";
    let up = format!("-- +goose StatementBegin\n{body}-- +goose StatementEnd\n");
    let first = format!("-- note\n-- +goose Up\n{up}\n-- +goose Down\nDROP FUNCTION f();\n");
    let first = first.replace("    -- +goose is a tool\n", "");
    let import = Import::of(&[
        ("00001_first.sql", &first),
        (
            "00010_index.sql",
            "--+goose up\n-- +goose NO TRANSACTION\nCREATE INDEX CONCURRENTLY i ON t (x);\n-- +goose down\n\
             DROP INDEX CONCURRENTLY i;\n",
        ),
        (
            "00009_table.sql",
            "-- +goose Up\nCREATE TABLE t (x int);\n-- +goose Down\n-- nothing\n",
        ),
    ]);
    let said = import.converts("goose", &[]);
    assert!(
        said.contains("00009_table.sql:4: its down does nothing, and is left out"),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "V00001__first.down.sql",
            "V00001__first.sql",
            "V00009__table.sql",
            "V00010__index.down.sql",
            "V00010__index.sql",
        ]
    );
    let body = body.replace("    -- +goose is a tool\n", "");
    assert_eq!(
        import.read("V00001__first.sql"),
        format!("-- note\n{body}\n")
    );
    assert_eq!(
        import.read("V00001__first.down.sql"),
        "DROP FUNCTION f();\n"
    );
    assert_eq!(
        import.read("V00010__index.sql"),
        "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (x);\n"
    );
    assert_eq!(
        import.read("V00010__index.down.sql"),
        "-- migrator: no-transaction\nDROP INDEX CONCURRENTLY i;\n"
    );
    assert!(
        import
            .read("map.toml")
            .ends_with("\"1\" = 1\n\"9\" = 9\n\"10\" = 10\n")
    );
    import.applies();
}

#[test]
fn goose_that_cannot_be_kept() {
    Import::of(&[
        ("1_env.sql", "-- +goose Up\n-- +goose ENVSUB ON\n-- For $NAME.\nCREATE ROLE ${NAME};\n-- +goose ENVSUB OFF\nSELECT $$x$$;\n"),
        ("2_none.sql", "CREATE TABLE t (x int);\n"),
        ("3_go.go", "package x\n"),
        ("3_go_test.go", "package x\n"),
        ("4_odd.sql", "-- +goose Up\n-- +goose Sideways\nSELECT 1;\n"),
        ("5_above.sql", "SELECT 0;\n-- +goose Up\nSELECT 1;\n"),
    ])
    .is_refused(
        "goose",
        &[
            "1_env.sql:4: the tool puts environment variables in here (ENVSUB)",
            "2_none.sql:1: nothing says where up begins",
            "3_go.go:1: it is written in code (.go), not in SQL",
            "4_odd.sql:2: an unknown annotation of goose",
            "5_above.sql:1: SQL above the marker of up",
            "0 converted, 5 not converted",
        ],
    );
}

#[test]
fn sql_migrate() {
    let import = Import::of(&[
        (
            "2-b.sql",
            "-- +migrate Up notransaction\nVACUUM;\n-- +migrate Down\n",
        ),
        ("10-c.sql", "-- +migrate Up\nSELECT 10;\n"),
    ]);
    import.converts("sql-migrate", &[]);
    assert_eq!(import.names(), ["V10__c.sql", "V2__b.sql"]);
    assert_eq!(
        import.read("V2__b.sql"),
        "-- migrator: no-transaction\nVACUUM;\n"
    );
    assert!(import.read("map.toml").contains("\"2-b.sql\" = 2\n"));
}

#[test]
fn dbmate() {
    let import = Import::of(&[
        (
            "20240101000000_a.sql",
            "-- migrate:up\nCREATE TABLE a (x int);\n\n-- migrate:down\nDROP TABLE a;\n",
        ),
        (
            "20240102000000_b.sql",
            "-- migrate:up transaction:false\nALTER SYSTEM RESET work_mem;\n\n-- migrate:down\n",
        ),
        // The name decides, not the number: fifteen digits come in between.
        ("202401011200000_c.sql", "-- migrate:up\nSELECT 1;\n"),
    ]);
    let said = import.converts("dbmate", &[]);
    assert!(
        said.contains("version 202401011200000 is 20240101000001 here"),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "V20240101000000__a.down.sql",
            "V20240101000000__a.sql",
            "V20240101000001__c.sql",
            "V20240102000000__b.sql"
        ]
    );
    assert_eq!(
        import.read("V20240102000000__b.sql"),
        "-- migrator: no-transaction\nALTER SYSTEM RESET work_mem;\n\n"
    );
    import.applies();
}

#[test]
fn tern() {
    let import = Import::of(&[
        (
            "001_a.sql",
            "CREATE TABLE a (x int);\n---- create above / drop below ----\nDROP TABLE a;\n",
        ),
        (
            "002_b.sql",
            "---- tern: disable-tx ----\nCREATE INDEX CONCURRENTLY i ON a (x);\n---- create above / drop below ----\nDROP INDEX i;\n",
        ),
    ]);
    import.converts("tern", &[]);
    assert_eq!(
        import.names(),
        [
            "V001__a.down.sql",
            "V001__a.sql",
            "V002__b.down.sql",
            "V002__b.sql"
        ]
    );
    assert_eq!(import.read("V002__b.down.sql"), "DROP INDEX i;\n");
    import.applies();
    Import::of(&[(
        "001_a.sql",
        "SELECT 1;\n{{ template \"shared/x.sql\" . }}\n",
    )])
    .is_refused("tern", &["001_a.sql:2: \"{{\" begins a template"]);
}

#[test]
fn node_pg_migrate() {
    let import = Import::of(&[
        (
            "20240101000000000_b.sql",
            "-- Up Migration\nCREATE TABLE b (x int);\n\n-- Down Migration\nDROP TABLE b;\n",
        ),
        (
            "1700000000000_a-first.sql",
            "--- up migration ---\nCREATE TABLE a (x int);\n",
        ),
        ("1704067200001_c.up.sql", "CREATE TABLE c (x int);\n"),
        ("1704067200001_c.down.sql", "DROP TABLE c;\n"),
    ]);
    let said = import.converts("node-pg-migrate", &[]);
    assert!(
        said.contains("20240101000000000 is 1700000000001 here"),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "V1700000000000__a_first.sql",
            "V1700000000001__b.down.sql",
            "V1700000000001__b.sql",
            "V1704067200001__c.down.sql",
            "V1704067200001__c.sql"
        ]
    );
    assert!(
        import
            .read("map.toml")
            .contains("\"1700000000000_a-first\" = 1700000000000\n")
    );
    import.applies();
}

#[test]
fn graphile_migrate() {
    let import = Import::of(&[
        (
            "committed/000001.sql",
            "--! Previous: -\n--! Hash: sha1:x\n--! Message: first\n\nCREATE TABLE a (x int);\n",
        ),
        (
            "committed/000002-second.sql",
            "--! Previous: sha1:x\n--! Hash: sha1:y\n--! no-transaction\nVACUUM;\n",
        ),
        ("current.sql", "-- Enter migration here\n"),
    ]);
    import.converts("graphile-migrate", &[]);
    assert_eq!(
        import.names(),
        ["V000001__migration.sql", "V000002__second.sql"]
    );
    assert_eq!(
        import.read("V000002__second.sql"),
        "-- migrator: no-transaction\nVACUUM;\n"
    );
    Import::of(&[
        (
            "committed/000001.sql",
            "GRANT CONNECT ON DATABASE :DATABASE_NAME TO app;\n",
        ),
        ("current.sql", "SELECT 1;\n"),
    ])
    .is_refused(
        "graphile-migrate",
        &[
            "000001.sql:1: a placeholder",
            "current.sql:1: it is not committed yet",
        ],
    );
}
