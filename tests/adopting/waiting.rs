//! The other tool's lock is taken too, and given back; nobody waits for ever.

use std::time::Instant;

use postgres::Client;

use super::{LIQUIBASE, database, history};
use crate::support::{Database, History};

/// The statement with which each tool takes its lock in its own words, once a database's name is known.
fn locks(database: &Database) -> [(&'static str, String); 10] {
    let crc = crc32(database.name());
    let golang = crc32(&format!("public\0schema_migrations\0{}", database.name()));
    [
        ("atlas", "2686470616".to_owned()),
        // `(0x466c7977617900 >> 8) + "\"public\".\"flyway_schema_history\"".hashCode()`, as Java computes it.
        (
            "flyway",
            (77_431_708_279_161_i64 + 2_125_624_436).to_string(),
        ),
        (
            "golang-migrate",
            golang.wrapping_mul(1_486_364_155).to_string(),
        ),
        ("goose", "4097083626".to_owned()),
        ("node-pg-migrate", "7241865325823964".to_owned()),
        ("prisma", "72707369".to_owned()),
        (
            "rails",
            i64::from(crc).wrapping_mul(2_053_462_845).to_string(),
        ),
        ("sqitch", "75474063".to_owned()),
        ("sqlx", i64::from(crc).wrapping_mul(0x3d32_ad9e).to_string()),
        ("tern", "9628173550095224".to_owned()),
    ]
}

pub(crate) fn crc32(text: &str) -> u32 {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
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

/// Holds something while `adopt` runs, which has to give up after its time and leave nothing behind.
#[track_caller]
fn waits_in_vain(tool: &str, database: &Database, mut holder: Client, sql: &str) {
    holder.batch_execute(sql).expect("a lock that nobody holds");
    let ran = history().run(database, &["adopt", "--lock-wait", "300ms"]);
    assert_eq!(ran.code, 5, "{tool}: {ran}");
    assert!(
        ran.stderr.contains(&format!("{tool} holds its lock")),
        "{ran}"
    );
    assert!(!database.has("refinery_schema_history"), "{tool}");
    drop(holder);
}

#[test]
fn a_tool_at_work_is_waited_for() {
    for at in 0..locks(&Database::fresh()).len() {
        let (tool, _) = locks(&Database::fresh())[at];
        let database = database(tool);
        let (_, key) = &locks(&database)[at];
        let take = format!("SELECT pg_advisory_lock({key})");
        waits_in_vain(tool, &database, database.connect(), &take);
        // Whoever held it is gone.
        history()
            .run(&database, &["adopt", "--lock-wait", "10s"])
            .exits(0);
        let held = database.rows(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = \
            (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        assert_eq!(held, [""; 0], "{tool}");
    }
}

#[test]
fn a_tool_without_a_lock_is_kept_from_writing() {
    let database = database("dbmate");
    let write = "BEGIN; INSERT INTO schema_migrations VALUES ('4')";
    waits_in_vain("dbmate", &database, database.connect(), write);
    history().run(&database, &["adopt"]).exits(0);
}

#[test]
fn a_row_that_is_a_lock() {
    let database = Database::fresh();
    database.run(LIQUIBASE);
    database.run("UPDATE databasechangeloglock SET locked = true, lockgranted = '2024-01-01', lockedby = 'ada@host'");
    for arguments in [
        ["adopt", "--lock-wait", "0"],
        ["adopt", "--dry-run", "--json"],
    ] {
        let ran = history().run(&database, &arguments).exits(5);
        ran.says(&["ada@host, since 2024-01-01", "liquibase release-locks"]);
    }
    assert!(!database.has("refinery_schema_history"));
    // A row that somebody is about to lock.
    database.run("UPDATE databasechangeloglock SET locked = false");
    waits_in_vain(
        "liquibase",
        &database,
        database.connect(),
        "BEGIN; UPDATE databasechangeloglock SET locked = true",
    );
    history().run(&database, &["adopt"]).exits(0);
    assert_eq!(
        database.value("SELECT locked FROM databasechangeloglock"),
        "f"
    );

    let knex = super::database("knex");
    knex.run("UPDATE knex_migrations_lock SET is_locked = 1");
    let ran = history()
        .run(&knex, &["adopt", "--lock-wait", "0"])
        .exits(5);
    ran.says(&["knex migrate:unlock"]);
}

/// Locks that a tool keeps in a table only where it is told to: what makes the table, who holds it, who does not.
#[test]
fn a_row_that_is_a_lock_where_the_tool_is_told_so() {
    let lease = "INSERT INTO goose_lock VALUES (5887940537704921958, true, now(), 'ada@host', now() + interval '30 s', now())";
    for (tool, table, held, free) in [
        (
            "golang-migrate",
            "CREATE TABLE schema_lock (lock_id bigint PRIMARY KEY)",
            "INSERT INTO schema_lock VALUES (7)",
            "DELETE FROM schema_lock",
        ),
        (
            "goose",
            "CREATE TABLE goose_lock (lock_id bigint PRIMARY KEY, locked boolean NOT NULL DEFAULT false, \
             locked_at timestamptz, locked_by text, lease_expires_at timestamptz, updated_at timestamptz)",
            lease,
            "UPDATE goose_lock SET lease_expires_at = now() - interval '1 s'",
        ),
    ] {
        let database = database(tool);
        database.run(table);
        // One that is about to take it.
        let begun = format!("BEGIN; {held}");
        waits_in_vain(tool, &database, database.connect(), &begun);
        database.run(held);
        let ran = history().run(&database, &["adopt", "--lock-wait", "0"]);
        assert_eq!(ran.code, 5, "{tool}: {ran}");
        history().run(&database, &["adopt", "--dry-run"]).exits(5);
        database.run(free);
        history().run(&database, &["adopt"]).exits(0);
    }
}

#[test]
fn ten_thousand_rows_are_one_transaction() {
    let history = History::numbered(10_000, |_| "SELECT 1;".to_owned());
    let database = Database::fresh();
    database.run("CREATE TABLE goose_db_version (id int PRIMARY KEY, version_id bigint, is_applied boolean); \
        INSERT INTO goose_db_version SELECT n, n, true FROM generate_series(1, 10000) n");
    let (bundle, settings) = (
        history.bundle(),
        migrator::Settings::new(migrator::Database::from_url(&database.url()).expect("a URL")),
    );
    let start = Instant::now();
    let adoption = migrator::adopt(
        bundle,
        &settings,
        &migrator::foreign::Request::default(),
        &mut |_| {},
    )
    .expect("an adoption");
    println!("10,000 rows were adopted in {:?}", start.elapsed());
    assert_eq!(adoption.taken.len(), 10_000);
    assert_eq!(
        database.value("SELECT count(*) FROM refinery_schema_history"),
        "10000"
    );
    let transactions =
        "SELECT count(DISTINCT transaction_id) FROM migrator_journal WHERE action = 'adopt'";
    assert_eq!(database.value(transactions), "1");
}
