//! `adopt`: another tool's history becomes ours, whoever's it is, and nothing is written when anything is amiss.

use crate::support::{Database, History, assert_shown};

/// Five migrations under the names and versions that most tools use.
fn history() -> History {
    History::new(&[
        ("V1__create_users.sql", "CREATE TABLE users (id int);\n"),
        ("V2__create_roles.sql", "CREATE TABLE roles (id int);\n"),
        ("V3__add_email.sql", "ALTER TABLE users ADD email text;\n"),
        ("V4__add_name.sql", "ALTER TABLE users ADD name text;\n"),
        ("V4__add_name.down.sql", "ALTER TABLE users DROP name;\n"),
        (
            "V5__create_views.sql",
            "CREATE VIEW v AS SELECT id FROM users;\n",
        ),
    ])
}

/// What the first three migrations have made.
const SCHEMA: &str = "CREATE TABLE users (id int, email text); CREATE TABLE roles (id int);";

const FLYWAY: &str = "CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), \
    description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, \
    installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, \
    success boolean NOT NULL); ";

/// Each tool's table, with the first three migrations in it.
const TOOLS: [(&str, &str); 18] = [
    (
        "alembic",
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); INSERT INTO alembic_version VALUES ('0003')",
    ),
    (
        "atlas",
        "CREATE SCHEMA atlas_schema_revisions; CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (\
         version varchar PRIMARY KEY, description varchar, type bigint, applied bigint, total bigint, \
         executed_at timestamptz, execution_time bigint, error text, error_stmt text, hash varchar, \
         partial_hashes jsonb, operator_version varchar); \
         INSERT INTO atlas_schema_revisions.atlas_schema_revisions VALUES \
         ('.atlas_cloud_identifier', 'x', 0, 0, 0, now(), 0, NULL, NULL, '', NULL, ''), \
         ('1', 'create_users', 4, 1, 1, now(), 0, '', '', 'a', NULL, ''), \
         ('2', 'create_roles', 4, 1, 1, now(), 0, '', '', 'b', NULL, ''), \
         ('3', 'add_email', 4, 1, 1, now(), 0, NULL, NULL, 'c', NULL, '')",
    ),
    (
        "dbmate",
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1'), ('2'), ('3')",
    ),
    (
        "diesel",
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now()); \
         INSERT INTO __diesel_schema_migrations VALUES ('00000000000001'), ('00000000000002'), ('00000000000003')",
    ),
    (
        "django",
        "CREATE TABLE django_migrations (id bigint PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz); \
         INSERT INTO django_migrations VALUES (1, 'shop', '0001_create_users', now()), \
         (2, 'shop', '0002_create_roles', now()), (3, 'shop', '0003_add_email', now())",
    ),
    ("flyway", ""),
    (
        "golang-migrate",
        "CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO schema_migrations VALUES (3, false)",
    ),
    (
        "goose",
        "CREATE TABLE goose_db_version (id int PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, \
         tstamp timestamp DEFAULT now()); INSERT INTO goose_db_version VALUES (1, 0, true), (2, 1, true), (3, 2, true), \
         (4, 3, true), (5, 3, false), (6, 3, true), (7, 4, true), (8, 4, false)",
    ),
    (
        "knex",
        "CREATE TABLE knex_migrations (id int PRIMARY KEY, name varchar(255), batch int, migration_time timestamptz); \
         CREATE TABLE knex_migrations_lock (index int PRIMARY KEY, is_locked int); INSERT INTO knex_migrations_lock VALUES (1, 0); \
         INSERT INTO knex_migrations VALUES (1, '001_create_users.js', 1), (2, '002_create_roles.js', 1), (3, '003_add_email.js', 2)",
    ),
    ("liquibase", ""),
    (
        "node-pg-migrate",
        "CREATE TABLE pgmigrations (id int PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL); \
         INSERT INTO pgmigrations VALUES (1, '1_create-users', now()), (2, '2_create-roles', now()), (3, '3_add-email', now())",
    ),
    (
        "plain",
        "CREATE TABLE schema_migrations (migration_name text PRIMARY KEY, applied_at timestamptz DEFAULT now()); \
         INSERT INTO schema_migrations VALUES ('001_create_users.sql'), ('002_create_roles.sql'), ('003_add_email.sql')",
    ),
    (
        "prisma",
        "CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, \
         finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, \
         started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0); \
         INSERT INTO _prisma_migrations VALUES ('a', $SHA256_1, now(), '1_create_users', NULL, NULL), \
         ('b', $SHA256_2, now(), '2_create_roles', NULL, NULL), ('c', 'x', NULL, '3_add_email', NULL, now()), \
         ('d', $SHA256_3, now(), '3_add_email', NULL, NULL)",
    ),
    (
        "rails",
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1'), ('2'), ('3'); \
         CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar)",
    ),
    ("refinery", ""),
    (
        "sqitch",
        "CREATE SCHEMA sqitch; CREATE TABLE sqitch.changes (change_id text PRIMARY KEY, script_hash text, \
         change text NOT NULL, project text NOT NULL, committed_at timestamptz NOT NULL, planned_at timestamptz NOT NULL); \
         CREATE TABLE sqitch.tags (tag_id text PRIMARY KEY, tag text NOT NULL, project text NOT NULL, change_id text NOT NULL); \
         INSERT INTO sqitch.changes VALUES ('a', '', 'create_users', 'shop', now(), now()), \
         ('b', '', 'create_roles', 'shop', now(), now()), ('c', '', 'add_email', 'shop', now(), now())",
    ),
    (
        "sqlx",
        "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
         installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, \
         execution_time bigint NOT NULL); INSERT INTO _sqlx_migrations VALUES \
         (1, 'create users', now(), true, sha384($TEXT_1), 1), (2, 'create roles', now(), true, sha384($TEXT_2), 1), \
         (3, 'add email', now(), true, sha384($TEXT_3), -1)",
    ),
    (
        "tern",
        "CREATE TABLE schema_version (version int NOT NULL); INSERT INTO schema_version VALUES (3)",
    ),
];

