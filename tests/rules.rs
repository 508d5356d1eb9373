//! The rules of `migrator.toml`: a legacy database that one of them recognises is recorded, and carried on with.

use serde_json::json;

use crate::support::{Database, History, Ran, assert_shown};

/// Three migrations, of which a legacy database has two.
fn history(rules: &str) -> History {
    let history = History::new(&[
        ("V1__users.sql", "CREATE TABLE users (id int);"),
        ("V2__orders.sql", "CREATE TABLE orders (id int);"),
        ("V2__orders.down.sql", "DROP TABLE orders;"),
        ("V3__carts.sql", "CREATE TABLE carts (id int);"),
    ]);
    history.write(
        "migrator.toml",
        &format!("[proof]\ngate = \"off\"\n{rules}"),
    );
    history
}

/// A database from before the tool.
fn legacy() -> Database {
    let database = Database::fresh();
    database.run("CREATE TABLE users (id int); CREATE TABLE orders (id int)");
    database
}

fn rule(name: &str, version: i64, probe: &str) -> String {
    format!("[[adopt]]\nname = \"{name}\"\nversion = {version}\n{probe}\n")
}

/// Nothing was recorded, and nothing was created.
#[track_caller]
fn is_untouched(database: &Database) {
    assert!(!database.has("refinery_schema_history"));
    assert!(!database.has("carts"));
}

const TABLE: &str = "table = \"public.orders\"";

#[test]
fn a_legacy_database_is_recorded_and_carried_on_with() {
    let (database, history) = (legacy(), history(&rule("before the tool", 2, TABLE)));
    assert_shown("adopt_plan", &history.run(&database, &["plan"]).exits(0));
    assert_shown(
        "adopt_status",
        &history.run(&database, &["status"]).exits(0),
    );
    assert_shown("adopt_check", &history.run(&database, &["check"]).exits(4));
    // Where nothing would be pending once it is recorded, nothing is.
    let there = Database::fresh();
    there.run(
        "CREATE TABLE users (id int); CREATE TABLE orders (id int); CREATE TABLE carts (id int)",
    );
    let whole = self::history(&rule("all of it", 3, "table = \"public.carts\""));
    let check = whole.run(&there, &["check"]).exits(0);
    assert_eq!(check.stdout, "Nothing is pending; the database is at 3.\n");
    assert!(!there.has("refinery_schema_history"));
    is_untouched(&database);
    assert_shown("adopt_up", &history.run(&database, &["up"]).exits(0));
    assert_eq!(database.applied(), [1, 2, 3]);
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
    assert_eq!(
        database.rows(
            "SELECT DISTINCT detail::text, transaction_id IS NULL FROM migrator_journal WHERE action = 'adopt'"
        ),
        ["{\"rule\": \"before the tool\"}|f"]
    );
    history.run(&database, &["up"]).exits(0);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_target_counts_what_runs() {
    for (arguments, applied) in [
        (&["up", "+1"][..], &[1, 2, 3][..]),
        (&["up", "2"], &[1, 2]),
        (&["up", "1"], &[1, 2]),
        (&["up", "--single-transaction"], &[1, 2, 3]),
    ] {
        let (database, history) = (legacy(), history(&rule("old", 2, TABLE)));
        history.run(&database, arguments).exits(0);
        assert_eq!(database.applied(), applied, "{arguments:?}");
    }
}

#[test]
fn the_script_of_a_plan_records_the_same() {
    let (database, history) = (legacy(), history(&rule("old", 2, TABLE)));
    let script = history.run(&database, &["plan", "--sql"]).exits(0).stdout;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), script).expect("our own file");
    let psql = std::process::Command::new("psql")
        .args(["-X", "-q", "-d", &database.url(), "-f"])
        .arg(file.path())
        .output()
        .expect("psql");
    assert!(psql.status.success(), "{psql:?}");
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn the_class_is_in_the_document() {
    let (database, history) = (legacy(), history(&rule("old", 2, TABLE)));
    for command in ["plan", "status", "up"] {
        let document = history.run(&database, &[command, "--json"]).exits(0).json();
        assert_eq!(
            document["database"],
            json!({"class": "known", "version": 2, "rule": "old"}),
            "{command}"
        );
    }
    let document = history.run(&database, &["up", "--json"]).exits(0).json();
    assert_eq!(document["database"], json!({"class": "ours", "version": 3}));
}

