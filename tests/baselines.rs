//! Baselines: an empty database runs one in place of its migrations, every other database does not, and whatever
//! comes after it goes on from there.

use std::time::{Duration, Instant};

use refinery::{Runner, load_sql_migrations};

use crate::support::{Database, History, Ran, Running, assert_shown};

const CHAIN: [(&str, &str); 5] = [
    ("V1__users.sql", "CREATE TABLE users (id int PRIMARY KEY);"),
    ("V1__users.down.sql", "DROP TABLE users;"),
    ("V2__mail.sql", "ALTER TABLE users ADD COLUMN mail text;"),
    ("V2__mail.down.sql", "ALTER TABLE users DROP COLUMN mail;"),
    (
        "V3__seed.sql",
        "INSERT INTO users VALUES (1, 'a@example.org');",
    ),
];
const SCHEMA: (&str, &str) = (
    "B3__1_schema.sql",
    "-- migrator: last-release \"v2.3\"\nSET search_path = pg_catalog;\nCREATE TABLE public.users (id int PRIMARY KEY, mail text);\n",
);
const SEED: (&str, &str) = (
    "B3__2_seed.sql",
    "COPY users FROM stdin;\n1\ta@example.org\n\\.\n",
);
const NEXT: (&str, &str) = ("V4__next.sql", "CREATE TABLE next (id int);");

/// Chain, baseline and what comes after them.
fn history() -> History {
    let files: Vec<(&str, &str)> = CHAIN.into_iter().chain([SCHEMA, SEED, NEXT]).collect();
    History::new(&files)
}

/// The same without the files that the baseline stands for.
fn shortened() -> History {
    History::new(&[SCHEMA, SEED, NEXT])
}

fn checksums(database: &Database) -> Vec<String> {
    database.rows("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")
}

#[test]
fn an_empty_database_runs_it_in_place_of_its_migrations() {
    let history = history();
    let (database, chain) = (Database::fresh(), Database::fresh());
    assert_shown("baseline_plan", &history.run(&database, &["plan"]));
    assert_shown(
        "baseline_status_empty",
        &history.run(&database, &["status"]),
    );
    let check = history.run(&database, &["check"]).exits(4);
    check.says(&["2 migrations are pending", "3 \"1_schema\", a baseline"]);
    assert_shown("baseline_up", &history.run(&database, &["up"]));
    assert_eq!(
        database.journal(),
        ["baseline 1", "baseline 2", "baseline 3", "apply 4"]
    );
    assert_eq!(
        database.rows("SELECT DISTINCT detail::text, xmin::text <> '' FROM migrator_journal WHERE action = 'baseline'"),
        ["{\"baseline\": 3}|t"]
    );
    assert_eq!(
        database.rows("SELECT id, mail FROM users"),
        ["1|a@example.org"]
    );
    history.run(&database, &["check"]).exits(0);
    assert_shown("baseline_status", &history.run(&database, &["status"]));
    assert_shown("baseline_history", &history.run(&database, &["history"]));

    // The chain leads to the same rows and the same schema.
    history.run(&chain, &["up", "2"]).exits(0);
    history.up(&chain);
    assert_eq!(
        chain.journal(),
        ["apply 1", "apply 2", "apply 3", "apply 4"]
    );
    assert_eq!(checksums(&database), checksums(&chain));
    assert_eq!(
        database.rows("SELECT * FROM users"),
        chain.rows("SELECT * FROM users")
    );

    // The baked downs undo what it stands for, as far as there are some.
    history
        .run(&database, &["down", "2", "--yes"])
        .exits(2)
        .says(&["4 \"next\" has no down file", "3 \"seed\" has no down file"]);
    database.run("DROP TABLE next; DELETE FROM refinery_schema_history WHERE version > 2");
    history.run(&database, &["down", "base", "--yes"]).exits(0);
    assert!(!database.has("users"));
}

