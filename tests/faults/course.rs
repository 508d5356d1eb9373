//! A course: a history in which there is something of everything, run up, down and up again. Each of its phases has a
//! database to start from, and a state in which it must end, whatever happens on the way.

use std::time::{Duration, Instant};

use crate::relay::{Relay, Side};
use crate::state::{difference, state, unsound};
use crate::support::{Call, Database, History, Ran};

pub(crate) struct Course {
    pub(crate) history: History,
    pub(crate) phases: Vec<Phase>,
}

/// One command of the course.
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    arguments: &'static [&'static str],
    /// The template of a database that is about to go through it.
    before: Database,
    after: Vec<String>,
    /// How long it takes when nothing happens.
    pub(crate) took: Duration,
    /// How long of it the runner is connected.
    pub(crate) connected: Duration,
    runner_messages: usize,
    server_messages: usize,
}

const PHASES: [(&str, &[&str]); 3] = [
    ("up", &["up", "--lock-wait", "30s"]),
    ("down", &["down", "1", "--yes", "--lock-wait", "30s"]),
    ("up again", &["up", "--lock-wait", "30s"]),
];

impl Course {
    /// Goes through it once, undisturbed, on the test server.
    pub(crate) fn new() -> Self {
        Self::on(Database::fresh)
    }

    /// The same on another server, given an empty database of it.
    pub(crate) fn on(empty: impl FnOnce() -> Database) -> Self {
        let history = History::new(&files());
        let mut phases = Vec::new();
        let mut before = empty();
        for (name, arguments) in PHASES {
            let (database, relay, took, connected) = (0..UNDISTURBED)
                .map(|_| undisturbed(&history, arguments, &before))
                .min_by_key(|(.., connected)| *connected)
                .expect("more than no run");
            phases.push(Phase {
                name,
                arguments,
                before,
                after: state(&database),
                took,
                connected,
                runner_messages: relay.messages(Side::Runner),
                server_messages: relay.messages(Side::Server),
            });
            before = database;
        }
        let up = |phase: &Phase| phase.after.clone();
        let again = difference(&up(&phases[0]), &up(&phases[2]));
        assert!(again.is_none(), "down and up again: {again:?}");
        Self { history, phases }
    }

    /// The command of a phase, on no database yet.
    pub(crate) fn call(&self, phase: &Phase) -> Call {
        self.history.call(phase.arguments)
    }

    /// Runs the command again, as whoever restarts a failed container would, and fails the test unless that is all it
    /// takes. `story` tells what went before.
    pub(crate) fn recovers(&self, phase: &Phase, database: &Database, story: &str) {
        let again = self.call(phase).on(database).run();
        assert_eq!(again.code, 0, "{story}\nthe run after it: {again}");
        self.has_arrived(
            phase,
            database,
            &format!("{story}\nthe run after it: {again}"),
        );
    }

    /// Fails the test unless the database is where the phase ends.
    pub(crate) fn has_arrived(&self, phase: &Phase, database: &Database, story: &str) {
        let wrong = unsound(database).or_else(|| difference(&phase.after, &state(database)));
        if let Some(wrong) = wrong {
            panic!("{wrong}\n{story}");
        }
        let check = self.history.run(database, &["check"]).code;
        let expected = if phase.name == "down" { 4 } else { 0 };
        assert_eq!(check, expected, "check\n{story}");
    }
}

/// A busy machine may stretch one run, and seldom all of them.
const UNDISTURBED: usize = 3;

/// Runs a command when nothing happens; returns where, through what, how long it took, and how long it was connected.
fn undisturbed(
    history: &History,
    arguments: &[&str],
    before: &Database,
) -> (Database, Relay, Duration, Duration) {
    let database = Database::like(before.name(), &before.url());
    let relay = Relay::before(&database, None);
    let start = Instant::now();
    let call = history.call(arguments);
    let ran = call.variable("DATABASE_URL", relay.url(&database)).run();
    assert_eq!(ran.code, 0, "undisturbed {arguments:?}: {ran}");
    let (took, connected) = (start.elapsed(), relay.connected_for());
    if let Some(wrong) = unsound(&database) {
        panic!("undisturbed {arguments:?}: {wrong}");
    }
    (database, relay, took, connected)
}

impl Phase {
    /// A database that is about to go through it.
    pub(crate) fn database(&self) -> Database {
        Database::like(self.before.name(), &self.before.url())
    }

    /// How many messages a side sends when nothing happens.
    pub(crate) fn messages(&self, side: Side) -> usize {
        match side {
            Side::Runner => self.runner_messages,
            Side::Server => self.server_messages,
        }
    }
}

