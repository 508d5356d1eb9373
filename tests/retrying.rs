//! What is tried again when only a lock is missing, and that its effects happen once.

use postgres::Client;

use crate::support::{Database, History, Ran};

/// A table that another session, called "the application", has locked.
fn busy(database: &Database) -> Client {
    let mut other = database.connect();
    other
        .batch_execute(
            "SET application_name = 'the application'; BEGIN; LOCK TABLE busy IN ACCESS SHARE MODE",
        )
        .expect("a table");
    other
}

/// Starts a run, waits until it has failed to get its lock and pauses, and lets it have the lock.
fn let_it_have(database: &Database, history: &History, arguments: &[&str], other: Client) -> Ran {
    let mut run = history.call(arguments).on(database).start();
    run.until_it_says("55P03");
    drop(other);
    Ran::after(run).exits(0)
}

const QUICK: [&str; 3] = ["up", "--lock-timeout", "300ms"];

#[test]
fn a_migration_is_tried_again_until_the_blocker_is_gone() {
    let database = Database::holding("CREATE TABLE busy (n int); CREATE SEQUENCE tries");
    let history = History::new(&[
        ("V1__a.sql", "INSERT INTO busy VALUES (1);"),
        (
            "V2__b.sql",
            "INSERT INTO busy SELECT 10 + 0 * nextval('tries');\nALTER TABLE busy ADD COLUMN m int;\nINSERT INTO busy VALUES (3);",
        ),
        ("V3__c.sql", "INSERT INTO busy VALUES (4);"),
    ]);
    let other = busy(&database);
    let ran = let_it_have(&database, &history, &QUICK, other);
    ran.says(&["2", "55P03"]);
    assert_eq!(
        database.rows("SELECT n FROM busy ORDER BY n"),
        ["1", "3", "4", "10"]
    );
    assert_eq!(database.journal(), ["apply 1", "apply 2", "apply 3"]);
    assert_ne!(database.value("SELECT last_value FROM tries"), "1");
}

#[test]
fn who_stands_in_the_way_for_a_second_is_named() {
    let database = Database::holding("CREATE TABLE busy (n int)");
    let history = History::new(&[("V1__a.sql", "ALTER TABLE busy ADD COLUMN m int;")]);
    let other = busy(&database);
    let mut run = history
        .call(&["up", "--lock-timeout", "60s"])
        .on(&database)
        .start();
    run.until_it_says("blocked by pid ");
    drop(other);
    Ran::after(run)
        .exits(0)
        .says(&["the application", "idle in transaction"]);
}

#[test]
fn a_single_transaction_is_tried_again_as_a_whole() {
    let database = Database::holding("CREATE TABLE busy (n int)");
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a AS SELECT 1 AS n;"),
        ("V2__b.sql", "ALTER TABLE busy ADD COLUMN m int;"),
        ("V3__c.sql", "INSERT INTO a VALUES (2);"),
    ]);
    let other = busy(&database);
    let run = ["up", "--single-transaction", "--lock-timeout", "300ms"];
    let_it_have(&database, &history, &run, other);
    assert_eq!(database.value("SELECT count(*) FROM a"), "2");
    assert_eq!(database.journal(), ["apply 1", "apply 2", "apply 3"]);
}

#[test]
fn a_copy_is_tried_again() {
    for header in ["", "-- migrator: no-transaction\n"] {
        let database = Database::holding("CREATE TABLE busy (n int); CREATE TABLE seen (n int)");
        let text = format!(
            "{header}INSERT INTO seen VALUES (1);\nCOPY busy FROM stdin;\n1\n2\n\\.\nVACUUM_OR_NOT;\nINSERT INTO seen VALUES (2);"
        );
        let last = if header.is_empty() {
            "SELECT 1"
        } else {
            "VACUUM seen"
        };
        let history = History::new(&[("V1__a.sql", text.replace("VACUUM_OR_NOT", last))]);
        let mut other = database.connect();
        other
            .batch_execute("BEGIN; LOCK TABLE busy")
            .expect("a table");
        let_it_have(&database, &history, &QUICK, other);
        assert_eq!(database.value("SELECT count(*) FROM busy"), "2");
        assert_eq!(database.value("SELECT count(*) FROM seen"), "2");
    }
}

#[test]
fn one_attempt_is_all_when_there_is_no_time() {
    let database = Database::holding("CREATE TABLE busy (n int); CREATE SEQUENCE tries");
    let history = History::new(&[(
        "V1__a.sql",
        "SELECT nextval('tries');\nALTER TABLE busy ADD COLUMN m int;",
    )]);
    let _other = busy(&database);
    let limited = |limit| ["up", "--lock-timeout", "1500ms", "--lock-retry-for", limit];
    let ran = history.run(&database, &limited("0")).exits(1);
    ran.says(&["55P03", "the application"]);
    assert_eq!(database.value("SELECT last_value FROM tries"), "1");
    let ran = history.run(&database, &limited("2s")).exits(1);
    ran.says(&["55P03", "the application"]);
    let tries: u32 = database
        .value("SELECT last_value FROM tries")
        .parse()
        .expect("a number");
    assert!(tries > 2, "{tries}");
    assert_eq!(database.journal(), ["fail 1", "fail 1"]);
}