const LIQUIBASE: &str = "CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, \
    filename varchar(255) NOT NULL, dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, \
    exectype varchar(10) NOT NULL, md5sum varchar(35)); \
    CREATE TABLE databasechangeloglock (id int PRIMARY KEY, locked boolean NOT NULL, lockgranted timestamp, lockedby varchar(255)); \
    INSERT INTO databasechangeloglock VALUES (1, false); INSERT INTO databasechangelog VALUES \
    ('create_users', 'ada', 'log.sql', now(), 1, 'EXECUTED'), ('create_roles', 'ada', 'log.sql', now(), 2, 'MARK_RAN'), \
    ('add_email', 'ada', 'log.sql', now(), 3, 'RERAN')";

const FLYWAY_ROWS: &str = "INSERT INTO flyway_schema_history VALUES \
    (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '\"app\"', NULL, 'ada', now(), 0, true), \
    (1, '1', 'create users', 'SQL', 'V1__create_users.sql', -1, 'ada', now(), 1, true), \
    (2, '2', 'create roles', 'SQL', 'V2__create_roles.sql', NULL, 'ada', now(), 1, true), \
    (3, '4', 'add name', 'SQL', 'V4__add_name.sql', 5, 'ada', now(), 1, true), \
    (4, '4', 'add name', 'UNDO_SQL', 'U4__add_name.sql', 5, 'ada', now(), 1, true), \
    (5, NULL, 'reports', 'SQL', 'R__reports.sql', 5, 'ada', now(), 1, true), \
    (6, NULL, 'reports', 'SQL', 'R__reports.sql', 6, 'ada', now(), 1, true), \
    (7, '3', 'add email', 'SQL', 'V3__add_email.sql', NULL, 'ada', now(), 1, true); \
    UPDATE flyway_schema_history SET checksum = $CRC_1 WHERE version = '1'";

fn table(tool: &str) -> String {
    let sql = match tool {
        "flyway" => format!("{FLYWAY}{FLYWAY_ROWS}"),
        "liquibase" => LIQUIBASE.to_owned(),
        "refinery" => {
            "CREATE SCHEMA old; CREATE TABLE old.refinery_schema_history (version int PRIMARY KEY, \
             name varchar(255), applied_on varchar(255), checksum varchar(255)); \
             INSERT INTO old.refinery_schema_history VALUES (1, 'create_users', '', $SIP_1), \
             (2, 'create_roles', '', $SIP_2), (3, 'add_email', '', $SIP_3)"
                .to_owned()
        }
        _ => {
            let (_, sql) = TOOLS
                .iter()
                .find(|(name, _)| *name == tool)
                .expect("a tool");
            (*sql).to_owned()
        }
    };
    with_checksums(sql)
}

/// Puts in the checksums of the texts.
fn with_checksums(mut sql: String) -> String {
    let bundle = history().bundle();
    for migration in bundle.migrations {
        let version = migration.version;
        let text = migration.up.sql.replace('\n', "\\n");
        // As a file of a checkout on Windows has it.
        let windows = migration.up.sql.replace('\n', "\\r\\n");
        sql = sql
            .replace(
                &format!("sha384($TEXT_{version})"),
                &format!("sha384(convert_to(E'{windows}', 'UTF8'))"),
            )
            .replace(
                &format!("$SHA256_{version}"),
                &format!("encode(sha256(convert_to(E'{text}', 'UTF8')), 'hex')"),
            )
            .replace(
                &format!("$SIP_{version}"),
                &format!("'{}'", migration.checksum_of_four_bytes()),
            )
            .replace("$CRC_1", "336540139");
    }
    sql
}

