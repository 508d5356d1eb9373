//! What each tool's table holds afterwards, so that an old image of it starts: with all five of its steps, and with the
//! three that it had applied.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Database, History};

/// A tool; a query for its rows without times; what that says at the third step; and what comes with the last two,
/// which for a position takes the place of the former.
const TOOLS: [(&str, &str, &[&str]); 15] = [
    (
        "alembic",
        "SELECT version_num FROM alembic_version",
        &["e6a3c71d2054"],
    ),
    (
        "atlas",
        "SELECT version, description, type, applied = total FROM atlas_schema_revisions.atlas_schema_revisions ORDER BY 1",
        &[
            "20240104120000|count_orders|4|t",
            "20240105120000|show_open_orders|4|t",
        ],
    ),
    (
        "dbmate",
        "SELECT version FROM schema_migrations ORDER BY 1",
        &["20240104120000", "20240105120000"],
    ),
    (
        "diesel",
        "SELECT version, run_on IS NOT NULL FROM __diesel_schema_migrations ORDER BY 1",
        &["20240104120000|t", "20240105120000|t"],
    ),
    (
        "django",
        "SELECT id, app, name FROM django_migrations ORDER BY 1",
        &["4|shop|0004_count_orders", "5|shop|0005_show_open_orders"],
    ),
    (
        "flyway",
        "SELECT installed_rank, version, description, type, script, checksum, installed_by, success \
         FROM flyway_schema_history ORDER BY 1",
        &[
            "4|2|count orders|SQL|V2__count_orders.sql|$CRC_4|postgres|t",
            "5|2.0.1|show open orders|SQL|V2.0.1__show_open_orders.sql|$CRC_5|postgres|t",
        ],
    ),
    (
        "golang-migrate",
        "SELECT version, dirty FROM schema_migrations",
        &["5|f"],
    ),
    (
        "goose",
        "SELECT id, version_id, is_applied FROM goose_db_version ORDER BY 1",
        &["5|20240104120000|t", "6|20240105120000|t"],
    ),
    (
        "liquibase",
        "SELECT id, author, filename, orderexecuted, exectype, md5sum IS NULL FROM databasechangelog ORDER BY 4",
        &[
            "count_orders|ada|changelog.sql|4|EXECUTED|t",
            "show_open_orders|ada|changelog.sql|5|EXECUTED|t",
        ],
    ),
    (
        "node-pg-migrate",
        "SELECT id, name FROM pgmigrations ORDER BY 1",
        &[
            "4|1704326400000_count-orders",
            "5|1704412800000_show-open-orders",
        ],
    ),
    (
        "plain",
        "SELECT migration_name, applied_at IS NOT NULL FROM schema_migrations ORDER BY 1",
        &["004_count_orders.sql|t", "005_show_open_orders.sql|t"],
    ),
    (
        "prisma",
        "SELECT migration_name, checksum, finished_at IS NOT NULL, rolled_back_at, applied_steps_count \
         FROM _prisma_migrations ORDER BY 1",
        &[
            "20240104120000_count_orders|$SHA256_4|t|-|1",
            "20240105120000_show_open_orders|$SHA256_5|t|-|1",
        ],
    ),
    (
        "rails",
        "SELECT version FROM schema_migrations ORDER BY 1",
        &["20240104120000", "20240105120000"],
    ),
    (
        "sqlx",
        "SELECT version, description, success, encode(checksum, 'hex') FROM _sqlx_migrations ORDER BY 1",
        &[
            "20240104120000|count orders|t|$SHA384_4",
            "20240105120000|show open orders|t|$SHA384_5",
        ],
    ),
    ("tern", "SELECT version FROM schema_version", &["5"]),
];

const POSITIONS: [&str; 3] = ["alembic", "golang-migrate", "tern"];

fn fixture(tool: &str) -> PathBuf {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tools");
    tools.join(tool)
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The five steps as migrations of ours.
fn history(tool: &str) -> History {
    let folder = fixture(tool).join("ours");
    let files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("a fixture")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|it| it.to_str()).expect("UTF-8");
            (name.to_owned(), text(&path))
        })
        .collect();
    History::new(&files)
}

/// A database as the tool left it at the third step.
fn database(tool: &str) -> Database {
    let database = Database::fresh();
    for file in ["database.sql", "history.sql"] {
        database.run(&text(&fixture(tool).join(file)));
    }
    database
}

