//! A run that died while it built, dropped or rebuilt an index: the next one finds out, and goes on.

use crate::support::{Database, Dead, History};

const TABLE: &str = "CREATE TABLE t (id int, name text);\nINSERT INTO t VALUES (1, 'a'), (2, 'b');";
const UNIQUE: &str = "CREATE UNIQUE INDEX CONCURRENTLY i ON t (id)";
const INVALID: &str =
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text LIKE '%made%'";

fn oid(database: &Database, index: &str) -> String {
    database.value(&format!("SELECT '{index}'::regclass::oid"))
}

fn is_valid(database: &Database, index: &str) -> bool {
    let sql = format!("SELECT indisvalid FROM pg_index WHERE indexrelid = '{index}'::regclass");
    database.value(&sql) == "t"
}

#[test]
fn an_index_that_is_absent_is_built() {
    let dead = Dead::at(TABLE, &[], UNIQUE);
    dead.goes_on();
    assert!(is_valid(&dead.database, "i"));
}

#[test]
fn an_index_that_is_there_is_not_built_again() {
    let dead = Dead::at(TABLE, &[], UNIQUE).with(UNIQUE);
    let before = oid(&dead.database, "i");
    dead.goes_on();
    assert_eq!(oid(&dead.database, "i"), before);
}

#[test]
fn an_index_that_is_invalid_is_built_anew() {
    let dead = Dead::at(TABLE, &[], UNIQUE).with("INSERT INTO t VALUES (1, 'again')");
    dead.database
        .connect()
        .batch_execute(UNIQUE)
        .expect_err("a duplicate");
    assert!(!is_valid(&dead.database, "i"));
    let ran = dead.history.run(&dead.database, &["up"]).exits(1);
    ran.says(&["23505"]);
    let dead = dead.with("DELETE FROM t WHERE name = 'again'");
    dead.goes_on();
    assert!(is_valid(&dead.database, "i"));
}

#[test]
fn every_spelling_of_an_index_is_judged() {
    let setup = "CREATE SCHEMA s; CREATE TABLE s.t (id int, name text); CREATE TABLE s.\"a t.b\" (\"an id\" int);";
    let path: &[&str] = &["SET search_path = s"];
    let spelled: [(&[&str], &str); 12] = [
        (&[], "CREATE INDEX CONCURRENTLY made ON s.t (id)"),
        (
            &[],
            "CREATE UNIQUE INDEX CONCURRENTLY made ON s.t (id, lower(name) DESC)",
        ),
        (
            &[],
            "create index concurrently Made on S . T (id) WHERE name IS NOT NULL AND id > 3",
        ),
        (
            &[],
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS made ON s.t USING hash (name)",
        ),
        (
            &[],
            "CREATE INDEX CONCURRENTLY \"is made. USING x\" ON s.\"a t.b\" (\"an id\")",
        ),
        (
            &[],
            "CREATE INDEX CONCURRENTLY \"made ON s.t\" ON s.t (id) INCLUDE (name) WHERE id > 0 /* why */ AND id < 9",
        ),
        (path, "CREATE INDEX CONCURRENTLY made ON t ((t.id + 1))"),
        (
            path,
            "CREATE INDEX CONCURRENTLY \"made.unique\" ON \"a t.b\" (\"an id\") WITH (fillfactor = 70)",
        ),
        (
            path,
            "CREATE /* not */ INDEX CONCURRENTLY made ON t (lower(t.name) text_pattern_ops) WHERE t.id > 1",
        ),
        (
            &["SELECT pg_catalog.set_config('search_path', 's', false)"],
            "CREATE INDEX CONCURRENTLY made ON t (id)",
        ),
        (
            &[
                "SET standard_conforming_strings = on",
                "RESET search_path",
                "SET search_path TO s, public",
            ],
            "CREATE INDEX CONCURRENTLY made ON t (name COLLATE \"C\")",
        ),
        (path, "CREATE INDEX CONCURRENTLY made ON ONLY t (id)"),
    ];
    for (session, statement) in spelled {
        Dead::at(setup, session, statement).goes_on();
        let built = |dead: &Dead| {
            let mut client = dead.database.connect();
            client
                .batch_execute("SET search_path = s, public")
                .expect("a schema");
            client.batch_execute(statement).expect(statement);
        };
        let indexes = "SELECT oid FROM pg_class WHERE relname ILIKE '%made%'";
        let there = Dead::at(setup, session, statement);
        built(&there);
        let before = there.database.value(indexes);
        there.goes_on();
        assert_eq!(there.database.value(indexes), before, "{statement}");
        let invalid = Dead::at(setup, session, statement);
        built(&invalid);
        let invalid = invalid.with(INVALID);
        invalid.goes_on();
        let valid =
            "SELECT indisvalid FROM pg_index WHERE indexrelid::regclass::text ILIKE '%made%'";
        assert_eq!(invalid.database.value(valid), "t", "{statement}");
    }
}

