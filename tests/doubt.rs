//! A run that died at what is no index: partitions, databases, tablespaces, subscriptions, and what only a person
//! can judge.

use crate::support::{Database, Dead, History, assert_shown};

const PARTITIONS: &str = "CREATE TABLE p (id int) PARTITION BY RANGE (id); \
                          CREATE TABLE \"the part\" PARTITION OF p FOR VALUES FROM (1) TO (9);";
const DETACH: &str = "ALTER TABLE p DETACH PARTITION \"the part\" CONCURRENTLY";

fn partitions(database: &Database) -> String {
    database.value("SELECT count(*) FROM pg_inherits")
}

#[test]
fn a_partition_is_detached_from_wherever_it_is() {
    let attached = Dead::at(PARTITIONS, &[], DETACH);
    attached.goes_on();
    assert_eq!(partitions(&attached.database), "0");
    let detached =
        Dead::at(PARTITIONS, &[], DETACH).with("ALTER TABLE p DETACH PARTITION \"the part\"");
    detached.goes_on();
    let pending = Dead::at(PARTITIONS, &[], DETACH);
    let mut reader = pending.database.connect();
    reader
        .batch_execute("BEGIN; SELECT * FROM p")
        .expect("a table");
    let mut client = pending.database.connect();
    client
        .batch_execute("SET statement_timeout = '500ms'")
        .expect("a setting");
    client.batch_execute(DETACH).expect_err("a timeout");
    drop(reader);
    assert_eq!(
        pending
            .database
            .value("SELECT inhdetachpending FROM pg_inherits"),
        "t"
    );
    pending.goes_on();
    assert_eq!(partitions(&pending.database), "0");
    let gone = Dead::at(PARTITIONS, &[], DETACH).with("DROP TABLE \"the part\"");
    gone.history
        .run(&gone.database, &["up"])
        .exits(1)
        .says(&["42P01"]);
}

#[test]
fn what_may_run_twice_is_run_again() {
    for statement in [
        "VACUUM (ANALYZE) ran",
        "ALTER SYSTEM RESET vacuum_cost_page_hit",
        "CLUSTER",
        "REINDEX SCHEMA public",
    ] {
        Dead::at("SELECT 1;", &[], statement).goes_on();
    }
}

#[test]
fn a_database_is_looked_for() {
    let database = Database::fresh();
    let name = format!("{} .x", database.name());
    let exists = || {
        database.value(&format!(
            "SELECT count(*) FROM pg_database WHERE datname = '{name}'"
        ))
    };
    let create = format!("CREATE DATABASE \"{name}\"");
    let drop = format!("DROP DATABASE \"{name}\"");
    Dead::at("SELECT 1;", &[], &create).goes_on();
    assert_eq!(exists(), "1");
    Dead::at("SELECT 1;", &[], &create).goes_on();
    Dead::at("SELECT 1;", &[], &drop).goes_on();
    assert_eq!(exists(), "0");
    Dead::at("SELECT 1;", &[], &drop).goes_on();
}

#[test]
fn a_tablespace_is_looked_for() {
    let database = Database::fresh();
    let name = format!("{}.x", database.name());
    let session: &[&str] = &["SET allow_in_place_tablespaces = on"];
    let exists = || {
        database.value(&format!(
            "SELECT count(*) FROM pg_tablespace WHERE spcname = '{name}'"
        ))
    };
    let create = format!("CREATE TABLESPACE \"{name}\" LOCATION ''");
    let drop = format!("DROP TABLESPACE \"{name}\"");
    Dead::at("SELECT 1;", session, &create).goes_on();
    assert_eq!(exists(), "1");
    Dead::at("SELECT 1;", session, &create).goes_on();
    Dead::at("SELECT 1;", &[], &drop).goes_on();
    assert_eq!(exists(), "0");
    Dead::at("SELECT 1;", &[], &drop).goes_on();
}

#[test]
fn a_subscription_is_looked_for() {
    let made = "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=1 dbname=x' PUBLICATION p";
    let without_network = format!("{made} WITH (connect = false, slot_name = NONE)");
    let create = Dead::at("SELECT 1;", &[], made);
    create
        .history
        .run(&create.database, &["up"])
        .exits(1)
        .says(&["connect"]);
    let create = Dead::at("SELECT 1;", &[], made).with(&without_network);
    create.goes_on();
    let create = create.with("DROP SUBSCRIPTION s");
    // A subscription of another database is none of ours.
    let elsewhere = Dead::at("SELECT 1;", &[], "DROP SUBSCRIPTION s").with(&without_network);
    Dead::at("SELECT 1;", &[], "DROP SUBSCRIPTION s").goes_on();
    elsewhere.goes_on();
    assert_eq!(elsewhere.database.value("SELECT count(*) FROM pg_subscription WHERE subname = 's' AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"), "0");
    drop(create);
}

#[test]
fn what_only_a_person_can_judge_waits_for_one() {
    let work = "CREATE TABLE work (n int);";
    let block = "DO $$ BEGIN INSERT INTO work VALUES (1); END $$";
    let dead = Dead::at(work, &[], block);
    assert_shown("in_doubt", &dead.is_in_doubt());
    let resolve = |said| {
        dead.history
            .run(&dead.database, &["resolve", "2", "--step", "1", said])
    };
    resolve("--done").exits(0);
    dead.goes_on();
    assert_eq!(dead.database.value("SELECT count(*) FROM work"), "0");
    let dead = Dead::at(work, &[], block);
    dead.is_in_doubt();
    dead.history
        .run(&dead.database, &["resolve", "2", "--step", "1", "--retry"])
        .exits(0);
    dead.goes_on();
    assert_eq!(dead.database.value("SELECT count(*) FROM work"), "1");
    assert_eq!(dead.database.journal(), ["apply 1", "resolve 2", "apply 2"]);
}

#[test]
fn an_index_without_a_name_waits_for_a_person() {
    let setup = "CREATE TABLE t (id int);";
    Dead::at(setup, &[], "CREATE INDEX CONCURRENTLY ON t (id)").is_in_doubt();
}

#[test]
fn a_value_of_an_enum_is_added_once() {
    let database = Database::fresh();
    let file = |last: &str| {
        format!(
            "-- migrator: no-transaction\nCREATE TYPE mood AS ENUM ('sad');\nALTER TYPE mood ADD VALUE 'glad';\nCREATE TABLE t AS SELECT 'glad'::mood AS m;\n{last};\n"
        )
    };
    let history = History::new(&[("V1__a.sql", file("SELECT 1/0"))]);
    history.run(&database, &["up"]).exits(1);
    history.write("V1__a.sql", &file("SELECT 1"));
    history.up(&database);
    assert_eq!(database.value("SELECT m FROM t"), "glad");
}