#[test]
fn an_empty_database_is_asked_nothing() {
    let probe = "query = \"SELECT count(*) > 0 FROM orders\"";
    let (database, history) = (Database::fresh(), history(&rule("old", 2, probe)));
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.journal(), ["apply 1", "apply 2", "apply 3"]);
}

#[test]
fn a_rule_that_does_not_match_is_no_rule() {
    for probe in [
        "table = \"public.invoices\"",
        "table = \"other.orders\"",
        "query = \"SELECT false\"",
        "query = \"VALUES (1 > 2)\"",
        "tool = \"alembic\"\nposition = \"abc\"",
        "fingerprint = \"0000000000000000000000000000000000000000000000000000000000000000\"",
    ] {
        let (database, history) = (legacy(), history(&rule("old", 2, probe)));
        history
            .run(&database, &["up"])
            .exits(3)
            .says(&["the database is unknown: 2 tables"]);
        is_untouched(&database);
    }
}

#[test]
fn a_query_may_look_at_rows() {
    let probe =
        "query = \"WITH n AS (SELECT count(*) AS n FROM users) SELECT n = 1 FROM n; -- one user\"";
    let (database, history) = (legacy(), history(&rule("old", 2, probe)));
    history.run(&database, &["up"]).exits(3);
    database.run("INSERT INTO users VALUES (1)");
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
}

/// An error that names the rule, after which everything is as it was.
#[track_caller]
fn cannot_tell(probe: &str, says: &str) -> Ran {
    let rules = rule("other", 1, "table = \"public.none\"") + &rule("the bad one", 2, probe);
    let (database, history) = (legacy(), history(&rules));
    database.run(
        "CREATE SEQUENCE calls; CREATE TABLE kept (n int); \
         CREATE FUNCTION writes() RETURNS boolean LANGUAGE sql AS 'INSERT INTO kept VALUES (1) RETURNING true'",
    );
    for command in ["plan", "status", "check"] {
        history.run(&database, &[command]).exits(3);
    }
    let ran =
        history
            .run(&database, &["up"])
            .exits(3)
            .says(&["\"the bad one\"", says, "migrator stamp"]);
    is_untouched(&database);
    assert_eq!(database.value("SELECT count(*) FROM kept"), "0");
    ran
}

#[test]
fn a_probe_that_goes_wrong_is_an_error_that_names_its_rule() {
    cannot_tell(
        "query = \"SELECT count(*) > 0 FROM nothing\"",
        "relation \"nothing\" does not exist",
    );
    cannot_tell("query = \"SELECT NULL::boolean\"", "returned null");
    cannot_tell("query = \"SELECT true WHERE false\"", "returned no row");
    cannot_tell(
        "query = \"SELECT true FROM generate_series(1, 2)\"",
        "returned more than one row",
    );
    cannot_tell("query = \"SELECT true, false\"", "returned 2 columns");
    cannot_tell("query = \"SELECT 1\"", "must be type boolean");
    cannot_tell("query = \"SELECT 1/0 = 0\"", "division by zero");
    cannot_tell("fingerprint = 2", "2 is not proven");
}

#[test]
fn a_probe_cannot_write() {
    cannot_tell(
        "query = \"SELECT writes()\"",
        "cannot execute INSERT in a read-only transaction",
    );
    cannot_tell(
        "query = \"SELECT nextval('calls') > 0\"",
        "cannot execute nextval() in a read-only transaction",
    );
    cannot_tell(
        "query = \"WITH w AS (INSERT INTO kept VALUES (1) RETURNING n) SELECT n = 1 FROM w\"",
        "top level",
    );
    cannot_tell(
        "query = \"SELECT set_config('transaction_read_only', 'off', true) = 'off' AND writes()\"",
        "read-write mode",
    );
}

#[test]
fn several_bad_rules_are_told_at_once() {
    let rules = rule("one", 1, "query = \"SELECT NULL::boolean\"")
        + &rule("two", 2, "query = \"SELECT 1/0 = 0\"")
        + &rule("three", 2, TABLE);
    let (database, history) = (legacy(), history(&rules));
    history.run(&database, &["up"]).exits(3).says(&[
        "\"one\": its query returned null",
        "\"two\": division by zero",
    ]);
    is_untouched(&database);
}

