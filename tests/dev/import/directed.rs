//! Tools with a file or a folder for each direction: golang-migrate, sqlx, Diesel, Prisma, a plain folder, Sqitch.

use super::Import;

#[test]
fn golang_migrate() {
    let import = Import::of(&[
        ("1_a.up.sql", "CREATE TABLE a (x int);\n"),
        ("1_a.down.sql", "DROP TABLE a;\n"),
        ("10_c.up.sql", "CREATE INDEX CONCURRENTLY i ON a (x);\n"),
        (
            "2_b-two.up.sql",
            "BEGIN;\nCREATE TABLE b (x int);\nCOMMIT;\n",
        ),
        ("2_called_otherwise.down.sql", "DROP TABLE b;\n"),
    ]);
    let said = import.converts("golang-migrate", &[]);
    assert!(
        said.contains(
            "10_c.up.sql:1: it cannot run in a transaction: each statement commits by itself"
        ),
        "{said}"
    );
    assert_eq!(
        import.names(),
        [
            "V10__c.sql",
            "V1__a.down.sql",
            "V1__a.sql",
            "V2__b_two.down.sql",
            "V2__b_two.sql"
        ]
    );
    assert_eq!(
        import.read("V2__b_two.sql"),
        "BEGIN;\nCREATE TABLE b (x int);\nCOMMIT;\n"
    );
    import.applies();
}

#[test]
fn versions_that_are_used_twice_are_renumbered() {
    let import = Import::of(&[
        ("5_a.up.sql", "CREATE TABLE a (x int);\n"),
        ("5_a.down.sql", "DROP TABLE a;\n"),
        ("5_b.up.sql", "CREATE TABLE b (x int);\n"),
        ("5_b.down.sql", "DROP TABLE b;\n"),
        ("6_c.up.sql", "CREATE TABLE c (x int);\n"),
    ]);
    let said = import.converts("golang-migrate", &[]);
    assert!(said.contains("5_b.up.sql:1: version 5 is 6 here"), "{said}");
    assert_eq!(
        import.names(),
        [
            "V5__a.down.sql",
            "V5__a.sql",
            "V6__b.down.sql",
            "V6__b.sql",
            "V7__c.sql"
        ]
    );
    assert_eq!(import.read("V6__b.down.sql"), "DROP TABLE b;\n");
    import.applies();
}

#[test]
fn a_down_without_an_up_is_told() {
    Import::of(&[
        ("1_a.up.sql", "SELECT 1;\n"),
        ("2_b.down.sql", "SELECT 2;\n"),
    ])
    .is_refused("golang-migrate", &["2_b.down.sql:1: a down without its up"]);
}

#[test]
fn sqlx() {
    let import = Import::of(&[
        ("20240101000000_a.sql", "CREATE TABLE a (x int);\n"),
        (
            "20240102000000_b.up.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (x);\n",
        ),
        ("20240102000000_b.down.sql", "DROP INDEX i;\n"),
        (".keep", ""),
    ]);
    import.converts("sqlx", &[]);
    assert_eq!(
        import.read("V20240102000000__b.sql"),
        "-- migrator: no-transaction\n-- no-transaction\nCREATE INDEX CONCURRENTLY i ON a (x);\n"
    );
    assert_eq!(
        import.read("V20240102000000__b.down.sql"),
        "DROP INDEX i;\n"
    );
    import.applies();
}

