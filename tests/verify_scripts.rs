//! Verify scripts: they run in the transaction of their migration, and nothing of them lasts.

use std::process::Command;

use migrator::Settings;
use migrator::refinery_driver::Driver;
use migrator::session::{Purpose, Session};

use crate::support::{Call, Database, History, assert_shown};

const USERS: (&str, &str) = (
    "V1__users.sql",
    "CREATE TABLE users (id int PRIMARY KEY, slug text);\nINSERT INTO users VALUES (1, 'a'), (2, NULL);",
);

/// Fails because of the second row of [`USERS`].
const NO_SLUG: (&str, &str) = (
    "V1__users.verify.sql",
    "-- Every user can be named.\nSELECT count(*) FROM users;\n\nDO $$ BEGIN\n    ASSERT (SELECT bool_and(slug IS NOT NULL) FROM users), 'a slug is missing';\nEND $$;",
);

fn up(files: &[(&str, &str)]) -> Database {
    let database = Database::fresh();
    History::new(files).up(&database);
    database
}

#[test]
fn a_verify_script_that_raises_rolls_its_migration_back() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V0__before.sql", "CREATE TABLE before ();"),
        USERS,
        NO_SLUG,
    ]);
    let ran = history.run(&database, &["up"]).exits(1);
    assert_shown("verify_script_raises", &ran);
    assert!(database.has("before") && !database.has("users"));
    assert_eq!(database.applied(), [0]);
    assert_eq!(database.journal(), ["apply 0", "fail 1"]);
    // The next build has a file that does what it should.
    history.write(
        USERS.0,
        "CREATE TABLE users (id int PRIMARY KEY, slug text);",
    );
    history.write(NO_SLUG.0, "SELECT 1 / (count(*) = 0)::int FROM users;");
    history.up(&database);
    assert_eq!(database.applied(), [0, 1]);
}

#[test]
fn the_place_of_an_error_is_in_the_verify_file() {
    let database = Database::fresh();
    let verify = (
        "V1__users.verify.sql",
        "SELECT 'é';\nSELECT id,\n       slog FROM users;",
    );
    let ran = History::new(&[USERS, verify])
        .run(&database, &["up", "--json"])
        .exits(1);
    let place = &ran.json()["error"]["place"];
    let file = place["file"].as_str().expect("a file");
    assert!(file.ends_with("/V1__users.verify.sql"), "{ran}");
    assert_eq!(
        (place["line"].as_i64(), place["column"].as_i64()),
        (Some(3), Some(8)),
        "{ran}"
    );
    let divided = (
        "V1__users.verify.sql",
        "SELECT 1;\n\nSELECT 1 / (count(*) - 2) FROM users;",
    );
    let ran = History::new(&[USERS, divided])
        .run(&database, &["up"])
        .exits(1);
    assert!(ran.stderr.contains("V1__users.verify.sql:3:1"), "{ran}");
    assert_eq!(database.applied(), [0; 0]);
}

#[test]
fn what_a_verify_script_does_is_undone() {
    let database = up(&[
        (
            "V1__users.sql",
            "CREATE TABLE users (id int PRIMARY KEY);\nSET search_path TO public, pg_catalog;",
        ),
        (
            "V1__users.verify.sql",
            "INSERT INTO users SELECT generate_series(1, 3);\nCREATE TABLE scratch ();\nSET search_path TO nowhere;\n\
             SELECT 1 / (count(*) - 2) FROM public.users;\nSET ROLE pg_monitor;\nSET statement_timeout = '1h';",
        ),
        ("V2__next.sql", "INSERT INTO users VALUES (9);"),
    ]);
    assert_eq!(database.rows("SELECT id FROM users"), ["9"]);
    assert!(!database.has("scratch"));
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
}

#[test]
fn it_sees_the_session_as_the_migration_left_it() {
    up(&[
        (
            "V1__a.sql",
            "CREATE SCHEMA a;\nSET search_path TO a;\nCREATE TABLE t (id int);",
        ),
        ("V1__a.verify.sql", "SELECT id FROM t;"),
    ]);
}

#[test]
fn it_has_limits_of_its_own() {
    let check = |limit: &str, expected: &str| {
        let sql = format!(
            "{limit}SELECT 1 / (current_setting('statement_timeout') = '{expected}')::int;"
        );
        up(&[
            (
                "V1__a.sql",
                "-- migrator: statement-timeout 1min\nSELECT 1;",
            ),
            ("V1__a.verify.sql", &sql),
            (
                "V2__b.sql",
                "SELECT 1 / (current_setting('statement_timeout') = '0')::int;",
            ),
        ]);
    };
    check("", "1min");
    check("-- migrator: statement-timeout 5s\n", "5s");
    let history = History::new(&[
        ("V1__a.sql", "SELECT 1;"),
        (
            "V1__a.verify.sql",
            "-- migrator: statement-timeout 50ms\nSELECT pg_sleep(30);",
        ),
    ]);
    let database = Database::fresh();
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("V1__a.verify.sql:2:1"), "{ran}");
}

#[test]
fn a_single_transaction_holds_them_too() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V0__before.sql", "CREATE TABLE before ();"),
        USERS,
        NO_SLUG,
    ]);
    history
        .run(&database, &["up", "--single-transaction"])
        .exits(1);
    assert_eq!(database.applied(), [0; 0]);
    assert!(!database.has("before"));
    history.write(NO_SLUG.0, "INSERT INTO users VALUES (3, 'c');");
    history
        .run(&database, &["up", "--single-transaction"])
        .exits(0);
    assert_eq!(database.value("SELECT count(*) FROM users"), "2");
}