#[test]
fn it_is_shown_as_json_and_as_a_script() {
    let (database, history) = (Database::fresh(), history());
    let plan = history.run(&database, &["plan", "--json"]).json();
    let first = &plan["steps"][0];
    assert_eq!(first["action"], "baseline");
    assert_eq!(
        (&first["version"], &first["covers"]),
        (&3.into(), &3.into())
    );
    assert_eq!(first["files"][1], "migrations/B3__2_seed.sql");
    assert_eq!(first["statements"], 3);
    let info = history.run(&database, &["info", "--json"]).json();
    assert_eq!(info["baselines"][0]["last_release"], "v2.3");
    assert_eq!(info["baselines"][0]["files"][0]["file"], "B3__1_schema.sql");
    assert_shown("baseline_info", &history.call(&["info"]).run());
    let shown = history.call(&["show", "3", "--baseline"]).run().exits(0);
    assert_eq!(shown.stdout, format!("{}{}", SCHEMA.1, SEED.1));
    assert!(
        history
            .call(&["show", "3"])
            .run()
            .stdout
            .starts_with("INSERT")
    );
    history
        .call(&["show", "2", "--baseline"])
        .run()
        .exits(2)
        .says(&["there is no baseline 2 in this binary"]);
    let status = history.run(&database, &["status", "--json"]).json();
    assert_eq!(status["baseline"]["covers"], 3);

    let script = history.run(&database, &["plan", "--sql"]).exits(0).stdout;
    let (file, _kept) = {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("plan.sql");
        std::fs::write(&file, script).expect("our own folder");
        (file, folder)
    };
    let psql = std::process::Command::new("psql")
        .args(["-X", "-q", "-o", "/dev/null", "-d", &database.url(), "-f"])
        .arg(&file)
        .output()
        .expect("psql runs");
    assert!(psql.status.success(), "{psql:?}");
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    assert_eq!(database.journal()[..2], ["baseline 1", "baseline 2"]);
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn without_the_files_it_has_a_row_of_its_own() {
    let (database, history) = (Database::fresh(), shortened());
    assert_shown(
        "baseline_alone_status_empty",
        &history.run(&database, &["status"]),
    );
    history.up(&database);
    assert_eq!(database.applied(), [3, 4]);
    history.run(&database, &["check"]).exits(0);
    assert_shown(
        "baseline_alone_status",
        &history.run(&database, &["status"]),
    );
    history
        .run(&database, &["down", "base", "--yes"])
        .exits(2)
        .says(&["3 \"1_schema\" is irreversible: it is a baseline"]);
    // A release that holds the files again has nothing to do.
    let whole = self::history();
    whole.run(&database, &["check"]).exits(0);
    let again = whole.run(&database, &["up"]).exits(0);
    assert!(again.stdout.starts_with("nothing to do"), "{again}");
}

#[test]
fn a_database_that_is_past_it_may_lose_the_files() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    history.run(&database, &["up", "3"]).exits(0);
    let shortened = shortened();
    shortened.up(&database);
    assert_eq!(database.applied(), [1, 2, 3, 4]);
    assert_shown(
        "baseline_covered_status",
        &shortened.run(&database, &["status"]),
    );
    shortened.run(&database, &["check"]).exits(0);
    shortened.run(&database, &["stamp", "head"]).exits(0);
    assert_eq!(database.applied(), [1, 2, 3, 4]);
}

#[test]
fn a_database_that_is_older_is_refused_and_told_which_release_carries_it() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "1"]).exits(0);
    let shortened = shortened();
    assert_shown("baseline_stranded", &shortened.run(&database, &["up"]));
    shortened.run(&database, &["check"]).exits(3);
    shortened.run(&database, &["plan"]).exits(3);
    assert_eq!(database.applied(), [1]);
    let url = migrator::Database::from_url(&database.url()).expect("a URL");
    let settings = migrator::Settings::new(url);
    let bundle = shortened.bundle();
    let mut session =
        migrator::session::Session::open(&settings, migrator::session::Purpose::Write, &mut |_| {})
            .expect("a session");
    let refused =
        bundle
            .runner()
            .expect("a runner")
            .run(&mut migrator::refinery_driver::Driver::new(
                &mut session,
                bundle,
            ));
    let refused = refused.expect_err("refinery would begin after it");
    assert!(
        std::error::Error::source(&refused)
            .is_some_and(|it| it.to_string().contains("older than baseline 3")),
        "{refused:?}"
    );
}

#[test]
fn a_target_below_it_runs_the_chain_or_is_refused() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "2"]).exits(0);
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
    let empty = Database::fresh();
    shortened()
        .run(&empty, &["up", "2"])
        .exits(2)
        .says(&["version 2 does not exist in this binary"]);
    history.run(&empty, &["up", "3"]).exits(0);
    assert_eq!(empty.applied(), [1, 2, 3]);
}

#[test]
fn of_several_the_newest_is_used() {
    let history = history();
    history.write(
        "B2__old.sql",
        "CREATE TABLE users (id int PRIMARY KEY, mail text);",
    );
    let (two, head) = (Database::fresh(), Database::fresh());
    history.run(&two, &["up", "2"]).exits(0);
    history.up(&head);
    assert_eq!(two.journal(), ["baseline 1", "baseline 2"]);
    assert_eq!(head.journal()[2..], ["baseline 3", "apply 4"]);
}

