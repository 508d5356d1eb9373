//! refinery's own `Runner` over our session: its rules, with our lock, our transactions and our journal.

use std::thread;

use migrator::refinery_driver::Driver;
use migrator::session::{Purpose, Session};
use migrator::{Bundle, Settings};
use refinery::{Report, Runner, Target};

use crate::support::{Database, History};

fn history() -> History {
    History::new(&[
        ("V1__first.sql", "CREATE TABLE first (id int);"),
        (
            "V2__index.sql",
            "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY first_id ON first (id);",
        ),
        ("V3__data.sql", "COPY first FROM stdin;\n1\n2\n\\.\n"),
        (
            "V4__last.sql",
            "INSERT INTO first VALUES (4);\nINSERT INTO first VALUES (44);",
        ),
    ])
}

fn run(
    database: &Database,
    bundle: &Bundle,
    change: impl Fn(Runner) -> Runner,
) -> Result<Report, refinery::Error> {
    let settings = Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    let mut session = Session::open(&settings, Purpose::Write, &mut |_| {}).expect("a session");
    change(bundle.runner().expect("a runner")).run(&mut Driver::new(&mut session, bundle))
}

#[test]
fn it_applies_what_the_bundle_knows_to_run() {
    let (database, history) = (Database::fresh(), history());
    let report = run(&database, history.bundle(), |runner| runner).expect("a run");
    assert_eq!(report.applied_migrations().len(), 4);
    assert_eq!(
        database.rows("SELECT id FROM first ORDER BY id"),
        ["1", "2", "4", "44"]
    );
    assert_eq!(
        database.journal(),
        ["apply 1", "apply 2", "apply 3", "apply 4"]
    );
    let again = run(&database, history.bundle(), |runner| runner).expect("a run");
    assert!(again.applied_migrations().is_empty());
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn several_at_once_apply_each_once() {
    let (database, history) = (Database::fresh(), history());
    let bundle = history.bundle();
    let applied: usize = thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| run(&database, bundle, |runner| runner)))
            .collect();
        let reports = runs
            .into_iter()
            .map(|run| run.join().expect("a thread").expect("a run"));
        reports
            .map(|report| report.applied_migrations().len())
            .sum()
    });
    assert_eq!(applied, 4);
    assert_eq!(database.value("SELECT count(*) FROM first"), "4");
}

#[test]
fn it_goes_to_a_version() {
    let (database, history) = (Database::fresh(), history());
    let report = run(&database, history.bundle(), |runner| {
        runner.set_target(Target::Version(2))
    })
    .expect("a run");
    assert_eq!(report.applied_migrations().len(), 2);
    assert_eq!(database.applied(), [1, 2]);
    assert!(database.has("first_id"));
}

#[test]
fn a_fake_run_records_only() {
    let (database, history) = (Database::fresh(), history());
    run(&database, history.bundle(), |runner| {
        runner.set_target(Target::FakeVersion(3))
    })
    .expect("a run");
    assert_eq!(database.journal(), ["stamp 1", "stamp 2", "stamp 3"]);
    run(&database, history.bundle(), |runner| {
        runner.set_target(Target::Fake)
    })
    .expect("a run");
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    assert!(!database.has("first"));
}

#[test]
fn a_divergent_migration_is_an_error_of_refinery() {
    let (database, history) = (Database::fresh(), history());
    run(&database, history.bundle(), |runner| runner).expect("a run");
    history.write("V1__first.sql", "CREATE TABLE first (id bigint);");
    let error = run(&database, history.bundle(), |runner| runner).expect_err("another text");
    assert!(
        matches!(error.kind(), refinery::error::Kind::DivergentVersion(_, _)),
        "{error}"
    );
    run(&database, history.bundle(), |runner| {
        runner.set_abort_divergent(false)
    })
    .expect("a tolerant run");
}

#[test]
fn a_failure_reports_what_was_applied_before_it() {
    let (database, history) = (Database::fresh(), history());
    history.write("V4__last.sql", "INSERT INTO first VALUES (4);\nSELECT 1/0;");
    let error = run(&database, history.bundle(), |runner| runner).expect_err("a failing migration");
    assert_eq!(
        error
            .report()
            .map(|report| report.applied_migrations().len()),
        Some(3)
    );
    let cause = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(
        format!("{error} {cause}").contains("division by zero"),
        "{error}: {cause}"
    );
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(database.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"), "0");
}

#[test]
fn another_history_table_is_refused() {
    let (database, history) = (Database::fresh(), history());
    let error = run(&database, history.bundle(), |mut runner| {
        runner.set_migration_table_name("elsewhere");
        runner
    });
    assert!(error.is_err());
    assert!(!database.has("first"));
}