#[test]
fn many_small_ones_share_a_message() {
    let files: Vec<(String, String)> = (1..=40)
        .flat_map(|at| {
            let check = if at == 33 {
                "SELECT nothing;"
            } else {
                "SELECT 1;"
            };
            [
                (
                    format!("V{at}__t.sql"),
                    format!("CREATE TABLE t{at} (id int);"),
                ),
                (
                    format!("V{at}__t.verify.sql"),
                    format!("INSERT INTO t{at} VALUES (1);\n{check}"),
                ),
            ]
        })
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let database = Database::fresh();
    let ran = History::new(&files).run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("V33__t.verify.sql:2:8"), "{ran}");
    assert_eq!(database.applied().len(), 32);
    assert_eq!(database.value("SELECT count(*) FROM t32"), "0");
}

#[test]
fn a_long_one_is_sent_in_pieces() {
    let text = format!(
        "{}SELECT nothing;",
        "INSERT INTO users VALUES (7, 'x');\nDELETE FROM users WHERE id = 7;\n".repeat(5_000)
    );
    let database = Database::fresh();
    let ran = History::new(&[USERS, ("V1__users.verify.sql", &text)])
        .run(&database, &["up"])
        .exits(1);
    assert!(ran.stderr.contains("V1__users.verify.sql:10001:8"), "{ran}");
    assert!(!database.has("users"));
}

#[test]
fn neither_down_nor_stamp_nor_a_second_run_needs_it() {
    let database = Database::fresh();
    let down = ("V1__users.down.sql", "DROP TABLE users;");
    let history = History::new(&[USERS, down]);
    history.up(&database);
    // refinery's checksum is that of the up file alone.
    history.write(NO_SLUG.0, NO_SLUG.1);
    let ran = history.run(&database, &["up"]).exits(0);
    assert!(ran.stdout.starts_with("nothing to do"), "{ran}");
    history.run(&database, &["redo"]).exits(1);
    assert_eq!(database.applied(), [0; 0], "its down was done");
    assert!(!database.has("users"));
    history.run(&database, &["stamp", "head"]).exits(0);
    database.run("CREATE TABLE users ()");
    history.run(&database, &["down", "-1"]).exits(0);
    assert!(!database.has("users"));
}

#[test]
fn psql_runs_it_as_up_does() {
    let database = Database::fresh();
    let history = History::new(&[USERS, NO_SLUG]);
    let plan = history.run(&database, &["plan", "--sql"]).exits(0);
    let psql = |script: &str| {
        Call::new("psql".as_ref(), &["-X", "-q", "-f", "-", &database.url()])
            .variable("PATH", std::env::var_os("PATH").unwrap_or_default())
            .feed(script)
    };
    assert!(
        Command::new("psql")
            .arg("--version")
            .output()
            .is_ok_and(|it| it.status.success()),
        "psql is needed"
    );
    let ran = psql(&plan.stdout).exits(3);
    assert!(ran.stderr.contains("a slug is missing"), "{ran}");
    assert!(!database.has("users"));
    history.write(
        NO_SLUG.0,
        "-- migrator: lock-timeout 1s\nINSERT INTO users VALUES (3, 'c');",
    );
    psql(&history.run(&database, &["plan", "--sql"]).exits(0).stdout).exits(0);
    assert_eq!(database.value("SELECT count(*) FROM users"), "2");
    history.run(&database, &["check"]).exits(0);
}

#[test]
fn refinerys_runner_runs_it_too() {
    let database = Database::fresh();
    let history = History::new(&[USERS, NO_SLUG]);
    let run = |bundle: &migrator::Bundle| {
        let settings = Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
        let mut session = Session::open(&settings, Purpose::Write, &mut |_| {}).expect("a session");
        let runner = bundle.runner().expect("a runner");
        runner.run(&mut Driver::new(&mut session, bundle))
    };
    let error = run(history.bundle()).expect_err("a slug is missing");
    assert!(
        format!("{error:?}").contains("a slug is missing"),
        "{error:?}"
    );
    assert!(!database.has("users"));
    history.write(NO_SLUG.0, "SELECT slug FROM users;");
    run(history.bundle()).expect("a run");
    assert_eq!(database.journal(), ["fail 1", "apply 1"]);
}

#[test]
fn refinerys_own_reader_passes_it_over() {
    let history = History::new(&[USERS, NO_SLUG]);
    let read = refinery::load_sql_migrations(history.folder()).expect("a folder");
    assert_eq!(read.len(), 1);
}

#[test]
fn it_can_be_shown() {
    let database = Database::fresh();
    let history = History::new(&[USERS, NO_SLUG, ("V2__b.sql", "SELECT 1;")]);
    let ran = history
        .run(&database, &["show", "1", "--verify-script"])
        .exits(0);
    assert_eq!(ran.stdout, NO_SLUG.1);
    let ran = history
        .run(&database, &["show", "2", "--verify-script"])
        .exits(2);
    assert!(
        ran.stderr.contains("migration 2 has no verify script"),
        "{ran}"
    );
    let info = history.run(&database, &["info"]).exits(0);
    assert!(
        info.stdout
            .lines()
            .any(|line| line.starts_with("1 ") && line.ends_with("verified")),
        "{info}"
    );
    let info = history.run(&database, &["info", "--json"]).exits(0).json();
    assert_eq!(
        info["migrations"][0]["verify"]["file"],
        "V1__users.verify.sql"
    );
    assert!(info["migrations"][1]["verify"].is_null());
}
