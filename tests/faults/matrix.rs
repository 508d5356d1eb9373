//! One named test for each point at which a run can be struck: what is true right after, and after the next run.
//!
//! Servers that stop or refuse are `restarts` and `shortage`; poolers are `pooled`.

use std::time::Duration;

use crate::relay::{Fault, Moment, Relay, Side, WAYS, Way};
use crate::state::unsound;
use crate::support::{Database, History, Ran};

/// Runs `up` over a connection that must break as ordered.
fn broken(history: &History, database: &Database, fault: Fault) -> Ran {
    let relay = Relay::before(database, Some(fault));
    let call = history.call(&["up"]);
    let ran = call.variable("DATABASE_URL", relay.url(database)).run();
    assert!(relay.is_broken(), "the moment never came: {fault:?}\n{ran}");
    assert_eq!(ran.code, 6, "{ran}");
    ran
}

fn fault(side: Side, moment: Moment, way: Way) -> Fault {
    Fault { side, moment, way }
}

/// The next run, directly: it succeeds, and nothing is left over.
fn next(history: &History, database: &Database) -> Ran {
    let ran = history
        .run(database, &["up", "--lock-wait", "30s"])
        .exits(0);
    let wrong = unsound(database);
    assert!(wrong.is_none(), "{wrong:?}\n{ran}");
    ran
}

fn plain() -> History {
    History::new(&[
        ("V1__a.sql", "CREATE TABLE a (id int);"),
        (
            "V2__b.sql",
            "CREATE TABLE b (id int);\nINSERT INTO b VALUES (1);",
        ),
    ])
}

/// Its second migration stays in its body until somebody sets `gate.seconds` to 0.
fn gated() -> History {
    History::new(&[
        ("V1__gate.sql", "CREATE TABLE gate AS SELECT 60 AS seconds;"),
        (
            "V2__slow.sql",
            "CREATE TABLE slow ();\nSELECT pg_sleep(seconds) FROM gate;\nCREATE TABLE done ();",
        ),
    ])
}

#[test]
fn after_the_lock_and_before_begin() {
    for (moment, way) in [
        (Moment::AfterText("pg_try_advisory_lock"), Way::Cut),
        (Moment::AfterText("pg_try_advisory_lock"), Way::Reset),
        (Moment::InsteadOf("CREATE TABLE a (id int)"), Way::Cut),
    ] {
        let (database, history) = (Database::fresh(), plain());
        broken(&history, &database, fault(Side::Runner, moment, way));
        assert!(!database.has("a"));
        next(&history, &database);
        assert_eq!(database.journal(), ["apply 1", "apply 2"]);
    }
}

#[test]
fn in_the_middle_of_a_body() {
    let (database, history) = (Database::fresh(), gated());
    let mut running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    running.kill().expect("a child of ours");
    running.wait().expect("a child of ours");
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("slow"));
    database.run("UPDATE gate SET seconds = 0");
    next(&history, &database);
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
}

#[test]
fn after_a_body_and_before_its_record() {
    // A script with data is sent before its record is.
    let text = "CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\n2\n\\.\n";
    for way in [Way::Cut, Way::Reset] {
        let (database, history) = (Database::fresh(), History::new(&[("V1__a.sql", text)]));
        let moment = Moment::InsteadOf("WITH recorded AS (INSERT INTO");
        broken(&history, &database, fault(Side::Runner, moment, way));
        assert!(!database.has("a"));
        assert!(database.applied().is_empty());
        next(&history, &database);
        assert_eq!(database.value("SELECT count(*) FROM a"), "2");
    }
}

/// A file that is too large for one message is sent in pieces, and breaks between two of them.
#[test]
fn in_the_middle_of_a_large_file() {
    let line = |at: usize| {
        if at == 2_000 {
            "here"
        } else {
            "a line of some length"
        }
    };
    let data: Vec<String> = (0..4_000)
        .map(|at| format!("{at}\t{}\n", line(at)))
        .collect();
    let inserts: Vec<String> = (0..4_000)
        .map(|at| format!("INSERT INTO a VALUES ({at}, '{}');\n", line(at)))
        .collect();
    let table = "CREATE TABLE a (id int, what text);\n";
    for text in [
        format!("{table}COPY a FROM stdin;\n{}\\.\n", data.concat()),
        format!("{table}{}", inserts.concat()),
    ] {
        for way in WAYS {
            let (database, history) = (Database::fresh(), History::new(&[("V1__a.sql", &text)]));
            broken(
                &history,
                &database,
                fault(Side::Runner, Moment::AfterText("here"), way),
            );
            assert!(!database.has("a"));
            assert!(database.applied().is_empty());
            next(&history, &database);
            assert_eq!(database.value("SELECT count(*) FROM a"), "4000");
        }
    }
}

