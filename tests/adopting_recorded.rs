//! Adoption of the histories that other tools wrote (`tests/fixtures/tools`): half of the steps done by the tool, the
//! rest by us, and the schema that comes of it is the one of a fresh run.

use std::fs;
use std::path::{Path, PathBuf};

use migrator::session::{Purpose, Session};
use migrator::snapshot::{Scope, Snapshot};
use migrator::{Database as Place, Settings};

use crate::support::{Database, History, Ran};

/// A tool, and the statement that takes its own tables away again.
const TOOLS: [(&str, &str); 17] = [
    ("alembic", "DROP TABLE alembic_version"),
    ("atlas", "DROP SCHEMA atlas_schema_revisions CASCADE"),
    ("dbmate", "DROP TABLE schema_migrations"),
    ("diesel", "DROP TABLE __diesel_schema_migrations"),
    ("django", "DROP TABLE django_migrations"),
    ("flyway", "DROP TABLE flyway_schema_history"),
    ("golang-migrate", "DROP TABLE schema_migrations"),
    ("goose", "DROP TABLE goose_db_version"),
    ("knex", "DROP TABLE knex_migrations, knex_migrations_lock"),
    (
        "liquibase",
        "DROP TABLE databasechangelog, databasechangeloglock",
    ),
    ("node-pg-migrate", "DROP TABLE pgmigrations"),
    ("plain", "DROP TABLE schema_migrations"),
    ("prisma", "DROP TABLE _prisma_migrations"),
    (
        "rails",
        "DROP TABLE schema_migrations, ar_internal_metadata",
    ),
    ("sqitch", "DROP SCHEMA sqitch CASCADE"),
    ("sqlx", "DROP TABLE _sqlx_migrations"),
    ("tern", "DROP TABLE schema_version"),
];

fn fixture(tool: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tools");
    tools.join(tool)
}

/// The five steps as migrations of ours.
fn history(tool: &str) -> History {
    let folder = fixture(tool).join("ours");
    let files: Vec<(String, String)> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            (name, fs::read_to_string(entry.path()).expect("UTF-8"))
        })
        .collect();
    History::new(&files)
}

/// A database as the tool left it, with one of the recorded states of its history.
fn database(tool: &str, state: &str) -> Database {
    let database = Database::fresh();
    for file in ["database.sql", state] {
        let path = fixture(tool).join(file);
        let sql =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        database.run(&sql);
    }
    database
}

/// Runs `adopt` with the map file that `migrator-dev import` wrote; what it does not convert has none.
fn adopt(tool: &str, history: &History, database: &Database, more: &[&str]) -> Ran {
    let map = fixture(tool).join("ours/map.toml");
    let map = map.to_str().expect("UTF-8");
    let mut arguments = vec!["adopt"];
    if Path::new(map).is_file() {
        arguments.extend(["--map", map]);
    }
    arguments.extend(more);
    history.run(database, &arguments)
}

fn snapshot(database: &Database) -> Snapshot {
    let settings = Settings::new(Place::from_url(&database.url()).expect("a URL"));
    let mut session = Session::open(&settings, Purpose::Read, &mut |_| {}).expect("a session");
    session
        .snapshot(&Scope::default(), &mut |_| {})
        .expect("a snapshot")
}

/// Every version of a history, in order.
fn versions(history: &History) -> Vec<i64> {
    let migrations = history.bundle().migrations;
    migrations.iter().map(|it| it.version).collect()
}

#[test]
fn every_tools_history_is_found_adopted_and_continued() {
    for (tool, removal) in TOOLS {
        let history = history(tool);
        let database = database(tool, "history.sql");
        let versions = versions(&history);
        assert_eq!(versions.len(), 5, "{tool}");
        let before = database.schema();

        let ran = adopt(tool, &history, &database, &["--dry-run"]);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
        database.has_schema(&before);

        let ran = adopt(tool, &history, &database, &[]);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
        assert_eq!(database.applied(), versions[..3], "{tool}");
        let ran = history.run(&database, &["up"]);
        assert_eq!(ran.code, 0, "{tool}: {ran}");

        let mut journal: Vec<String> = Vec::new();
        for (at, version) in versions.iter().enumerate() {
            let action = if at < 3 { "adopt" } else { "apply" };
            journal.push(format!("{action} {version}"));
        }
        assert_eq!(database.journal(), journal, "{tool}");

        let fresh = Database::fresh();
        history.up(&fresh);
        database.run(removal);
        let differences =
            migrator::difference::differences(&snapshot(&fresh), &snapshot(&database));
        assert!(differences.is_empty(), "{tool}: {differences:#?}");
        let rows = "SELECT email, name, order_count FROM customers ORDER BY id";
        if tool != "django" {
            assert_eq!(database.rows(rows), fresh.rows(rows), "{tool}");
        }
    }
}