/// A database that a tool has brought to the third migration.
fn database(tool: &str) -> Database {
    let database = Database::fresh();
    database.run(SCHEMA);
    database.run(&table(tool));
    database
}

#[test]
fn every_tools_history_becomes_ours() {
    let history = history();
    let fresh = Database::fresh();
    history.up(&fresh);
    for (tool, _) in TOOLS {
        let database = database(tool);
        let adopted = history.run(&database, &["adopt", "--json"]).exits(0).json();
        assert_eq!(adopted["tool"], tool);
        assert_eq!(adopted["outcome"], "adopted", "{tool}");
        assert_eq!(database.applied(), [1, 2, 3], "{tool}");
        assert_eq!(
            database.journal(),
            ["adopt 1", "adopt 2", "adopt 3"],
            "{tool}"
        );
        let details = database.rows(
            "SELECT detail ->> 'tool', detail ? 'table', jsonb_typeof(detail -> 'row') FROM migrator_journal",
        );
        assert_eq!(details, vec![format!("{tool}|t|object"); 3]);
        let again = history.run(&database, &["adopt", "--json"]).exits(0).json();
        assert_eq!(again["outcome"], "already", "{tool}");
        history.up(&database);
        history.run(&database, &["check"]).exits(0);
        assert_eq!(database.applied(), [1, 2, 3, 4, 5], "{tool}");
        history.run(&database, &["adopt"]).exits(0);
    }
}

#[test]
fn what_is_adopted_is_shown() {
    let (database, history) = (database("flyway"), history());
    let before = database.schema();
    assert_shown(
        "adopt_dry_run",
        &history.run(&database, &["adopt", "--dry-run"]),
    );
    database.has_schema(&before);
    assert_shown("adopt", &history.run(&database, &["adopt"]));
    assert_shown(
        "adopt_again",
        &history.run(&database, &["adopt", "--dry-run"]),
    );
    let json = history.run(&database, &["adopt", "--from", "flyway", "--json"]);
    assert_shown("adopt_json", &json);
}

#[test]
fn an_adopted_migration_can_be_undone() {
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V1__a.down.sql", "DROP TABLE a;"),
    ]);
    let database = Database::fresh();
    database.run("CREATE TABLE a (); CREATE TABLE schema_version (version int); INSERT INTO schema_version VALUES (1)");
    history.run(&database, &["adopt"]).exits(0);
    history.run(&database, &["down", "-1"]).exits(0);
    assert!(!database.has("a"));
}

#[test]
fn a_history_is_found_in_any_schema_and_under_any_name() {
    let history = history();
    let database = database("golang-migrate");
    database.run("CREATE SCHEMA \"Odd one\"; ALTER TABLE schema_migrations SET SCHEMA \"Odd one\"");
    let dry = history
        .run(&database, &["adopt", "--dry-run", "--json"])
        .exits(0)
        .json();
    assert_eq!(dry["table"], "Odd one.schema_migrations");
    database.run("ALTER TABLE \"Odd one\".schema_migrations RENAME TO \"we\"\"ird\"");
    history.run(&database, &["adopt"]).exits(2);
    let named = [
        "adopt",
        "--from",
        "golang-migrate",
        "--table",
        "Odd one.we\"ird",
    ];
    history.run(&database, &named).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

#[test]
fn a_map_file_and_a_position_say_what_names_do_not() {
    let history = history();
    let database = Database::fresh();
    database.run(SCHEMA);
    database.run("CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('ae10')");
    assert_shown(
        "adopt_unknown_revision",
        &history.run(&database, &["adopt"]),
    );
    assert!(!database.has("refinery_schema_history"));
    history.run(&database, &["adopt", "--to", "9"]).exits(2);
    history
        .run(&database, &["adopt", "--to", "3", "--dry-run"])
        .exits(0);
    let map = history.folder().with_file_name("map.toml");
    std::fs::write(&map, "[map]\n\"ae10\" = 3\n").expect("our own folder");
    let map = map.display().to_string();
    history.run(&database, &["adopt", "--map", &map]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

#[test]
fn an_empty_history_has_nothing_to_adopt() {
    let database = Database::fresh();
    database.run("CREATE TABLE alembic_version (version_num varchar(32))");
    for arguments in [vec!["adopt", "--dry-run"], vec!["adopt"]] {
        assert_shown("adopt_empty", &history().run(&database, &arguments));
        assert!(!database.has("refinery_schema_history"));
    }
}

#[test]
fn what_is_ours_already_needs_no_adoption() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "3"]).exits(0);
    let before = database.journal();
    for arguments in [
        vec!["adopt"],
        vec!["adopt", "--from", "refinery", "--dry-run"],
    ] {
        assert_shown("adopt_ours", &history.run(&database, &arguments));
    }
    assert_eq!(database.journal(), before);
    history
        .run(&database, &["adopt", "--from", "goose"])
        .exits(2);
}

mod covered;
mod refused;
mod waiting;

pub(crate) use waiting::crc32;