#[test]
fn after_commit_was_sent_and_before_its_reply() {
    let (database, history) = (Database::fresh(), plain());
    // The message holds both migrations up to their commits; no reply gets through.
    let moment = Moment::AfterText("CREATE TABLE a (id int)");
    broken(&history, &database, fault(Side::Runner, moment, Way::Stall));
    database.until("SELECT FROM refinery_schema_history WHERE version = 2");
    assert!(database.has("a") && database.has("b"));
    let ran = next(&history, &database);
    assert!(ran.stdout.starts_with("nothing to do; at 2"), "{ran}");
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
    assert_eq!(database.value("SELECT count(*) FROM b"), "1");
}

#[test]
fn the_session_is_terminated() {
    let (database, history) = (Database::fresh(), gated());
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'");
    let ran = Ran::after(running);
    assert_eq!(ran.code, 6, "{ran}");
    assert!(ran.stderr.contains("57P01"), "{ran}");
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("slow"));
    database.run("UPDATE gate SET seconds = 0");
    next(&history, &database);
}

/// A table, and an index to build on it beside its users.
fn outside() -> History {
    History::new(&[
        (
            "V1__t.sql",
            "CREATE TABLE t (id int);\nINSERT INTO t SELECT generate_series(1, 100);",
        ),
        (
            "V2__outside.sql",
            "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY t_id ON t (id);\nINSERT INTO t VALUES (0);\n\
             DROP INDEX CONCURRENTLY t_id;\nCREATE INDEX CONCURRENTLY t_id2 ON t (id);",
        ),
    ])
}

fn assert_outside_is_done(database: &Database) {
    assert_eq!(database.value("SELECT count(*) FROM t"), "101");
    assert!(!database.has("t_id"));
    assert_eq!(
        database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id2'::regclass"),
        "t"
    );
    let journal = database.journal();
    assert!(
        journal
            .iter()
            .filter(|entry| !entry.starts_with("fail "))
            .eq(["apply 1", "apply 2"]),
        "{journal:?}"
    );
}

#[test]
fn after_a_statement_outside_a_transaction_and_before_it_is_noted_as_done() {
    for (done, number) in [("CREATE INDEX\0", 1), ("DROP INDEX\0", 3)] {
        for way in [Way::Cut, Way::Reset, Way::Stall] {
            let (database, history) = (Database::fresh(), outside());
            history.run(&database, &["up", "1"]).exits(0);
            broken(
                &history,
                &database,
                fault(Side::Server, Moment::InsteadOf(done), way),
            );
            let states = format!("SELECT state FROM migrator_step WHERE step = {number}");
            assert_eq!(database.value(&states), "started");
            let oid = "SELECT to_regclass('t_id')::oid";
            let before = database.value(oid);
            next(&history, &database);
            assert_eq!(before == "-", number == 3, "the statement had taken effect");
            assert_outside_is_done(&database);
        }
    }
}

#[test]
fn an_index_that_was_built_is_not_built_again() {
    let files = [
        ("V1__t.sql", "CREATE TABLE t (id int);"),
        (
            "V2__i.sql",
            "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY t_id ON t (id);",
        ),
    ];
    let (database, history) = (Database::fresh(), History::new(&files));
    history.run(&database, &["up", "1"]).exits(0);
    let moment = Moment::InsteadOf("CREATE INDEX\0");
    broken(&history, &database, fault(Side::Server, moment, Way::Cut));
    let oid = "SELECT 't_id'::regclass::oid";
    let built = database.value(oid);
    next(&history, &database);
    assert_eq!(database.value(oid), built);
}