/// refinery's table is ours already: there is nothing to adopt.
#[test]
fn what_refinery_applied_is_continued_as_it_is() {
    let (history, database) = (history("refinery"), database("refinery", "history.sql"));
    history.up(&database);
    assert_eq!(database.applied(), versions(&history));
    assert_eq!(database.journal(), ["apply 4", "apply 5"]);
    let fresh = Database::fresh();
    history.up(&fresh);
    let differences = migrator::difference::differences(&snapshot(&fresh), &snapshot(&database));
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Each tool's failure states, the exit code, and what is said of them.
const FAILURES: [(&str, &str, i32, &str); 8] = [
    ("alembic", "heads", 3, "alembic merge heads"),
    ("atlas", "partial", 3, "1 of 3 statements"),
    ("flyway", "failed", 3, "flyway repair"),
    ("golang-migrate", "dirty", 3, "migrate force"),
    ("knex", "locked", 5, "knex migrate:unlock"),
    ("liquibase", "locked", 5, "liquibase release-locks"),
    ("prisma", "failed", 3, "prisma migrate resolve"),
    ("prisma", "rolled_back", 0, ""),
];

#[test]
fn what_a_tool_left_half_done_is_refused_and_nothing_is_written() {
    for (tool, state, code, said) in FAILURES {
        let history = history(tool);
        let database = database(tool, &format!("history-{state}.sql"));
        let before = database.schema();
        let ran = adopt(tool, &history, &database, &["--lock-wait", "200ms"]);
        assert_eq!(ran.code, code, "{tool} {state}: {ran}");
        if code == 0 {
            assert_eq!(
                database.applied(),
                versions(&history)[..3],
                "{tool} {state}"
            );
            continue;
        }
        assert!(ran.stderr.contains(said), "{tool} {state}: {ran}");
        database.has_schema(&before);
    }
}

#[test]
fn every_recorded_failure_state_is_tried() {
    let mut found: Vec<String> = Vec::new();
    for (tool, _) in TOOLS {
        for entry in fs::read_dir(fixture(tool)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            let name = name.to_str().expect("UTF-8").to_owned();
            let state = name.strip_prefix("history-");
            if let Some(state) = state.and_then(|it| it.strip_suffix(".sql")) {
                found.push(format!("{tool} {state}"));
            }
        }
    }
    found.sort_unstable();
    let tried: Vec<String> = FAILURES
        .iter()
        .map(|(tool, state, ..)| format!("{tool} {state}"))
        .collect();
    assert_eq!(found, tried);
}

/// These tools record a checksum of the text.
#[test]
fn a_file_that_was_edited_since_is_refused() {
    for tool in ["atlas", "flyway", "prisma", "sqlx"] {
        let (history, database) = (history(tool), database(tool, "history.sql"));
        let second = versions(&history)[1];
        let name = format!("V{second}__create_orders.sql");
        let path = history.folder().join(&name);
        let text = fs::read_to_string(&path).expect("UTF-8");
        history.write(&name, &format!("{text}-- edited\n"));
        let ran = adopt(tool, &history, &database, &[]);
        assert_eq!(ran.code, 3, "{tool}: {ran}");
        assert!(ran.stderr.contains(&second.to_string()), "{tool}: {ran}");
        assert!(!database.has("migrator_journal"), "{tool}");
        // Windows' line ends are not an edit.
        history.write(&name, &text.replace('\n', "\r\n"));
        let ran = adopt(tool, &history, &database, &[]);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
    }
}

#[test]
fn what_was_adopted_is_adopted_no_second_time() {
    let (history, database) = (history("dbmate"), database("dbmate", "history.sql"));
    adopt("dbmate", &history, &database, &[]).exits(0);
    adopt("dbmate", &history, &database, &[]).exits(0);
    assert_eq!(database.applied(), versions(&history)[..3]);
    assert_eq!(database.journal().len(), 3);
}
