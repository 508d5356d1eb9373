//! `stamp`: records without running, and takes records away only when it is told to.

use crate::support::{Database, History, assert_shown};

fn history() -> History {
    History::numbered(3, |at| format!("CREATE TABLE t{at} ();"))
}

#[test]
fn a_stamp_runs_nothing() {
    let (database, history) = (Database::fresh(), history());
    assert_shown("stamp", &history.run(&database, &["stamp", "2"]));
    assert_eq!(database.applied(), [1, 2]);
    assert!(!database.has("t1"));
    history.up(&database);
    assert!(database.has("t3") && !database.has("t2"));
    assert_eq!(database.journal(), ["stamp 1", "stamp 2", "apply 3"]);
}

#[test]
fn a_lower_stamp_takes_records_away_after_a_yes() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    assert_shown(
        "stamp_without_yes",
        &history.run(&database, &["stamp", "1"]),
    );
    assert_eq!(database.applied(), [1, 2, 3]);
    history.run(&database, &["stamp", "1", "--yes"]).exits(0);
    assert_eq!(database.applied(), [1]);
    assert!(database.has("t3"));
    assert_eq!(database.journal()[3..], ["unstamp 3", "unstamp 2"]);
}

#[test]
fn a_stamp_asks_before_it_records_what_is_pending_in_a_history() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    assert_shown(
        "stamp_of_pending",
        &history.run(&database, &["stamp", "2"]).exits(2),
    );
    history.write("R__view.sql", "SELECT 1;");
    for target in ["head", "3"] {
        history.run(&database, &["stamp", target]).exits(2);
    }
    assert_eq!(database.journal(), ["apply 1"]);
    history.up(&database);
    history.write("R__view.sql", "SELECT 2;");
    history.run(&database, &["stamp", "head"]).exits(2);
    history.run(&database, &["stamp", "3"]).exits(0);
    history.run(&database, &["stamp", "head", "--yes"]).exits(0);
}

#[test]
fn the_command_that_accepts_a_changed_file_changes_nothing_else() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "2"]).exits(0);
    history.write("V1__step_1.sql", "CREATE TABLE t1 (); -- harmless");
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["known to be harmless, `migrator stamp 2` records it"]);
    history.run(&database, &["stamp", "2"]).exits(0);
    assert_eq!(database.applied(), [1, 2]);
    history.up(&database);
    assert!(database.has("t3"));
}

#[test]
fn a_stamp_accepts_a_changed_file_and_forgets_a_missing_one() {
    let (database, history) = (Database::fresh(), history());
    history.up(&database);
    history.write("V1__step_1.sql", "CREATE TABLE t1 (); -- harmless");
    history.remove("V2__step_2.sql");
    history.run(&database, &["up"]).exits(3);
    history.run(&database, &["stamp", "head", "--yes"]).exits(0);
    history.run(&database, &["check"]).exits(0);
    assert_eq!(database.applied(), [1, 3]);
}

#[test]
fn a_stamped_migration_can_be_undone() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V1__a.down.sql", "DROP TABLE a;"),
    ]);
    database.run("CREATE TABLE a ()");
    history.run(&database, &["stamp", "head"]).exits(0);
    history.run(&database, &["down", "-1"]).exits(0);
    assert!(!database.has("a"));
}

#[test]
fn a_second_stamp_is_nothing_to_do() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["stamp", "head"]).exits(0);
    let ran = history.run(&database, &["stamp", "head"]).exits(0);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
}

#[test]
fn a_stamp_is_recorded_as_a_whole_or_not_at_all() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    database.run(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN IF NEW.version = 3 THEN RAISE ''no room''; END IF; RETURN NEW; END'; \
         CREATE TRIGGER refuse BEFORE INSERT ON refinery_schema_history FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    history
        .run(&database, &["stamp", "head", "--yes"])
        .exits(1)
        .says(&["no room"]);
    assert_eq!(database.applied(), [1]);
    database.run("DROP TRIGGER refuse ON refinery_schema_history");
    history.run(&database, &["stamp", "head", "--yes"]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(
        database
            .rows(
                "SELECT DISTINCT transaction_id::text FROM migrator_journal WHERE action = 'stamp'"
            )
            .len(),
        1
    );
}

#[test]
fn ten_thousand_are_stamped_by_one_statement() {
    let history = History::numbered(10_000, |at| format!("CREATE TABLE t{at} ();"));
    let database = Database::fresh();
    let bundle = history.bundle();
    let url = migrator::Database::from_url(&database.url()).expect("a URL");
    let start = std::time::Instant::now();
    let report = migrator::stamp(
        bundle,
        &migrator::Settings::new(url),
        migrator::Target::Head,
        &mut |_| {},
    )
    .expect("a stamp");
    println!("10,000 rows were stamped in {:?}", start.elapsed());
    assert_eq!(report.steps.len(), 10_000);
    assert_eq!(report.current, Some(10_000));
    assert_eq!(
        database.value(
            "SELECT count(*) || ' ' || count(DISTINCT transaction_id::text) FROM migrator_journal"
        ),
        "10000 1"
    );
}
