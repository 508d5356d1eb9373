//! A database without history is recognised by its schema, where that tells its version.

use migrator::bundle::Probe;
use migrator::error::Kind;
use migrator::recognise::{Class, Evidence, Known};
use migrator::{Bundle, Error, Report, Target};

use crate::support::{Database, History};
use crate::verifying::{proven, settings};

fn history() -> History {
    History::new(&[
        ("V1__a.sql", "CREATE TABLE a (id int PRIMARY KEY);"),
        (
            "V2__b.sql",
            "CREATE TABLE b (id int);\nCREATE VIEW ab AS SELECT id FROM a;",
        ),
        ("V3__rows.sql", "INSERT INTO a VALUES (1);"),
        ("V4__c.sql", "CREATE TABLE c (id int);"),
    ])
}

fn up(bundle: &Bundle, database: &Database) -> Result<Report, Error> {
    migrator::up(bundle, &settings(database), Target::Head, &mut |_| {})
}

/// A database with this schema, and no history.
fn holding(sql: &str) -> Database {
    let database = Database::fresh();
    database.run(sql);
    database
}

const ONE: &str = "CREATE TABLE a (id int PRIMARY KEY);";
const TWO: &str = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int); CREATE VIEW ab AS SELECT id FROM a;";

#[test]
fn the_schema_of_one_version_alone_is_known() {
    let bundle = proven(&history());
    let database = holding(ONE);
    let report = up(bundle, &database).expect("a run");
    assert_eq!(
        report.class,
        Some(Class::Known(Known {
            version: 1,
            evidence: Evidence::Fingerprint
        }))
    );
    assert_eq!(
        database.journal(),
        ["adopt 1", "apply 2", "apply 3", "apply 4"]
    );
    assert_eq!(
        database.value("SELECT detail::text FROM migrator_journal WHERE version = 1"),
        "{\"fingerprint\": 1}"
    );
}

#[test]
fn the_schema_of_two_versions_is_for_a_person_to_tell() {
    let bundle = proven(&history());
    let database = holding(TWO);
    let error = up(bundle, &database).expect_err("2 or 3");
    assert_eq!(error.kind(), Kind::Drift);
    assert!(
        error
            .detail()
            .join(" ")
            .contains("the one after 2, and the one after 3"),
        "{error:?}"
    );
    assert!(!database.has("refinery_schema_history"));
    migrator::stamp(
        bundle,
        &settings(&database),
        Target::Version(2),
        &mut |_| {},
    )
    .expect("a stamp");
    up(bundle, &database).expect("a run");
    assert_eq!(database.value("SELECT count(*) FROM a"), "1");
}

#[test]
fn a_schema_that_is_almost_known_is_named() {
    let bundle = proven(&history());
    let database = holding(&format!("{TWO} CREATE TABLE stray (id int)"));
    let error = up(bundle, &database).expect_err("a stray table");
    assert_eq!(error.kind().exit_code(), 3);
    let detail = error.detail().join("\n");
    assert!(
        detail.contains("4 tables") || detail.contains("3 tables"),
        "{detail}"
    );
    assert!(
        detail.contains("the schema after 3: 1 object differs"),
        "{detail}"
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("migrator stamp VERSION"))
    );
    assert!(!database.has("refinery_schema_history"));
    assert!(matches!(error.report().class, Some(Class::Unknown(_))));
}

#[test]
fn a_rule_may_name_a_proven_schema() {
    let history = history();
    history.write(
        "migrator.toml",
        "[proof]\ngate = \"off\"\n[[adopt]]\nname = \"rows are there\"\nversion = 3\nfingerprint = 2\n",
    );
    let bundle = proven(&history);
    assert_eq!(bundle.adoptions[0].probe, Probe::Proven(2));
    let database = holding(TWO);
    let report = up(bundle, &database).expect("a run");
    assert_eq!(report.steps.len(), 4);
    assert_eq!(
        database.journal(),
        ["adopt 1", "adopt 2", "adopt 3", "apply 4"]
    );
}
