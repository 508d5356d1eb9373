//! The runner is killed, or its session is ended, at moments of chance.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, SimpleQueryMessage};

use crate::chance::{Chance, Extent};
use crate::course::{Course, Phase, ended_as_it_may};
use crate::support::{Database, History, Ran};
use crate::trials::try_each;

/// The server looks once a second whether its client is still there.
const FREED: Duration = Duration::from_secs(5);

/// A phase by its number, and how long after the runner has connected.
type Strike = (usize, Duration);

fn strikes(test: &str, course: &Course, count: usize) -> Vec<Strike> {
    let mut chance = Chance::seeded(test);
    (0..count)
        .map(|_| {
            let phase = chance.below(course.phases.len());
            (phase, chance.within(course.phases[phase].connected))
        })
        .collect()
}

fn phase(course: &Course, strike: Strike) -> &Phase {
    &course.phases[strike.0]
}

#[test]
fn a_runner_killed_at_any_moment_is_survived() {
    let course = Course::new();
    let count = Extent::asked().of(12, 340);
    let struck = AtomicUsize::new(0);
    let cases = strikes("kill -9", &course, count);
    try_each("kill -9", 2, &cases, |&strike| {
        let phase = phase(&course, strike);
        let database = phase.database();
        let mut watch = Watch::over(&database);
        let mut running = course.call(phase).on(&database).start();
        watch.connected();
        sleep(strike.1);
        if matches!(running.try_wait(), Ok(None)) {
            struck.fetch_add(1, Ordering::Relaxed);
        }
        let _ = running.kill();
        let _ = running.wait();
        course.recovers(phase, &database, &format!("killed during {}", phase.name));
    });
    enough("kill -9", struck.into_inner());
}

#[test]
fn a_session_ended_at_any_moment_is_survived() {
    let course = Course::new();
    let count = Extent::asked().of(12, 340);
    let struck = AtomicUsize::new(0);
    let cases = strikes("pg_terminate_backend", &course, count);
    try_each("pg_terminate_backend", 2, &cases, |&strike| {
        let phase = phase(&course, strike);
        let database = phase.database();
        let mut watch = Watch::over(&database);
        let running = course.call(phase).on(&database).start();
        watch.connected();
        sleep(strike.1);
        let ended = watch.end();
        struck.fetch_add(ended.min(1), Ordering::Relaxed);
        let ran = Ran::after(running);
        let story = format!(
            "{ended} sessions ended during {}; the run: {ran}",
            phase.name
        );
        assert!(ended_as_it_may(&ran), "{story}");
        course.recovers(phase, &database, &story);
    });
    enough("pg_terminate_backend", struck.into_inner());
}

/// Looks at the runners of a database from outside of it.
pub(crate) struct Watch {
    client: Client,
    database: String,
}

impl Watch {
    pub(crate) fn over(database: &Database) -> Self {
        let (host, port) = database.place();
        let url = format!("postgres://postgres@{host}:{port}/postgres");
        Self {
            client: Client::connect(&url, NoTls).expect("the server"),
            database: database.name().to_owned(),
        }
    }

    fn count(&mut self, what: &str) -> usize {
        let query = format!(
            "SELECT {what} FROM pg_stat_activity \
             WHERE datname = '{}' AND application_name LIKE 'migrator%'",
            self.database
        );
        let answers = self.client.simple_query(&query).expect("a superuser");
        let is_row = |answer: &&SimpleQueryMessage| matches!(answer, SimpleQueryMessage::Row(_));
        answers.iter().filter(is_row).count()
    }

    /// Waits until a runner is connected.
    pub(crate) fn connected(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.count("1") == 0 {
            assert!(Instant::now() < deadline, "no runner connects");
            sleep(Duration::from_millis(1));
        }
    }

    /// Ends the sessions of all runners, and tells how many there were.
    fn end(&mut self) -> usize {
        self.count("pg_terminate_backend(pid)")
    }
}

/// Not every strike comes before the runner has ended; enough of them must.
fn enough(what: &str, struck: usize) {
    println!("{what}: {struck} of them while the runner was at work");
    let least = Extent::asked().of(1, 200);
    assert!(struck >= least, "{what}: {struck} is less than {least}");
}

/// The first takes its time; who runs it after the gate is open does not.
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
fn who_waits_for_a_killed_runner_goes_on_within_five_seconds() {
    let (database, history) = (Database::fresh(), gated());
    let version: u32 = database
        .value("SHOW server_version_num")
        .parse()
        .expect("a number");
    let mut holder = history.call(&["up"]).on(&database).start();
    database.until_it_sleeps();
    let waiting = history
        .call(&["up", "--lock-wait", "90s"])
        .on(&database)
        .start();
    let second = "SELECT FROM pg_stat_activity WHERE datname = current_database() \
                  AND application_name LIKE 'migrator%' OFFSET 1";
    database.until(second);
    database.run("UPDATE gate SET seconds = 0");
    holder.kill().expect("a child of ours");
    holder.wait().expect("a child of ours");
    let start = Instant::now();
    let ran = Ran::after(waiting);
    assert_eq!(ran.code, 0, "{ran}");
    let took = start.elapsed();
    println!("who waits for a killed runner goes on after {took:?}");
    // Before 14 a server does not look; it notices at the end of the statement.
    assert!(version < 140_000 || took < FREED, "{took:?}; {ran}");
    assert_eq!(database.applied(), [1, 2]);
    assert_eq!(database.journal(), ["apply 1", "apply 2"]);
}
