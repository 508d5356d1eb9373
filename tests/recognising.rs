//! What `up` makes of a database that has no history of ours, and what it leaves alone.

use serde_json::json;

use crate::states::example;
use crate::support::{Database, History, Role, assert_shown};

fn history() -> History {
    History::numbered(3, |at| format!("CREATE TABLE t{at} ();"))
}

/// Nothing of ours is there, and the command that was run has changed nothing.
#[track_caller]
fn is_untouched(database: &Database) {
    assert!(!database.has("refinery_schema_history"));
    assert!(!database.has("migrator_journal"));
    assert!(!database.has("t1"));
}

#[test]
fn an_unknown_database_is_left_alone() {
    let (database, history) = (Database::fresh(), history());
    database.run(
        "CREATE SCHEMA shop; CREATE TABLE shop.orders (id int PRIMARY KEY); CREATE TABLE customers (id serial); \
         CREATE VIEW all_orders AS SELECT * FROM shop.orders; CREATE TYPE mood AS ENUM ('ok'); \
         CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    );
    assert_shown("unknown_up", &history.run(&database, &["up"]).exits(3));
    assert_shown(
        "unknown_status",
        &history.run(&database, &["status"]).exits(0),
    );
    history.run(&database, &["plan"]).exits(3);
    history.run(&database, &["check"]).exits(3);
    is_untouched(&database);
    let document = history.run(&database, &["up", "--json"]).exits(3).json();
    assert_eq!(document["database"]["class"], "unknown");
    assert_eq!(
        document["database"]["objects"][0],
        json!({"kind": "table", "count": 2, "names": ["public.customers", "shop.orders"]})
    );
    is_untouched(&database);
    history
        .run(&database, &["up", "--unknown", "accept"])
        .exits(0);
    assert_eq!(database.applied(), [1, 2, 3]);
    // It is ours now.
    history.run(&database, &["up"]).exits(0);
}

#[test]
fn a_version_is_named_for_a_stamp_only_where_all_of_it_is_there() {
    let example = example();
    let asked = |database: &Database| {
        let up = example.run(database, &["up"]).exits(3).stderr;
        (up, example.run(database, &["identify"]).exits(0).stdout)
    };
    let alike = Database::fresh();
    alike.run("CREATE SCHEMA chat; CREATE TABLE chat.users (id int)");
    let (up, identity) = asked(&alike);
    assert!(up.contains("It resembles most the schema after "), "{up}");
    assert!(up.contains("`migrator stamp VERSION`"), "{up}");
    assert!(!identity.contains("stamp"), "{identity}");
    let unlike = Database::fresh();
    unlike.run("CREATE TABLE orders (id int)");
    let (up, identity) = asked(&unlike);
    assert!(up.contains("It resembles no version of this"), "{up}");
    assert!(up.contains("`migrator stamp VERSION`"), "{up}");
    assert!(identity.contains("resembles none"), "{identity}");
    let json = example.run(&unlike, &["identify", "--json"]).exits(0);
    assert_eq!(json.json()["match"], "none");
    let elsewhere = Database::fresh();
    elsewhere.run("CREATE SCHEMA shop; CREATE TABLE shop.orders (id int)");
    let (up, identity) = asked(&elsewhere);
    assert!(up.contains("It resembles no version of this"), "{up}");
    assert!(!identity.contains("empty"), "{identity}");
}

#[test]
fn a_version_that_the_history_has_already_is_not_named_for_a_stamp() {
    let (database, example) = (Database::fresh(), example());
    example.up(&database);
    let identity = || example.run(&database, &["identify"]).exits(0).stdout;
    assert!(
        identity().contains("Its history says 20260903070000 as well."),
        "{}",
        identity()
    );
    database.run("DELETE FROM refinery_schema_history WHERE version = 20260903070000");
    assert!(
        identity().contains("`migrator verify` says what differs"),
        "{}",
        identity()
    );
    assert!(!identity().contains("migrator stamp"), "{}", identity());
    // The catalog is open to everybody, the history is not.
    let role = Role::new();
    let url = database.url_of(role.name());
    let call = example.call(&["identify"]).variable("DATABASE_URL", url);
    let ran = call.run().exits(0);
    assert!(
        ran.stdout.starts_with("The schema is the one after "),
        "{ran}"
    );
}

#[test]
fn what_an_administrator_provides_does_not_fill_a_database() {
    for provided in [
        "CREATE SCHEMA app",
        "CREATE EXTENSION pg_trgm",
        "CREATE EXTENSION pg_trgm SCHEMA public; CREATE SCHEMA a; COMMENT ON SCHEMA a IS 'x'; GRANT USAGE ON SCHEMA a TO PUBLIC",
        "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255))",
    ] {
        let (database, history) = (Database::fresh(), history());
        database.run(provided);
        let ran = history.run(&database, &["up"]).exits(0);
        assert!(
            ran.stderr.starts_with("the database is empty\n"),
            "{provided}: {ran}"
        );
    }
}

#[test]
fn every_kind_of_object_fills_a_database() {
    for object in [
        "CREATE TABLE a ()",
        "CREATE UNLOGGED TABLE a ()",
        "CREATE VIEW a AS SELECT 1",
        "CREATE MATERIALIZED VIEW a AS SELECT 1",
        "CREATE SEQUENCE a",
        "CREATE TYPE a AS (b int)",
        "CREATE TYPE a AS ENUM ()",
        "CREATE DOMAIN a AS int",
        "CREATE FUNCTION a() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE PROCEDURE a() LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA b; CREATE TABLE b.a ()",
    ] {
        let (database, history) = (Database::fresh(), history());
        database.run(object);
        history
            .run(&database, &["up"])
            .exits(3)
            .says(&["the database is unknown: 1 ", "--unknown accept"]);
        is_untouched(&database);
    }
}

#[test]
fn what_verify_leaves_out_does_not_fill_a_database_either() {
    let database = Database::fresh();
    database.run(
        "CREATE TABLE audit_1 (); CREATE TABLE audit_2 (); CREATE TABLE kept (); \
         CREATE SCHEMA other; CREATE TABLE other.a ()",
    );
    let history = history();
    let class = || {
        let document = history
            .run(&database, &["status", "--json"])
            .exits(0)
            .json();
        document["database"].clone()
    };
    assert_eq!(class()["objects"][0]["count"], 4);
    let toml = "[proof]\ngate = \"off\"\n[verify]\n";
    for (verify, class_then) in [
        (
            "schemas = [\"other\"]",
            json!({"class": "unknown", "nearest": null,
            "objects": [{"kind": "table", "count": 1, "names": ["other.a"]}]}),
        ),
        ("schemas = [\"else\"]", json!({"class": "empty"})),
        (
            "ignore = [\"public.audit_*\", \"other.*\"]",
            json!({"class": "unknown", "nearest": null,
            "objects": [{"kind": "table", "count": 1, "names": ["public.kept"]}]}),
        ),
        (
            "ignore = [\"public.*\", \"other.a\"]",
            json!({"class": "empty"}),
        ),
    ] {
        history.write("migrator.toml", &format!("{toml}{verify}\n"));
        assert_eq!(class(), class_then, "{verify}");
    }
}

#[test]
fn a_database_that_was_undone_is_still_ours() {
    let (database, history) = (Database::fresh(), history());
    for at in 1..=3 {
        history.write(
            &format!("V{at}__step_{at}.down.sql"),
            &format!("DROP TABLE t{at};"),
        );
    }
    history.up(&database);
    database.run("CREATE TABLE left_behind ()");
    history.run(&database, &["down", "base", "--yes"]).exits(0);
    let ran = history.run(&database, &["up"]).exits(0);
    assert!(
        ran.stderr.starts_with("the database is ours, at base\n"),
        "{ran}"
    );
}

#[test]
fn a_failure_alone_does_not_make_a_database_ours() {
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "SELECT 1/0;")]);
    history.run(&database, &["up"]).exits(1);
    database.run("CREATE TABLE of_somebody ()");
    history.run(&database, &["up"]).exits(3);
}