#[test]
fn another_index_of_that_name_is_left_to_a_person() {
    for other in [
        "CREATE INDEX i ON t (id)",
        "CREATE UNIQUE INDEX i ON t (name)",
        "CREATE TABLE i ()",
        "CREATE TABLE u (id int); CREATE UNIQUE INDEX i ON u (id)",
    ] {
        let dead = Dead::at(TABLE, &[], UNIQUE).with(other);
        dead.is_in_doubt().says(&["resolve 2 --step 1 --done"]);
        let resolve = ["resolve", "2", "--step", "1", "--done"];
        dead.history.run(&dead.database, &resolve).exits(0);
        dead.goes_on();
    }
}

#[test]
fn an_index_that_somebody_built_after_the_failure_is_taken() {
    let database = Database::fresh();
    let history = History::new(&[(
        "V1__a.sql",
        "-- migrator: no-transaction\n-- migrator: statement-timeout 100ms\nCREATE TABLE t (id int);\n\
         INSERT INTO t VALUES (1), (2);\nCREATE FUNCTION slow(int) RETURNS int LANGUAGE sql IMMUTABLE AS \
         'SELECT $1 FROM pg_sleep(0.1)';\nCREATE INDEX CONCURRENTLY i ON t (slow(id));\n",
    )]);
    history.run(&database, &["up"]).exits(1).says(&["57014"]);
    assert!(!is_valid(&database, "i"));
    database.run("DROP INDEX i");
    database.run("CREATE INDEX i ON t (slow(id))");
    history.up(&database);
}

#[test]
fn an_index_that_is_left_invalid_is_a_failure_and_healed_by_the_next_run() {
    let dead = Dead::at(
        TABLE,
        &[],
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS made ON t (id)",
    )
    .with("DELETE FROM migrator_step")
    .with("CREATE INDEX made ON t (id)")
    .with(INVALID);
    let ran = dead.history.run(&dead.database, &["up"]).exits(1);
    ran.says(&["left index public.made invalid", "Run it again"]);
    assert_eq!(dead.database.applied(), [1]);
    assert_eq!(dead.database.journal(), ["apply 1", "fail 2"]);
    dead.goes_on();
    assert!(is_valid(&dead.database, "made"));
}

#[test]
fn an_index_is_dropped_or_gone() {
    let setup =
        "CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE INDEX \"the index\" ON s.t (id);";
    for drop in [
        "DROP INDEX CONCURRENTLY s.\"the index\"",
        "DROP INDEX CONCURRENTLY IF EXISTS s.\"the index\"",
    ] {
        let there = Dead::at(setup, &[], drop);
        there.goes_on();
        assert!(!there.database.has("s.\"the index\""));
        Dead::at(setup, &[], drop)
            .with("DROP INDEX s.\"the index\"")
            .goes_on();
        let half = Dead::at(setup, &[], drop).with("UPDATE pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 's.\"the index\"'::regclass");
        half.goes_on();
        assert!(!half.database.has("s.\"the index\""));
    }
}

#[test]
fn what_a_reindex_left_is_removed() {
    let setup =
        "CREATE SCHEMA s; CREATE TABLE s.t (id int, name text); CREATE INDEX i ON s.t (id);";
    for reindex in [
        "REINDEX TABLE CONCURRENTLY s.t",
        "REINDEX INDEX CONCURRENTLY s.i",
        "REINDEX (VERBOSE, CONCURRENTLY) SCHEMA s",
        "REINDEX SCHEMA CONCURRENTLY s",
    ] {
        let dead = Dead::at(setup, &[], reindex);
        leave_copies(&dead.database, reindex);
        assert_ne!(copies(&dead.database), [""; 0], "{reindex}");
        dead.goes_on();
        assert_eq!(copies(&dead.database), [""; 0], "{reindex}");
        assert!(is_valid(&dead.database, "s.i"));
    }
}

/// Cancels a REINDEX while it waits for the transaction of somebody else.
fn leave_copies(database: &Database, reindex: &str) {
    let mut writer = database.connect();
    writer
        .batch_execute("BEGIN; INSERT INTO s.t VALUES (1)")
        .expect("a table");
    let mut client = database.connect();
    client
        .batch_execute("SET statement_timeout = '500ms'")
        .expect("a setting");
    client.batch_execute(reindex).expect_err("a timeout");
}

fn copies(database: &Database) -> Vec<String> {
    database.rows("SELECT relname FROM pg_class WHERE relname ~ '_cc(new|old)'")
}
