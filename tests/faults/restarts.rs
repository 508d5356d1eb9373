//! The server crashes and starts again: in a body, while an index is built, in the data of a `COPY`, at moments of
//! chance. Each test has a server of its own.

use std::thread::sleep;

use migrator_dev::server::{Mode, Server};

use crate::chance::{Chance, Extent};
use crate::course::{Course, ended_as_it_may};
use crate::killed::Watch;
use crate::state::unsound;
use crate::support::{Database, History, Ran, server};

/// How a server crashes: `pg_ctl stop -m immediate`, or the postmaster is killed.
const MODES: [Mode; 2] = [Mode::Immediate, Mode::Kill];

/// Crashes the server while a run is where a query says it is, and runs again after `mended`.
fn crash(
    files: &[(&str, &str)],
    prepare: &str,
    during: &str,
    mended: &str,
) -> Vec<(Server, Database)> {
    let history = History::new(files);
    let mut after = Vec::new();
    for &mode in &MODES[..Extent::asked().of(1, 2)] {
        let mut server = server();
        let database = Database::on(&server.url("postgres"));
        history.run(&database, &["up", "1"]).exits(0);
        database.run(prepare);
        let running = history.call(&["up"]).on(&database).start();
        database.until(during);
        server.restart(mode).expect("a restart");
        let ran = Ran::after(running);
        assert_eq!(ran.code, 6, "{ran}");
        database.run(mended);
        let again = history.run(&database, &["up", "--wait", "30s"]).exits(0);
        let wrong = unsound(&database);
        assert!(wrong.is_none(), "{mode:?}: {wrong:?}\n{ran}\n{again}");
        assert_eq!(
            database.journal(),
            ["apply 1", "apply 2", "apply 3"],
            "{ran}"
        );
        after.push((server, database));
    }
    after
}

const SLEEPING: &str =
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

#[test]
fn the_server_crashes_in_the_middle_of_a_body() {
    let files = [
        ("V1__gate.sql", "CREATE TABLE gate AS SELECT 60 AS seconds;"),
        (
            "V2__slow.sql",
            "CREATE TABLE slow ();\nSELECT pg_sleep(seconds) FROM gate;\nCREATE TABLE done ();",
        ),
        ("V3__last.sql", "CREATE TABLE last ();"),
    ];
    for (_server, database) in crash(&files, "SELECT 1", SLEEPING, "UPDATE gate SET seconds = 0") {
        assert!(database.has("slow") && database.has("done") && database.has("last"));
    }
}

#[test]
fn the_server_crashes_in_the_data_of_a_copy() {
    let slow = "CREATE TABLE gate AS SELECT 60 AS seconds;\nCREATE TABLE t (id int);\n\
         CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF NEW.id = 2 THEN PERFORM pg_sleep(seconds) FROM gate; END IF; RETURN NEW; END $$;\n\
         CREATE TRIGGER slow BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION slow();";
    let files = [
        ("V1__t.sql", slow),
        ("V2__data.sql", "COPY t FROM stdin;\n1\n2\n3\n\\.\n"),
        (
            "V3__last.sql",
            "INSERT INTO t SELECT count(*) * 100 FROM t;",
        ),
    ];
    for (_server, database) in crash(&files, "SELECT 1", SLEEPING, "UPDATE gate SET seconds = 0") {
        assert_eq!(
            database.rows("SELECT id FROM t ORDER BY 1"),
            ["1", "2", "3", "300"]
        );
    }
}

#[test]
fn the_server_crashes_while_an_index_is_built() {
    // A row's expression takes its time, once it has been told to.
    let slow = "CREATE TABLE gate AS SELECT 60 AS seconds;\nCREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n\
         CREATE FUNCTION slow(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_sleep(seconds) FROM public.gate; RETURN id; END $$;";
    let files = [
        ("V1__t.sql", slow),
        (
            "V2__i.sql",
            "-- migrator: no-transaction\nINSERT INTO t VALUES (2);\nCREATE INDEX CONCURRENTLY t_slow ON t (slow(id));",
        ),
        (
            "V3__last.sql",
            "INSERT INTO t SELECT count(*) * 100 FROM t;",
        ),
    ];
    for (_server, database) in crash(&files, "SELECT 1", SLEEPING, "UPDATE gate SET seconds = 0") {
        assert_eq!(
            database.rows("SELECT id FROM t ORDER BY 1"),
            ["1", "2", "200"]
        );
        assert_eq!(
            database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_slow'::regclass"),
            "t"
        );
    }
}

#[test]
fn a_crash_at_any_moment_is_survived() {
    let mut server = server();
    let course = Course::on(|| Database::on(&server.url("postgres")));
    let mut chance = Chance::seeded("crash");
    let count = Extent::asked().of(4, 60);
    for at in 0..count {
        let phase = &course.phases[chance.below(course.phases.len())];
        let delay = chance.within(phase.connected);
        let mode = MODES[at % MODES.len()];
        let database = phase.database();
        // A crash takes a copied sequence back to where it was copied, up to the first checkpoint: PostgreSQL logs 32
        // of its numbers ahead, and the copy does not.
        database.run("CHECKPOINT");
        let mut watch = Watch::over(&database);
        let running = course.call(phase).on(&database).start();
        watch.connected();
        sleep(delay);
        server.restart(mode).expect("a restart");
        let ran = Ran::after(running);
        let story = format!("{mode:?} {delay:?} into {}; the run: {ran}", phase.name);
        assert!(ended_as_it_may(&ran), "{story}");
        course.recovers(phase, &database, &story);
    }
    println!("crash: {count} tried, 0 failed");
}