/// What a run that was disturbed may end with: it was done all the same, or it lost its connection.
pub(crate) fn ended_as_it_may(ran: &Ran) -> bool {
    matches!(ran.code, 0 | 6)
}

fn files() -> Vec<(String, String)> {
    let people: Vec<String> = (1..=300).map(|id| format!("{id}\tperson {id}\n")).collect();
    let people = people.concat();
    let load = format!(
        "COPY people (id, name) FROM stdin;\n{people}\\.\nINSERT INTO counts SELECT 2, count(*) FROM people;\n"
    );
    let pairs = [
        (
            "V1__people",
            CREATE,
            "DROP TYPE mood; DROP TABLE counts; DROP TABLE people;",
        ),
        (
            "V2__load",
            &load,
            "DELETE FROM counts WHERE step = 2; DELETE FROM people;",
        ),
        ("V3__birth", BIRTH, UNDO_BIRTH),
        ("V4__events", EVENTS, UNDO_EVENTS),
        ("V5__outside", OUTSIDE, UNDO_OUTSIDE),
        (
            "V6__notes",
            NOTES,
            "DROP VIEW happy; DROP TABLE notes; DELETE FROM counts WHERE step = 6;",
        ),
        ("V7__alone", ALONE, UNDO_ALONE),
        (
            "V8__last",
            LAST,
            "ALTER TABLE people DROP CONSTRAINT old_enough; DELETE FROM counts WHERE step = 8;",
        ),
    ];
    let file = |(name, up, down): (&str, &str, &str)| {
        [
            (format!("{name}.sql"), up.to_owned()),
            (format!("{name}.down.sql"), down.to_owned()),
        ]
    };
    pairs.into_iter().flat_map(file).collect()
}

const CREATE: &str = "\
CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE counts (step int, total int);
CREATE TYPE mood AS ENUM ('calm');
";

// A second application of any of these would show in the totals.
const BIRTH: &str = "\
ALTER TABLE people ADD COLUMN born int NOT NULL DEFAULT 1900;
UPDATE people SET born = born + id;
INSERT INTO counts SELECT 3, sum(born) FROM people;
";
const UNDO_BIRTH: &str = "ALTER TABLE people DROP COLUMN born; DELETE FROM counts WHERE step = 3;";

const EVENTS: &str = "\
CREATE TABLE events (id int PRIMARY KEY, what text) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
INSERT INTO events SELECT id, 'event' FROM generate_series(50, 150) AS id;
CREATE INDEX people_name ON people (name);
";
const UNDO_EVENTS: &str = "DROP INDEX people_name; DROP TABLE events;";

const OUTSIDE: &str = "\
-- migrator: no-transaction
SET maintenance_work_mem = '32MB';
CREATE INDEX CONCURRENTLY people_born ON people (born);
INSERT INTO counts VALUES (5, 1);
ALTER TYPE mood ADD VALUE 'happy';
VACUUM people;
COPY counts FROM stdin;
5\t10
5\t20
\\.
REINDEX INDEX CONCURRENTLY people_born;
REINDEX TABLE CONCURRENTLY people;
DROP INDEX CONCURRENTLY people_name;
ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY;
BEGIN;
INSERT INTO counts VALUES (5, 2);
UPDATE people SET name = name || '!' WHERE id = 1;
COMMIT;
INSERT INTO counts SELECT 5, count(*) FROM counts;
";
const UNDO_OUTSIDE: &str = "\
-- migrator: no-transaction
CREATE INDEX CONCURRENTLY people_name ON people (name);
DROP INDEX CONCURRENTLY people_born;
ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM (0) TO (100);
BEGIN;
DELETE FROM counts WHERE step = 5;
UPDATE people SET name = left(name, -1) WHERE id = 1;
COMMIT;
BEGIN;
DROP TYPE mood;
CREATE TYPE mood AS ENUM ('calm');
COMMIT;
";

const NOTES: &str = "\
CREATE TABLE notes (note text, mood mood);
INSERT INTO notes VALUES ('it works', 'happy');
CREATE VIEW happy AS SELECT note FROM notes WHERE mood = 'happy';
INSERT INTO counts SELECT 6, count(*) FROM counts;
";

const ALONE: &str = "\
-- migrator: no-transaction
CREATE UNIQUE INDEX CONCURRENTLY people_once ON people (lower(name), born) WHERE born > 0;
";
const UNDO_ALONE: &str = "\
-- migrator: no-transaction
DROP INDEX CONCURRENTLY people_once;
";

const LAST: &str = "\
ALTER TABLE people ADD CONSTRAINT old_enough CHECK (born > 1800);
INSERT INTO counts SELECT 8, count(*) FROM counts;
";