#[test]
fn what_touches_the_history_of_the_tool_is_told() {
    let import = Import::of(&[(
        "1_a.sql",
        "-- not _sqlx_migrations here\nCREATE SCHEMA app;\nALTER TABLE IF EXISTS _sqlx_migrations SET SCHEMA app;\n",
    )]);
    let said = import.converts("sqlx", &[]);
    let expected = "1_a.sql:3: it names _sqlx_migrations, the table of the other tool\n";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn diesel() {
    let import = Import::of(&[
        ("00000000000000_diesel_initial_setup/up.sql", "SELECT 0;\n"),
        (
            "2024-01-02-030405_b/up.sql",
            "CREATE INDEX CONCURRENTLY i ON a (x);\n",
        ),
        (
            "2024-01-02-030405_b/down.sql",
            "DROP INDEX CONCURRENTLY i;\n",
        ),
        (
            "2024-01-02-030405_b/metadata.toml",
            "run_in_transaction = false\n",
        ),
        // No such day, and a plain timestamp between dashed ones.
        ("20231345000000_a/up.sql", "CREATE TABLE a (x int);\n"),
        ("20231345000000_a/down.sql", "DROP TABLE a;\n"),
    ]);
    import.converts("diesel", &[]);
    assert_eq!(
        import.names(),
        [
            "V00000000000000__diesel_initial_setup.sql",
            "V20231345000000__a.down.sql",
            "V20231345000000__a.sql",
            "V20240102030405__b.down.sql",
            "V20240102030405__b.sql"
        ]
    );
    assert!(
        import
            .read("map.toml")
            .contains("\"20240102030405\" = 20240102030405\n")
    );
    import.applies();
}

#[test]
fn prisma() {
    let import = Import::of(&[
        (
            "20240101000000_init/migration.sql",
            "-- CreateTable\nCREATE TABLE \"User\" (\"id\" int);\n",
        ),
        (
            "20240102000000_b/migration.sql",
            "ALTER TABLE \"User\" ADD COLUMN \"x\" int;\n",
        ),
        ("migration_lock.toml", "provider = \"postgresql\"\n"),
    ]);
    import.converts("prisma", &[]);
    assert_eq!(
        import.names(),
        ["V20240101000000__init.sql", "V20240102000000__b.sql"]
    );
    assert!(
        import
            .read("map.toml")
            .contains("\"20240101000000_init\" = 20240101000000\n")
    );
    import.applies();
}

#[test]
fn a_plain_folder() {
    let import = Import::of(&[
        ("001_a.sql", "CREATE TABLE a (x int);\n"),
        ("002_b.sql", "INSERT INTO a VALUES (1);\n"),
        ("seeds.sql", "INSERT INTO a VALUES (2);\n"),
    ]);
    import.converts("plain", &[]);
    assert_eq!(
        import.names(),
        ["V001__a.sql", "V002__b.sql", "V003__seeds.sql"]
    );
    assert!(import.read("map.toml").contains("\"001_a.sql\" = 1\n"));
    import.applies();
}

#[test]
fn drizzle() {
    let journal = |tags: &[&str]| {
        let entries: Vec<String> = tags
            .iter()
            .map(|tag| format!("{{ \"idx\": 0, \"when\": 1, \"tag\": \"{tag}\" }}"))
            .collect();
        format!(
            "{{ \"version\": \"7\", \"entries\": [{}] }}",
            entries.join(", ")
        )
    };
    let (whole, missing) = (journal(&["0000_a", "0001_b"]), journal(&["0002_c"]));
    let a = "CREATE TABLE a (x int);\n--> statement-breakpoint\nCREATE TABLE b (x int);";
    let mut files = vec![
        ("meta/_journal.json", whole.as_str()),
        ("0000_a.sql", a),
        ("0001_b.sql", "ALTER TABLE a ADD y int;\n"),
        // Written for a branch, and forgotten.
        ("0001_forgotten.sql", "ALTER TABLE a ADD y int;\n"),
    ];
    let import = Import::of(&files);
    let said = import.converts("drizzle", &[]);
    assert!(said.contains("left out: 0001_forgotten.sql"), "{said}");
    assert_eq!(import.names(), ["V0000__a.sql", "V0001__b.sql"]);
    import.applies();
    files[0].1 = &missing;
    Import::of(&files).is_refused("drizzle", &["0002_c.sql:1: meta/_journal.json names it"]);
    files[0].1 = "{}";
    Import::of(&files).is_refused("drizzle", &["meta/_journal.json:1: it is no journal"]);
    Import::of(&files[1..]).is_refused("drizzle", &["could not read the file"]);
}

#[test]
fn downs_that_cannot_be_read() {
    let import = Import::of(&[
        ("1_a.up.sql", "CREATE TABLE a (x int);\n"),
        (
            "1_a.down.sql",
            "DROP TABLE a;\nDROP INDEX IF EXIST i;\nDROP IF;\n",
        ),
        ("2_b.up.sql", "CREATE TABLE b (x int);\n"),
        ("2_b.down.sql", "DROP TABLE b;\n"),
        ("3_c.down.sql", "DROP TABLE c;\n"),
    ]);
    import.is_refused(
        "sqlx",
        &[
            "1_a.down.sql:2: syntax error",
            "3_c.down.sql:1: a down without its up",
        ],
    );
    let said = import.converts("sqlx", &["--downs", "readable"]);
    assert_eq!(import.names(), ["V1__a.sql", "V2__b.down.sql", "V2__b.sql"]);
    assert!(
        said.contains("1_a.down.sql:2: its down is left out: syntax error"),
        "{said}"
    );
    assert!(said.contains("left out: 3_c.down.sql"), "{said}");
    import.applies();
}

#[test]
fn no_downs() {
    let import = Import::of(&[
        ("1_a.up.sql", "CREATE TABLE a (x int);\n"),
        ("1_a.down.sql", "DROP TABLE a;\n"),
    ]);
    import.converts("sqlx", &["--downs", "none"]);
    assert_eq!(import.names(), ["V1__a.sql"]);
}

#[test]
fn a_plain_folder_without_zeros() {
    let import = Import::of(&[
        ("1.sql", "CREATE TABLE a (x int);\n"),
        ("2.sql", "ALTER TABLE a ADD y int;\n"),
        ("10.sql", "ALTER TABLE a DROP y;\n"),
    ]);
    import.converts("plain", &[]);
    assert_eq!(
        import.names(),
        [
            "V10__migration.sql",
            "V1__migration.sql",
            "V2__migration.sql"
        ]
    );
    import.applies();
}

#[test]
fn a_plain_folder_of_releases() {
    let import = Import::of(&[
        ("1.1.9.sql", "CREATE TABLE a (x int);\n"),
        (
            "1.1.10.sql",
            "BEGIN;\nALTER TABLE a ADD y int;\nCOMMIT;\nROLLBACK;\n",
        ),
        ("1.1.10a.sql", "ALTER TABLE a DROP y;\n"),
    ]);
    import.converts("plain", &[]);
    assert_eq!(
        import.names(),
        [
            "V0001__1_1_9.sql",
            "V0002__1_1_10.sql",
            "V0003__1_1_10a.sql"
        ]
    );
    import.applies();
}

#[test]
fn versions_in_groups_of_digits() {
    let import = Import::of(&[
        ("20240101_120000_a.sql", "CREATE TABLE a (x int);\n"),
        ("20240101_130000_2nd.sql", "CREATE TABLE b (x int);\n"),
        ("sub/20240102_000001.sql", "CREATE TABLE c (x int);\n"),
    ]);
    import.converts("plain", &[]);
    assert_eq!(
        import.names(),
        [
            "V20240101120000__a.sql",
            "V20240101130000__2nd.sql",
            "V20240102000001__migration.sql"
        ]
    );
}

#[test]
fn sqitch() {
    let plan = "%syntax-version=1.0.0\n%project=shop\n\n\
                roles 2024-01-01T00:00:00Z A <a@example.org> # Roles\n\
                users [roles] 2024-01-02T00:00:00Z A <a@example.org>\n\
                @v1 2024-01-03T00:00:00Z A <a@example.org>\n\n\
                roles [roles@v1] 2024-01-04T00:00:00Z A <a@example.org> # Again\n";
    let import = Import::of(&[
        ("sqitch.conf", "[core]\n\tengine = pg\n\ttop_dir = db\n"),
        ("db/sqitch.plan", plan),
        (
            "db/deploy/roles@v1.sql",
            "BEGIN;\nCREATE TABLE roles (x int);\nCOMMIT;\n",
        ),
        (
            "db/revert/roles@v1.sql",
            "BEGIN;\nDROP TABLE roles;\nCOMMIT;\n",
        ),
        (
            "db/verify/users.sql",
            "-- Verify\nBEGIN;\nSELECT 1 / count(*) FROM pg_class WHERE relname = 'users';\nROLLBACK;\n",
        ),
        ("db/deploy/users.sql", "CREATE TABLE users (x int);\n"),
        (
            "db/deploy/roles.sql",
            "ALTER TABLE roles ADD COLUMN y int;\n",
        ),
    ]);
    import.converts("sqitch", &[]);
    assert_eq!(
        import.names(),
        [
            "V20240101000000__roles.down.sql",
            "V20240101000000__roles.sql",
            "V20240102000000__users.sql",
            "V20240102000000__users.verify.sql",
            "V20240104000000__roles.sql"
        ]
    );
    assert!(
        import
            .read("V20240101000000__roles.sql")
            .contains("CREATE TABLE roles")
    );
    assert!(
        import
            .read("map.toml")
            .contains("\"roles@v1\" = 20240101000000\n")
    );
    import.applies();
    Import::of(&[(
        "sqitch.plan",
        "gone 2024-01-01T00:00:00Z A <a@example.org>\n",
    )])
    .is_refused(
        "sqitch",
        &["sqitch.plan:1: the plan names \"deploy/gone.sql\", and there is no such file"],
    );
}