/// Strikes a runner that builds an index and waits for somebody's transaction, so that an invalid index stays behind.
/// Returns the runner's exit code, where it had one.
fn during_an_index(strike: impl FnOnce(&Database, &mut std::process::Child)) -> Option<i32> {
    let (database, history) = (Database::fresh(), outside());
    history.run(&database, &["up", "1"]).exits(0);
    let mut other = database.connect();
    other
        .batch_execute("BEGIN; INSERT INTO t VALUES (-1)")
        .expect("an open transaction");
    let mut running = history.call(&["up"]).on(&database).start();
    let builds = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX%'";
    database.until(builds);
    strike(&database, &mut running);
    let code = running.wait().expect("a child of ours").code();
    let still = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' AND state = 'active' AND pid <> pg_backend_pid())";
    database.until(still);
    other
        .batch_execute("ROLLBACK")
        .expect("an open transaction");
    assert_eq!(
        database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 't_id'::regclass"),
        "f"
    );
    next(&history, &database);
    assert_outside_is_done(&database);
    code
}

#[test]
fn killed_during_create_index_concurrently() {
    let code = during_an_index(|_, running| running.kill().expect("a child of ours"));
    assert_eq!(code, None);
}

#[test]
fn terminated_during_create_index_concurrently() {
    let code = during_an_index(|database, _| {
        database.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' AND pid <> pg_backend_pid()");
    });
    assert_eq!(code, Some(6));
}

#[test]
fn during_a_write_of_the_journal_of_steps() {
    for (moment, way) in [
        (Moment::InsteadOf("AS step (run, "), Way::Cut),
        (Moment::AfterText("AS step (run, "), Way::Cut),
        (Moment::AfterText("AS step (run, "), Way::Reset),
        (Moment::AfterText("AS step (run, "), Way::Stall),
    ] {
        let (database, history) = (Database::fresh(), outside());
        broken(&history, &database, fault(Side::Runner, moment, way));
        assert!(!database.has("t_id"), "noted, and not begun");
        next(&history, &database);
        assert_outside_is_done(&database);
    }
}

#[test]
fn the_signal_to_terminate_cancels_and_rolls_back() {
    let (database, history) = (Database::fresh(), gated());
    let running = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    terminate(&running);
    let ran = Ran::after(running);
    assert_eq!(ran.code, 8, "{ran}");
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("slow"));
    let wrong = unsound(&database);
    assert!(wrong.is_none(), "{wrong:?}\n{ran}");
    database.run("UPDATE gate SET seconds = 0");
    next(&history, &database);
}

#[test]
fn the_signal_to_terminate_during_create_index_concurrently() {
    assert_eq!(during_an_index(|_, running| terminate(running)), Some(8));
}

fn terminate(running: &std::process::Child) {
    let pid = rustix::process::Pid::from_child(running);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a child of ours");
}

#[test]
fn all_create_the_history_tables_at_once() {
    let history = plain();
    for _ in 0..crate::chance::Extent::asked().of(5, 50) {
        let database = Database::fresh();
        let started: Vec<_> = (0..6)
            .map(|_| history.call(&["up"]).on(&database).start())
            .collect();
        for running in started {
            let ran = Ran::after(running);
            assert_eq!(ran.code, 0, "{ran}");
        }
        assert_eq!(database.journal(), ["apply 1", "apply 2"]);
        let wrong = unsound(&database);
        assert!(wrong.is_none(), "{wrong:?}");
    }
}

/// Somebody else creates the tables in a transaction that is still open: the run waits for its end, or ends cleanly.
#[test]
fn somebody_else_is_creating_the_history_tables() {
    let (template, database, history) = (Database::fresh(), Database::fresh(), plain());
    history.run(&template, &["up"]).exits(0);
    let mut other = database.connect();
    other
        .batch_execute(
            "BEGIN; CREATE TABLE refinery_schema_history (version int8 PRIMARY KEY, name varchar(255), \
             applied_on varchar(255), checksum varchar(255))",
        )
        .expect("an open transaction");
    let running = history
        .call(&["up", "--lock-timeout", "10s"])
        .on(&database)
        .start();
    std::thread::sleep(Duration::from_millis(500));
    other.batch_execute("COMMIT").expect("an open transaction");
    drop(other);
    let ran = Ran::after(running);
    assert!(matches!(ran.code, 0..=2), "{ran}");
    next(&history, &database);
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
}