#[test]
fn another_tools_history_is_left_alone() {
    let (database, history) = (Database::fresh(), history());
    database.run(
        "CREATE TABLE users (); CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); \
         INSERT INTO alembic_version VALUES ('1975ea83b712')",
    );
    assert_shown("foreign_up", &history.run(&database, &["up"]).exits(3));
    history.run(&database, &["check"]).exits(3);
    is_untouched(&database);
    let document = history
        .run(&database, &["status", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        document["database"],
        json!({"class": "foreign",
               "histories": [{"tool": "alembic", "schema": "public", "table": "alembic_version"}]})
    );
    history
        .run(&database, &["up", "--unknown", "accept"])
        .exits(0);
}

#[test]
fn the_histories_of_two_tools_are_both_named() {
    let (database, history) = (Database::fresh(), history());
    database.run(
        "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); \
         CREATE SCHEMA old; CREATE TABLE old.schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL)",
    );
    history.run(&database, &["up"]).exits(3).says(&[
        "old.schema_migrations",
        "public.alembic_version",
        "--from alembic",
        "--from golang-migrate",
    ]);
    is_untouched(&database);
}

#[test]
fn a_history_of_ours_in_another_schema_is_named() {
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE SCHEMA ops");
    history
        .run(&database, &["up", "--history-schema", "ops"])
        .exits(0);
    history
        .run(&database, &["up"])
        .exits(3)
        .says(&["ops.refinery_schema_history", "--history-schema ops"]);
    history
        .run(&database, &["up", "--history-schema", "ops"])
        .exits(0);
}

#[test]
fn a_role_that_may_only_read_is_told_the_same() {
    let role = Role::new();
    let (database, history) = (Database::fresh(), history());
    database.run("CREATE SCHEMA hidden; CREATE TABLE hidden.orders ()");
    let run = |arguments: &[&str]| {
        history
            .call(arguments)
            .variable("DATABASE_URL", database.url_of(role.name()))
            .run()
    };
    run(&["check"]).exits(3).says(&["hidden.orders"]);
    run(&["plan"]).exits(3);
    let status = run(&["status"]).exits(0);
    assert!(
        status
            .stdout
            .ends_with("The database is unknown: 1 table.\n"),
        "{status}"
    );
}
