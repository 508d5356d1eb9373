//! Tools with orders and kinds of their own: Flyway, refinery, Atlas, Liquibase.

use super::Import;

#[test]
fn flyway() {
    let import = Import::of(&[
        ("V1__a.sql", "CREATE TABLE a (x int);\n"),
        ("v2/V3.10__d.sql", "ALTER TABLE a DROP COLUMN y;\n"),
        ("v2/V3.9__c.sql", "ALTER TABLE a ADD COLUMN y int;\n"),
        ("U3.9__other_words.sql", "ALTER TABLE a DROP COLUMN y;\n"),
        (
            "V2_1__b-index.sql",
            "CREATE INDEX CONCURRENTLY i ON a (x);\n",
        ),
        (
            "R__Views of a.sql",
            "CREATE OR REPLACE VIEW v AS SELECT x FROM a;\n",
        ),
        ("B3.9__base.sql", "CREATE TABLE a (x int, y int);\n"),
        ("readme.sql", ""),
    ]);
    let said = import.converts("flyway", &[]);
    assert!(said.contains("left out: readme.sql"), "{said}");
    assert_eq!(
        import.names(),
        [
            "B3009__base.sql",
            "R__Views_of_a.sql",
            "V1000__a.sql",
            "V2001__b_index.sql",
            "V3009__c.down.sql",
            "V3009__c.sql",
            "V3010__d.sql"
        ]
    );
    assert!(import.read("map.toml").contains("\"2.1\" = 2001\n"));
}

#[test]
fn two_repeatables_of_one_name_are_two_files() {
    let import = Import::of(&[
        ("V1__a.sql", "CREATE TABLE a (x int);\n"),
        (
            "R__a view.sql",
            "CREATE OR REPLACE VIEW v AS SELECT 1 AS x;\n",
        ),
        (
            "R__a-view.sql",
            "CREATE OR REPLACE VIEW w AS SELECT 2 AS x;\n",
        ),
    ]);
    import.converts("flyway", &[]);
    assert_eq!(
        import.names(),
        ["R__a_view.sql", "R__a_view_2.sql", "V1__a.sql"]
    );
}

#[test]
fn flyway_that_cannot_be_kept() {
    Import::of(&[
        ("V1__a.sql", "-- ${in a comment}\nCREATE ROLE ${name};\n"),
        ("V2__b.sql", "SELECT '${kept}';\n"),
        ("V2__b.sql.conf", "placeholderReplacement = false\n"),
        ("V3__c.java", "class V3__c {}\n"),
        ("U7__d.sql", "SELECT 1;\n"),
        ("afterMigrate.sql", "SELECT 1;\n"),
    ])
    .is_refused(
        "flyway",
        &[
            "V1__a.sql:2: \"${name}\" is a placeholder",
            "V3__c.java:1: it is written in code (.java)",
            "U7__d.sql:1: it undoes no version of its own",
            "afterMigrate.sql:1: a callback of Flyway",
            "1 converted, 4 not converted",
        ],
    );
}

#[test]
fn refinery() {
    let import = Import::of(&[
        ("V1__a.sql", "CREATE TABLE a (x int);\n"),
        ("U2__b.sql", "CREATE TABLE b (x int);\n"),
    ]);
    import.converts("refinery", &[]);
    assert_eq!(import.names(), ["U2__b.sql", "V1__a.sql"]);
    import.applies();
    Import::of(&[("V1__a.rs", "pub fn migration() {}\n")])
        .is_refused("refinery", &["V1__a.rs:1: it is written in Rust"]);
}

#[test]
fn atlas() {
    let import = Import::of(&[
        ("20240101000000_a.sql", "CREATE TABLE a (x int);\n"),
        (
            "20240102000000.sql",
            "-- atlas:txmode none\n\nCREATE INDEX CONCURRENTLY i ON a (x);\n",
        ),
        (
            "20240103000000_point.sql",
            "-- atlas:checkpoint\n\nCREATE TABLE a (x int);\nCREATE INDEX i ON a (x);\n",
        ),
        ("atlas.sum", "h1:x\n"),
    ]);
    import.converts("atlas", &[]);
    assert_eq!(
        import.names(),
        [
            "B20240103000000__point.sql",
            "V20240101000000__a.sql",
            "V20240102000000__migration.sql"
        ]
    );
    Import::of(&[("1.sql", "-- atlas:delimiter //\nSELECT 1//\n")])
        .is_refused("atlas", &["1.sql:1: the file has a delimiter of its own"]);
}

#[test]
fn liquibase() {
    let second = "--liquibase formatted sql\n\n\
        --changeset ada:index runInTransaction:false\n--comment why\nCREATE INDEX CONCURRENTLY i ON a (x);\n\
        --rollback DROP INDEX CONCURRENTLY i;\n\n\
        --changeset \"ada l\":\"a view\" runOnChange:true\nCREATE OR REPLACE VIEW v AS SELECT x FROM a;\n\
        --changeset ada:data dbms:mysql\nSELECT 1;\n\
        --changeset ada:more context:test\nINSERT INTO a VALUES (1);\n/* liquibase rollback\nDELETE FROM a;\n*/\n";
    let import = Import::of(&[
        (
            "z-first.sql",
            "-- liquibase formatted sql\n-- changeset ada:1\nCREATE TABLE a (x int);\n-- rollback DROP TABLE a;\n",
        ),
        ("a-second.sql", second),
        (
            "master.xml",
            "<databaseChangeLog>\n  <include file=\"db/changelog/z-first.sql\"/>\n  <includeAll path=\"db/changelog/\"/>\n\
             </databaseChangeLog>\n",
        ),
    ]);
    let said = import.converts("liquibase", &[]);
    assert!(
        said.contains("left out: a-second.sql\n  a-second.sql:10: it is not for PostgreSQL"),
        "{said}"
    );
    assert!(
        said.contains(
            "a-second.sql:12: it is for test only; the tool runs it also where no context is named"
        ),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "R__a_view.sql",
            "V0001__1.down.sql",
            "V0001__1.sql",
            "V0002__index.down.sql",
            "V0002__index.sql",
            "V0003__more.down.sql",
            "V0003__more.sql"
        ]
    );
    assert_eq!(import.read("V0001__1.down.sql"), "DROP TABLE a;\n");
    assert_eq!(import.read("V0003__more.down.sql"), "DELETE FROM a;\n\n");
}

#[test]
fn liquibase_that_cannot_be_kept() {
    Import::of(&[
        ("a.yaml", "databaseChangeLog:\n- changeSet:\n    id: 7\n    author: ada\n"),
        ("b.sql", "SELECT 1;\n"),
        (
            "c.sql",
            "--liquibase formatted sql\n--changeset ada:1 endDelimiter:/\nSELECT ${x}\n/\n--changeset ada\nSELECT 1;\n",
        ),
    ])
    .is_refused(
        "liquibase",
        &[
            "a.yaml:3: change set \"7\" is not written in SQL",
            "b.sql:1: it does not begin with",
            "c.sql:2: its statements end with \"/\"",
            "c.sql:3: \"${x}\" is a placeholder",
            "c.sql:5: a change set without author and id",
        ],
    );
}
