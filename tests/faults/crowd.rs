//! Two, ten and fifty runners at once: on an empty database, a half-migrated one, with a concurrent index to build, and
//! with one of them killed; directly, and through a PgBouncer in session mode.

use crate::bouncer::Bouncer;
use crate::chance::Extent;
use crate::state::unsound;
use crate::support::{Database, History, Ran};

/// The short form leaves the small crowd to the large ones.
const CROWDS: [usize; 3] = [50, 10, 2];

/// Where the runners connect.
enum Road {
    Direct,
    Pooled(Bouncer),
}

impl Road {
    fn url(&self, database: &Database) -> String {
        match self {
            Self::Direct => database.url(),
            Self::Pooled(bouncer) => bouncer.url(database),
        }
    }
}

/// A hundred migrations. The thirtieth waits at the gate; some write down how many rows there are, so that a second
/// application of anything would show.
fn hundred() -> History {
    History::numbered(100, |at| {
        match at {
        1 => "CREATE TABLE counter (step int, total int);\nCREATE TABLE gate AS SELECT 0 AS seconds;".to_owned(),
        30 => "SELECT pg_sleep(seconds) FROM gate;\nINSERT INTO counter SELECT 30, count(*) FROM counter;".to_owned(),
        50 | 90 => format!("INSERT INTO counter SELECT {at}, count(*) FROM counter;"),
        70 => "-- migrator: no-transaction\nCREATE INDEX CONCURRENTLY counter_step ON counter (step);\n\
               INSERT INTO counter SELECT 70, count(*) FROM counter;"
            .to_owned(),
        _ => format!("INSERT INTO counter VALUES ({at}, 0);\nCREATE TABLE t{at} (id int PRIMARY KEY);"),
    }
    })
}

/// Starts so many at once and waits for all of them.
fn crowd(history: &History, url: &str, count: usize) -> Vec<Ran> {
    let started: Vec<_> = (0..count)
        .map(|_| history.call(&["up"]).variable("DATABASE_URL", url).start())
        .collect();
    started.into_iter().map(Ran::after).collect()
}

/// Each migration was applied once, each runner says that all is well, and nothing is left behind.
fn assert_done(database: &Database, runs: &[Ran], story: &str) {
    for ran in runs {
        assert_eq!(ran.code, 0, "{story}: {ran}");
    }
    assert_eq!(
        database.applied(),
        (1..=100).collect::<Vec<i64>>(),
        "{story}"
    );
    let journal = database.value("SELECT count(*), count(DISTINCT version) FROM migrator_journal");
    assert_eq!(journal, "100|100", "{story}");
    let totals = database.rows("SELECT step, total FROM counter WHERE total > 0 ORDER BY step");
    assert_eq!(totals, ["30|28", "50|48", "70|68", "90|88"], "{story}");
    let wrong = unsound(database);
    assert!(wrong.is_none(), "{story}: {wrong:?}");
}

/// Goes through all that a crowd may meet.
fn crowds(road: &dyn Fn(&Database) -> Road) {
    let history = hundred();
    for &count in &CROWDS[..Extent::asked().of(1, 3)] {
        for (begun, what) in [
            (None, "an empty database"),
            (Some("50"), "a half-migrated database"),
            (Some("69"), "a concurrent index to build"),
        ] {
            let database = Database::fresh();
            if let Some(begun) = begun {
                history.run(&database, &["up", begun]).exits(0);
            }
            let road = road(&database);
            let runs = crowd(&history, &road.url(&database), count);
            drop(road);
            assert_done(&database, &runs, &format!("{count} runners on {what}"));
        }
        one_is_killed(&history, count, road);
    }
}

fn one_is_killed(history: &History, count: usize, road: &dyn Fn(&Database) -> Road) {
    let database = Database::fresh();
    history.run(&database, &["up", "20"]).exits(0);
    database.run("UPDATE gate SET seconds = 60");
    let road = road(&database);
    let url = road.url(&database);
    let start = || {
        history
            .call(&["up", "--lock-wait", "90s"])
            .variable("DATABASE_URL", &url)
            .start()
    };
    let mut holder = start();
    database.until_it_sleeps();
    let waiting: Vec<_> = (1..count).map(|_| start()).collect();
    let others = format!(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() OFFSET {}",
        count - 1
    );
    database.until(&others);
    database.run("UPDATE gate SET seconds = 0");
    holder.kill().expect("a child of ours");
    holder.wait().expect("a child of ours");
    let runs: Vec<Ran> = waiting.into_iter().map(Ran::after).collect();
    drop(road);
    assert_done(
        &database,
        &runs,
        &format!("{count} runners, of which one is killed"),
    );
}

#[test]
fn all_of_a_crowd_succeed_and_each_migration_is_applied_once() {
    crowds(&|_| Road::Direct);
}

#[test]
fn all_of_a_crowd_succeed_through_a_session_pool() {
    crowds(&|database| Road::Pooled(Bouncer::in_mode("session", database)));
}