#[test]
fn refinery_goes_on_after_it() {
    let (database, history) = (Database::fresh(), history());
    history.run(&database, &["up", "3"]).exits(0);
    let files = load_sql_migrations(history.folder()).expect("refinery reads the folder");
    let report = Runner::new(&files).run(&mut database.connect());
    assert_eq!(
        report.expect("refinery goes on").applied_migrations().len(),
        1
    );
    history.run(&database, &["check"]).exits(0);

    let (database, history) = (Database::fresh(), shortened());
    history.run(&database, &["up", "3"]).exits(0);
    let files = load_sql_migrations(history.folder()).expect("refinery reads the folder");
    let report = Runner::new(&files)
        .set_abort_missing(false)
        .run(&mut database.connect());
    assert_eq!(
        report.expect("refinery goes on").applied_migrations().len(),
        1
    );
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn a_failure_in_its_second_file_leaves_nothing() {
    let (database, history) = (Database::fresh(), history());
    history.write(
        "B3__2_seed.sql",
        "INSERT INTO users VALUES (1, 'a');\nINSERT INTO userz VALUES (2);\n",
    );
    let ran = history.run(&database, &["up"]).exits(1);
    assert_shown("baseline_fails", &ran);
    assert!(!database.has("users"));
    assert_eq!(database.applied(), [0_i64; 0]);
    history.write(SEED.0, SEED.1);
    history.up(&database);
    assert_eq!(database.applied(), [1, 2, 3, 4]);
}

#[test]
fn a_run_that_is_killed_between_its_statements_leaves_nothing() {
    for slow in ["B3__1_schema.sql", "B3__2_seed.sql"] {
        let (database, history) = (Database::fresh(), history());
        let good = if slow == SCHEMA.0 { SCHEMA.1 } else { SEED.1 };
        history.write(slow, &format!("{good}SELECT pg_catalog.pg_sleep(30);\n"));
        let mut child = history.call(&["up"]).on(&database).start();
        database.until_it_sleeps();
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        history.write(slow, good);
        history
            .run(&database, &["up", "--lock-wait", "30s"])
            .exits(0);
        assert_eq!(
            database.journal(),
            ["baseline 1", "baseline 2", "baseline 3", "apply 4"]
        );
        assert_eq!(database.value("SELECT count(*) FROM users"), "1");
    }
}

#[test]
fn two_runners_at_once_run_it_once() {
    let (database, history) = (Database::fresh(), history());
    history.write(
        SCHEMA.0,
        &format!("{}SELECT pg_catalog.pg_sleep(0.5);\n", SCHEMA.1),
    );
    let runners: Vec<Running> = (0..3)
        .map(|_| history.call(&["up"]).on(&database).start())
        .collect();
    for runner in runners {
        Ran::after(runner).exits(0);
    }
    assert_eq!(
        database.journal(),
        ["baseline 1", "baseline 2", "baseline 3", "apply 4"]
    );
}

#[test]
fn a_database_that_holds_something_is_not_empty() {
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE TABLE somebody_elses (id int)");
    history.run(&database, &["up"]).exits(3);
    assert!(!database.has("users"));
}

#[test]
fn what_was_begun_outside_a_transaction_goes_on_by_migrations() {
    let database = Database::fresh();
    let history = History::new(&[
        (
            "V1__outside.sql",
            "-- migrator: no-transaction\nCREATE TABLE t (id int);\nCREATE INDEX CONCURRENTLY i ON t (id);\nSELECT 1 / (SELECT count(*) FROM t);\n",
        ),
        ("V2__next.sql", "CREATE TABLE next ();"),
    ]);
    history.run(&database, &["up"]).exits(1);
    history.write(
        "B2__base.sql",
        "CREATE TABLE t (id int); CREATE TABLE next ();",
    );
    database.run("INSERT INTO t VALUES (1)");
    history.up(&database);
    assert_eq!(database.journal(), ["fail 1", "apply 1", "apply 2"]);
}

#[test]
fn ten_thousand_migrations_are_covered_by_one_statement() {
    let history = History::numbered(10_000, |at| format!("CREATE TABLE t{at} ();"));
    history.write("B10000__base.sql", "CREATE TABLE t ();");
    let database = Database::fresh();
    let url = migrator::Database::from_url(&database.url()).expect("a URL");
    let (settings, bundle) = (migrator::Settings::new(url), history.bundle());
    let start = Instant::now();
    migrator::up(bundle, &settings, migrator::Target::Head, &mut |_| {}).expect("a run");
    let took = start.elapsed();
    println!("a baseline of 10,000 migrations: {took:?}");
    assert_eq!(
        database.value(
            "SELECT count(*) || ' ' || count(DISTINCT transaction_id::text) FROM migrator_journal"
        ),
        "10000 1"
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
}
