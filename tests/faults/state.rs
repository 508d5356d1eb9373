//! What a database holds, line by line, and what must be true of every database that nobody is working on.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::support::Database;

/// The tables of the engine itself; their columns are compared, and not what is in them.
const OURS: &str = "('refinery_schema_history', 'migrator_journal', 'migrator_step')";

/// How long the server may take to end the session of a client that has gone.
const FAREWELL: Duration = Duration::from_secs(5);

/// Everything a user of the database can see: schema, indexes, partitions, every row of every table, and the history.
pub(crate) fn state(database: &Database) -> Vec<String> {
    let mut lines = database.schema();
    lines.extend(database.rows(
        "SELECT 'index', indrelid::regclass, pg_get_indexdef(indexrelid), indisvalid, indisready, indislive \
         FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE c.relnamespace = 'public'::regnamespace \
         UNION ALL SELECT 'part', inhparent::regclass, \
           inhrelid::regclass || ' ' || COALESCE(pg_get_expr(relpartbound, c.oid), ''), \
           COALESCE((to_jsonb(i) ->> 'inhdetachpending')::bool, false), NULL, NULL \
         FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid \
         UNION ALL SELECT 'view', oid::regclass, pg_get_viewdef(oid), NULL, NULL, NULL \
         FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace ORDER BY 1, 3",
    ));
    let tables = format!(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
         AND relname NOT IN {OURS} ORDER BY 1"
    );
    for table in database.rows(&tables) {
        let rows = format!("SELECT 'row of {table}', t::text FROM {table} t ORDER BY 2");
        lines.extend(database.rows(&rows));
    }
    lines.extend(database.rows(
        "SELECT 'applied', version, name, checksum FROM refinery_schema_history ORDER BY version",
    ));
    lines
}

/// What differs between two states; nothing where they are equal.
pub(crate) fn difference(expected: &[String], ours: &[String]) -> Option<String> {
    let surplus: Vec<&String> = ours.iter().filter(|it| !expected.contains(it)).collect();
    let missing: Vec<&String> = expected.iter().filter(|it| !ours.contains(it)).collect();
    let same = surplus.is_empty() && missing.is_empty() && ours.len() == expected.len();
    (!same).then(|| {
        let (ours, theirs) = (ours.len(), expected.len());
        format!("{ours} lines instead of {theirs}; surplus: {surplus:#?}; missing: {missing:#?}")
    })
}

/// What is wrong with a database that nobody is working on; nothing where all is well.
pub(crate) fn unsound(database: &Database) -> Option<String> {
    let mut wrong: Vec<String> = Vec::new();
    wrong.extend(journal_and_history(database));
    let mut none = |what: &str, query: &str| {
        let rows = database.rows(query);
        if !rows.is_empty() {
            wrong.push(format!("{what}: {rows:?}"));
        }
    };
    none(
        "invalid indexes",
        "SELECT indexrelid::regclass FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)",
    );
    if database.has("migrator_step") {
        none(
            "steps that nobody has ended",
            "SELECT version, step, kind, state FROM migrator_step WHERE state = 'started' OR journal_id IS NULL",
        );
    }
    wrong.extend(left_behind(database));
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// The history is what the journal's applies and reverts add up to, and each of them had something to do.
fn journal_and_history(database: &Database) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut applied = BTreeSet::new();
    for entry in database.journal() {
        let (action, version) = entry.split_once(' ').expect("an action and a version");
        let version: i64 = version.parse().expect("a number");
        let made_sense = match action {
            "apply" | "stamp" => applied.insert(version),
            "revert" | "unstamp" => applied.remove(&version),
            _ => true,
        };
        if !made_sense {
            wrong.push(format!("the journal has \"{entry}\" twice in a row"));
        }
    }
    let history = database.applied();
    if !history.iter().eq(applied.iter()) {
        wrong.push(format!(
            "history {history:?}, but by the journal {applied:?}"
        ));
    }
    wrong
}

/// Sessions and locks of runners that have ended.
fn left_behind(database: &Database) -> Option<String> {
    let query = "SELECT 'session', pid, state, query FROM pg_stat_activity \
                 WHERE datname = current_database() AND application_name LIKE 'migrator%' \
                 UNION ALL SELECT 'advisory lock', pid, mode, '' FROM pg_locks WHERE locktype = 'advisory' \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let deadline = Instant::now() + FAREWELL;
    loop {
        let rows = database.rows(query);
        if rows.is_empty() {
            return None;
        }
        if Instant::now() > deadline {
            return Some(format!("left behind: {rows:#?}"));
        }
        sleep(Duration::from_millis(10));
    }
}
