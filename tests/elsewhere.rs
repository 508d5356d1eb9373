//! A history in a schema that nobody named this time: it is pointed to, and no second one is begun by mistake.

use crate::support::{Database, History};

fn migrated() -> (Database, History) {
    let database = Database::fresh();
    database.run("CREATE SCHEMA ops");
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    history
        .run(&database, &["up", "--history-schema", "ops"])
        .exits(0);
    (database, history)
}

#[test]
fn who_reads_is_told_of_it() {
    let (database, history) = migrated();
    for command in ["current", "history", "status", "unlock"] {
        history.run(&database, &[command]).exits(0).says(&[
            "warning: there is no history in schema \"public\", but in \"ops\": `--history-schema` names the one that is meant",
        ]);
        let named = history
            .run(&database, &[command, "--history-schema", "ops"])
            .exits(0);
        assert!(!named.stderr.contains("history-schema"), "{named}");
    }
    let events = history
        .run(&database, &["current", "--log-format", "json"])
        .exits(0);
    events.says(&["\"event\":\"elsewhere\"", "\"schemas\":[\"ops\"]"]);
}

#[test]
fn who_stamps_or_undoes_has_to_name_one() {
    let (database, history) = migrated();
    for arguments in [
        &["stamp", "head"][..],
        &["down", "base", "--yes"],
        &["redo"],
    ] {
        history.run(&database, arguments).exits(2).says(&[
            "there is no history in schema \"public\", but in \"ops\"",
            "`--history-schema ops`, or `--history-schema public` for a new one",
        ]);
    }
    assert!(!database.has("public.refinery_schema_history"));
    history
        .run(&database, &["stamp", "head", "--history-schema", "public"])
        .exits(0);
    assert!(database.has("public.refinery_schema_history"));
    // Now there are two, and the first of the search path is meant.
    let current = history.run(&database, &["current"]).exits(0);
    assert_eq!(
        (current.stdout.as_str(), current.stderr.as_str()),
        ("1\n", "")
    );
}

#[test]
fn the_way_to_the_lock_names_it() {
    let (database, history) = migrated();
    history.write("V2__b.sql", "SELECT pg_sleep(60);");
    let ops = ["up", "--history-schema", "ops"];
    let mut holder = history.call(&ops).on(&database).start();
    database.until_it_sleeps();
    history
        .call(&ops)
        .argument("--lock-wait=0")
        .on(&database)
        .run()
        .exits(5)
        .says(&["`migrator --history-schema ops unlock`"]);
    holder.kill().expect("a child of ours");
    holder.wait().expect("a child of ours");
}