/// A map file of so many steps, as `migrator-dev import` writes it; where it writes none, the version of that step.
fn named(tool: &str, history: &History, steps: usize) -> [String; 2] {
    let map = fixture(tool).join("ours/map.toml");
    if !map.is_file() {
        let migrations = history.bundle().migrations;
        return [
            "--mirror-to".to_owned(),
            migrations[steps - 1].version.to_string(),
        ];
    }
    let lines: Vec<String> = text(&map)
        .lines()
        .take(2 + steps)
        .map(str::to_owned)
        .collect();
    assert_eq!(lines.len(), 2 + steps, "{tool}");
    let path = history.folder().with_file_name("map.toml");
    fs::write(&path, lines.join("\n")).expect("our own folder");
    ["--map".to_owned(), path.display().to_string()]
}

/// The checksums of the files of the tool's own folder, as the server computes them.
fn with_checksums(expected: &str, tool: &str, database: &Database) -> String {
    let mut expected = expected.to_owned();
    for (at, words) in [(4, "count_orders"), (5, "show_open_orders")] {
        let mark = |name: &str| format!("${name}_{at}");
        if !expected.contains(&format!("_{at}|")) && !expected.ends_with(&format!("_{at}")) {
            continue;
        }
        let folder = fixture(tool).join("folder");
        let bytes = file_of(&folder, words);
        let hash = |of: &str| {
            let mut client = database.connect();
            let sql = format!("SELECT encode({of}($1::bytea), 'hex')");
            client
                .query_one(&sql, &[&bytes])
                .expect("a hash")
                .get::<_, String>(0)
        };
        let lines = String::from_utf8(bytes.clone())
            .expect("UTF-8")
            .replace(['\r', '\n'], "");
        expected = expected
            .replace(&mark("SHA256"), &hash("sha256"))
            .replace(&mark("SHA384"), &hash("sha384"))
            .replace(
                &mark("CRC"),
                &crc32(lines.as_bytes()).cast_signed().to_string(),
            );
    }
    expected
}

/// The file of a step, wherever the tool keeps it.
fn file_of(folder: &Path, words: &str) -> Vec<u8> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a fixture") {
            let path = entry.expect("an entry").path();
            let shown = path.display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if shown.contains(words) && !shown.contains(".down.") {
                return fs::read(&path).expect("a file");
            }
        }
    }
    panic!("no file of {words} in {}", folder.display());
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[test]
fn an_old_image_finds_what_it_knows() {
    for (tool, query, last) in TOOLS {
        let history = history(tool);
        let database = database(tool);
        let before = database.rows(query);
        let [option, value] = named(tool, &history, 5);
        let adopt = ["adopt", "--from", tool, "--mirror", &option, &value];
        let ran = history.run(&database, &adopt);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
        assert_eq!(database.rows(query), before, "{tool}");
        let ran = history.run(&database, &["up"]);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
        let mut expected = if POSITIONS.contains(&tool) {
            Vec::new()
        } else {
            before.clone()
        };
        expected.extend(last.iter().map(|row| with_checksums(row, tool, &database)));
        assert_eq!(database.rows(query), expected, "{tool}");

        // What was adopted goes as well when it is undone, where there is a way back.
        let versions = database.applied();
        history
            .run(&database, &["stamp", &versions[1].to_string(), "--yes"])
            .exits(0);
        let undone = database.rows(query);
        if POSITIONS.contains(&tool) {
            assert_eq!(undone.len(), 1, "{tool}");
            assert_ne!(undone, before, "{tool}");
        } else {
            assert_eq!(undone, before[..before.len() - 1], "{tool}");
        }
    }
}

/// Tools that take no notice of a version that their folder lacks, and whose names follow from ours.
const LENIENT: [&str; 8] = [
    "atlas",
    "dbmate",
    "diesel",
    "django",
    "goose",
    "node-pg-migrate",
    "plain",
    "prisma",
];

#[test]
fn an_old_image_does_not_find_what_it_would_stumble_over() {
    for (tool, query, last) in TOOLS {
        let history = history(tool);
        let database = database(tool);
        let before = database.rows(query);
        let [option, value] = named(tool, &history, 3);
        let adopt = [
            "adopt", "--from", tool, "--mirror", &option, &value, "--json",
        ];
        let ran = history.run(&database, &adopt);
        assert_eq!(ran.code, 0, "{tool}: {ran}");
        let mirror = &ran.json()["mirror"];
        let lenient = LENIENT.contains(&tool) || tool == "rails";
        let (written, left_out) = if lenient { (2, 0) } else { (0, 2) };
        let count = |field: &str| mirror[field].as_array().map(Vec::len);
        assert_eq!(count("written"), Some(written), "{tool}: {ran}");
        assert_eq!(count("left_out"), Some(left_out), "{tool}: {ran}");
        history.run(&database, &["up"]).exits(0);
        let added = if lenient { last.len() } else { 0 };
        assert_eq!(database.rows(query).len(), before.len() + added, "{tool}");
        if !lenient {
            assert_eq!(database.rows(query), before, "{tool}");
        }
    }
}
