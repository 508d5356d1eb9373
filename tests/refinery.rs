//! A database moves over from refinery, and back: the same table, the same checksums, the same answers.

use std::hash::{Hash, Hasher};

use refinery::{Runner, load_sql_migrations};
use siphasher::sip::SipHasher13;

use crate::support::{Database, History, migrator};

fn history() -> History {
    History::new(&[
        ("V1__first.sql", "CREATE TABLE first (id int);\n"),
        ("V1__first.down.sql", "DROP TABLE first;\n"),
        (
            "V2__windows.sql",
            "CREATE TABLE second (id int);\r\nCREATE TABLE two (id int);\r\n",
        ),
        ("U3__whenever.sql", "CREATE TABLE third (id int);\n"),
        (
            "V20260101120000__timestamped.sql",
            "CREATE TABLE fourth (note text DEFAULT 'é');",
        ),
        (
            "V20260101120000__timestamped.down.sql",
            "DROP TABLE fourth;",
        ),
    ])
}

/// refinery's own reading of the folder.
fn runner(history: &History) -> Runner {
    let migrations = load_sql_migrations(history.folder()).expect("refinery reads the folder");
    assert!(!migrations.is_empty());
    Runner::new(&migrations)
}

fn names(migrations: &[refinery::Migration]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}

#[test]
fn refinery_finds_nothing_to_do_after_us() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    let mut client = database.connect();
    let report = runner(&history)
        .run(&mut client)
        .expect("refinery accepts our rows");
    assert_eq!(names(report.applied_migrations()), [""; 0]);
    let applied = runner(&history)
        .get_applied_migrations(&mut client)
        .expect("refinery reads our rows");
    assert_eq!(
        names(&applied),
        [
            "V1__first",
            "V2__windows",
            "V3__whenever",
            "V20260101120000__timestamped"
        ]
    );
    assert!(applied.iter().all(|row| row.applied_on().is_some()));
}

#[test]
fn refinery_goes_on_where_we_stopped() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "2"]).exits(0);
    let report = runner(&history)
        .run(&mut database.connect())
        .expect("refinery applies the rest");
    assert_eq!(report.applied_migrations().len(), 2);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn we_find_nothing_to_do_after_refinery() {
    let (database, history) = (Database::fresh(), history());
    let report = runner(&history)
        .run(&mut database.connect())
        .expect("refinery applies all");
    assert_eq!(report.applied_migrations().len(), 4);
    let before = database.rows("SELECT * FROM refinery_schema_history ORDER BY version");
    for command in ["up", "check"] {
        history.run(&database, &[command]).exits(0);
    }
    assert_eq!(
        database.rows("SELECT * FROM refinery_schema_history ORDER BY version"),
        before
    );
    assert!(
        !database.has("migrator_journal"),
        "nothing to do creates nothing"
    );
    assert!(
        history
            .run(&database, &["history"])
            .exits(0)
            .stdout
            .contains("empty")
    );
}

#[test]
fn what_refinery_applied_is_undone_without_a_journal() {
    let (database, history) = (Database::fresh(), history());
    runner(&history)
        .run(&mut database.connect())
        .expect("refinery applies all");
    history.run(&database, &["down", "-1"]).exits(0);
    assert!(!database.has("fourth") && database.has("third"));
    assert_eq!(database.journal(), ["revert 20260101120000"]);
    history
        .run(&database, &["down", "-1"])
        .exits(2)
        .says(&["3 \"whenever\" has no down file"]);
    history.up(&database);
    assert_eq!(
        database.journal(),
        ["revert 20260101120000", "apply 20260101120000"]
    );
}

#[test]
fn a_file_that_changed_after_refinery_applied_it_is_found() {
    let (database, history) = (Database::fresh(), history());
    runner(&history)
        .run(&mut database.connect())
        .expect("refinery applies all");
    history.write("V1__first.sql", "CREATE TABLE first (id bigint);\n");
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["1 \"first\" was changed"]);
    let refused = runner(&history)
        .run(&mut database.connect())
        .expect_err("refinery finds it too");
    assert!(refused.to_string().contains("different"), "{refused}");
}

fn checksum_of_four_bytes(name: &str, version: i32, sql: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    sql.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn a_database_of_four_byte_versions_stays_one() {
    let (first, second) = (
        "CREATE TABLE first (id int);\n",
        "CREATE TABLE second (id int);\r\n",
    );
    let history = History::new(&[
        ("V1__first.sql", first),
        ("V2__second.sql", second),
        ("V3__third.sql", "SELECT 3;"),
    ]);
    let database = Database::fresh();
    database.run(&format!(
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), \
         checksum varchar(255)); \
         INSERT INTO refinery_schema_history VALUES (1, 'first', '2024-01-01T00:00:00.0Z', '{}'), \
         (2, 'second', '2024-01-01T00:00:00.0Z', '{}'); {first}{second}",
        checksum_of_four_bytes("first", 1, first),
        checksum_of_four_bytes("second", 2, second),
    ));
    let status = history
        .run(&database, &["status", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        (&status["migrations"][1]["state"], &status["pending"]),
        (&"applied".into(), &1.into())
    );
    history.up(&database);
    let written = database.value("SELECT checksum FROM refinery_schema_history WHERE version = 3");
    assert_eq!(
        written,
        checksum_of_four_bytes("third", 3, "SELECT 3;").to_string()
    );
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_timestamp_does_not_fit_into_four_bytes() {
    let database = Database::fresh();
    database.run("CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))");
    let refused = migrator(&["up"]).on(&database).run();
    assert!(
        refused.code != 0 && refused.stderr.contains("hint: "),
        "{refused}"
    );
    assert_eq!(
        database.value("SELECT count(*) FROM refinery_schema_history"),
        "0"
    );
    assert!(!database.has("chat.users"));
}