#[test]
fn two_rules_that_match_are_both_named() {
    let rules = rule("with orders", 2, TABLE) + &rule("with users", 1, "table = \"public.users\"");
    let (database, history) = (legacy(), history(&rules));
    assert_shown("adopt_two_rules", &history.run(&database, &["up"]).exits(3));
    is_untouched(&database);
    history.run(&database, &["stamp", "2"]).exits(0);
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

const ALEMBIC: &str = "tool = \"alembic\"\nposition = \"1975ea83b712\"";

fn alembic(revisions: &[&str]) -> Database {
    let database = legacy();
    database.run("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)");
    for revision in revisions {
        database.run(&format!(
            "INSERT INTO alembic_version VALUES ('{revision}')"
        ));
    }
    database
}

#[test]
fn a_position_of_another_tool_is_a_probe() {
    let (database, history) = (
        alembic(&["1975ea83b712"]),
        history(&rule("alembic", 2, ALEMBIC)),
    );
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
}

#[test]
fn another_position_is_another_tools_database() {
    let history = history(&rule("alembic", 2, ALEMBIC));
    for revisions in [&["ae1027a6acf"][..], &[]] {
        let database = alembic(revisions);
        history
            .run(&database, &["up"])
            .exits(3)
            .says(&["migrator adopt --from alembic"]);
        is_untouched(&database);
    }
}

#[test]
fn two_heads_are_a_refusal() {
    let history = history(&rule("alembic", 2, ALEMBIC));
    let database = alembic(&["1975ea83b712", "ae1027a6acf"]);
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["has 2 heads: 1975ea83b712, ae1027a6acf"]);
    is_untouched(&database);
}

#[test]
fn the_newest_row_of_a_numbered_history_is_its_position() {
    let rules = rule("migrate", 2, "tool = \"golang-migrate\"\nposition = \"7\"");
    let history = history(&rules);
    let database = legacy();
    database.run(
        "CREATE SCHEMA ops; CREATE TABLE ops.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); \
         INSERT INTO ops.schema_migrations VALUES (7, true)",
    );
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["was not carried out as a whole"]);
    is_untouched(&database);
    database.run("UPDATE ops.schema_migrations SET dirty = false");
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
}

#[test]
fn a_run_that_dies_while_it_records_leaves_nothing() {
    let (database, history) = (legacy(), history(&rule("old", 2, TABLE)));
    database.run(
        "CREATE TABLE refinery_schema_history (version bigint PRIMARY KEY, name varchar(255), applied_on varchar(255), \
         checksum varchar(255)); \
         CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN IF NEW.version = 2 THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END'; \
         CREATE TRIGGER slow BEFORE INSERT ON refinery_schema_history FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    let mut running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
    database.until_they_are_gone();
    assert!(database.applied().is_empty());
    assert!(database.journal().is_empty());
    database.run("DROP TRIGGER slow ON refinery_schema_history; DROP FUNCTION slow()");
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
}

#[test]
fn a_run_that_dies_after_it_recorded_is_continued() {
    let history = history(&rule("old", 2, TABLE));
    history.write(
        "V3__carts.sql",
        "CREATE TABLE carts (id int);\nSELECT pg_sleep(seconds) FROM gate;",
    );
    let database = legacy();
    database.run("CREATE TABLE gate AS SELECT 60 AS seconds");
    let mut running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
    database.until_they_are_gone();
    assert_eq!(database.journal(), ["adopt 1", "adopt 2"]);
    database.run("UPDATE gate SET seconds = 0");
    let ran = history.run(&database, &["up"]).exits(0);
    assert!(
        ran.stderr.starts_with("the database is ours, at 2\n"),
        "{ran}"
    );
    assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
}

#[test]
fn two_runners_record_it_once() {
    let history = history(&rule("old", 2, TABLE));
    for _ in 0..5 {
        let database = legacy();
        let runners: Vec<_> = (0..4)
            .map(|_| history.call(&["up"]).on(&database).start())
            .collect();
        for runner in runners {
            Ran::after(runner).exits(0);
        }
        assert_eq!(database.journal(), ["adopt 1", "adopt 2", "apply 3"]);
    }
}

#[test]
fn many_runners_on_an_empty_database_take_nothing_for_unknown() {
    let history = History::numbered(30, |at| format!("CREATE TABLE t{at} ();"));
    for _ in 0..3 {
        let database = Database::fresh();
        let runners: Vec<_> = (0..6)
            .map(|_| history.call(&["up"]).on(&database).start())
            .collect();
        for runner in runners {
            Ran::after(runner).exits(0);
        }
        assert_eq!(database.journal().len(), 30);
    }
}