/// A function that fails the first two times with an SQLSTATE.
fn stubborn(sqlstate: &str) -> String {
    format!(
        "CREATE SEQUENCE calls; CREATE TABLE t (n int); CREATE TABLE u (n int); CREATE FUNCTION stubborn(int) RETURNS int \
         LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF nextval('public.calls') <= 2 THEN RAISE 'not yet' USING ERRCODE = '{sqlstate}'; \
         END IF; RETURN $1; END $$;"
    )
}

#[test]
fn a_lost_conflict_is_tried_again_and_happens_once() {
    for sqlstate in ["40001", "40P01", "55P03"] {
        for (header, middle) in [
            ("", "SELECT 1"),
            ("-- migrator: no-transaction\n", "VACUUM u"),
        ] {
            let database = Database::holding(&stubborn(sqlstate));
            let file = format!(
                "{header}INSERT INTO t VALUES (1);\n{middle};\nINSERT INTO t SELECT stubborn(2);\nINSERT INTO t VALUES (3);"
            );
            let history = History::new(&[("V1__a.sql", file)]);
            history.run(&database, &["up"]).exits(0).says(&[sqlstate]);
            assert_eq!(database.rows("SELECT n FROM t ORDER BY n"), ["1", "2", "3"]);
            assert_eq!(database.value("SELECT last_value FROM calls"), "3");
        }
    }
}

#[test]
fn an_index_that_lost_a_deadlock_is_built_anew() {
    let database = Database::holding(&stubborn("40P01"));
    database.run("INSERT INTO t VALUES (1)");
    let file = "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (stubborn(n));\nINSERT INTO u VALUES (1);";
    let history = History::new(&[("V1__a.sql", file)]);
    history.run(&database, &["up"]).exits(0);
    assert_eq!(
        database.rows(
            "SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass"
        ),
        ["i|t"]
    );
    assert_eq!(database.value("SELECT count(*) FROM u"), "1");
}

#[test]
fn an_index_that_its_file_lets_wait_for_a_short_time_is_built_in_the_end() {
    let database = Database::holding("CREATE TABLE busy (n int)");
    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: no-transaction\n-- migrator: lock-timeout 300ms\nCREATE INDEX CONCURRENTLY i ON busy (n);",
    )]);
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; INSERT INTO busy VALUES (1)")
        .expect("a table");
    let_it_have(&database, &history, &["up"], other);
    assert_eq!(
        database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"),
        "t"
    );
}

#[test]
fn a_real_deadlock_is_survived() {
    let database = Database::holding("CREATE TABLE a (n int); CREATE TABLE b (n int)");
    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: lock-timeout 30s\nLOCK TABLE a;\nSELECT pg_sleep(1);\nLOCK TABLE b;\nINSERT INTO a VALUES (1);",
    )]);
    let mut other = database.connect();
    other
        .batch_execute("SET deadlock_timeout = '30s'; BEGIN; LOCK TABLE b")
        .expect("a table");
    let run = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    // It waits for us, and we for it: the server ends the run's transaction, whose deadlock_timeout is the shorter.
    other.batch_execute("LOCK TABLE a").expect("a table");
    other.batch_execute("COMMIT").expect("a commit");
    Ran::after(run).exits(0).says(&["40P01"]);
    assert_eq!(database.value("SELECT count(*) FROM a"), "1");
    assert_eq!(database.journal(), ["apply 1"]);
}

#[test]
fn a_procedure_that_may_have_committed_is_not_called_again_by_itself() {
    let database = Database::holding(
        "CREATE TABLE t (n int); CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; RAISE 'no' USING ERRCODE = '40001'; END $$",
    );
    let history = History::new(&[("V1__a.sql", "-- migrator: no-transaction\nCALL p();")]);
    history.run(&database, &["up"]).exits(1).says(&["40001"]);
    assert_eq!(database.value("SELECT count(*) FROM t"), "1");
}

#[test]
fn the_limit_that_a_file_sets_for_itself_holds() {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: no-transaction\nCREATE TABLE seen (which text, found text);\nINSERT INTO seen SELECT 'default', current_setting('lock_timeout');\n\
         VACUUM;\nSET lock_timeout = '77ms';\nINSERT INTO seen SELECT 'set', current_setting('lock_timeout');",
    )]);
    history.up(&database);
    assert_eq!(
        database.rows("SELECT * FROM seen ORDER BY 1"),
        ["default|3s", "set|77ms"]
    );
}
