//! The metrics, read by the rules of Prometheus's text format.

use std::collections::{BTreeMap, BTreeSet};

use super::{SURPRISE, serve, serve_proven, three};
use crate::support::{Database, History, Served};

/// The samples of a page, after every line of it was found to be well formed.
fn samples(served: &Served) -> BTreeMap<String, String> {
    let answer = served.get("/metrics").is(200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert!(answer.body.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let mut families: Vec<String> = Vec::new();
    let mut lines = answer.body.lines().peekable();
    while let Some(help) = lines.next() {
        let (name, text) = help
            .strip_prefix("# HELP ")
            .and_then(|it| it.split_once(' '))
            .unwrap_or_else(|| panic!("no HELP: {help}"));
        assert!(text.ends_with('.'), "{help}");
        assert!(name.starts_with("migrator_"), "{help}");
        assert!(!families.iter().any(|it| it == name), "{name} comes twice");
        families.push(name.to_owned());
        let kind = lines.next().unwrap_or_default();
        assert_eq!(kind, format!("# TYPE {name} gauge"));
        let mut count = 0;
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let (found, labels) = series.split_once('{').unwrap_or((series, ""));
            assert_eq!(found, name, "{line}");
            for label in labels
                .trim_end_matches('}')
                .split(',')
                .filter(|it| !it.is_empty())
            {
                let (label, quoted) = label.split_once('=').expect("a label");
                assert!(
                    label.bytes().all(|byte| byte.is_ascii_lowercase()),
                    "{line}"
                );
                assert!(quoted.starts_with('"') && quoted.ends_with('"'), "{line}");
            }
            let parsed: Result<f64, _> = value.parse();
            assert!(parsed.is_ok_and(f64::is_finite), "{line}");
            let value = value.to_owned();
            assert_eq!(samples.insert(series.to_owned(), value), None, "{line}");
            count += 1;
        }
        assert!(count > 0, "{name} has no sample");
    }
    samples
}

#[test]
fn they_are_well_formed_and_say_what_is_known() {
    let (database, history) = (Database::fresh(), three());
    let served = serve(&history, &database);
    let empty = samples(&served);
    assert_eq!(empty["migrator_up"], "1");
    assert_eq!(empty["migrator_pending_migrations"], "3");
    assert_eq!(empty["migrator_head_version"], "3");
    assert!(!empty.contains_key("migrator_current_version"));
    assert!(!empty.contains_key("migrator_last_migration_timestamp_seconds"));
    history.up(&database);
    served.until("/readyz", 200);
    let head = samples(&served);
    assert_eq!(head["migrator_ready"], "1");
    assert_eq!(head["migrator_current_version"], "3");
    assert_eq!(head["migrator_migrations{state=\"applied\"}"], "3");
    let now = database
        .value("SELECT EXTRACT(epoch FROM now())")
        .parse::<f64>()
        .expect("a number");
    let number = |name: &str| head[name].parse::<f64>().expect("a number");
    let last = number("migrator_last_migration_timestamp_seconds");
    assert!((now - 60.0..now + 1.0).contains(&last), "{last} at {now}");
    let took = number("migrator_last_migration_duration_seconds");
    assert!((0.0..60.0).contains(&took), "{took}");
}

#[test]
fn what_is_not_known_is_left_out() {
    let (database, history) = (Database::fresh(), three());
    let call = history
        .call(&["serve", "--listen", "127.0.0.1:0"])
        .variable("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    drop(database);
    let away = samples(&Served::start(call));
    let names: Vec<&str> = away
        .keys()
        .map(|series| series.split('{').next().unwrap_or_default())
        .collect();
    assert_eq!(
        names,
        [
            "migrator_build_info",
            "migrator_head_version",
            "migrator_ready",
            "migrator_unreadable_since_timestamp_seconds",
            "migrator_up",
        ]
    );
    assert_eq!(away["migrator_up"], "0");
}

#[test]
fn a_failure_is_over_when_something_else_was_done() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a (x int);"),
        (
            "R__total.sql",
            "CREATE OR REPLACE VIEW total AS SELECT 1 / 0 FROM b;",
        ),
    ]);
    history.run(&database, &["up"]).exits(1);
    let served = serve(&history, &database);
    let failed = samples(&served);
    assert_eq!(failed["migrator_last_run_failed"], "1");
    assert_eq!(failed["migrator_ready"], "0");
    assert!(failed.contains_key("migrator_last_failure_timestamp_seconds"));
    history.write(
        "R__total.sql",
        "CREATE OR REPLACE VIEW total AS SELECT sum(x) FROM a;",
    );
    history.up(&database);
    let mended = samples(&serve(&history, &database));
    assert_eq!(mended["migrator_last_run_failed"], "0");
    assert_eq!(mended["migrator_ready"], "1");
    assert!(mended.contains_key("migrator_last_failure_timestamp_seconds"));
}

#[test]
fn many_repeatables_hide_no_migration() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    database.run(
        "INSERT INTO migrator_journal (run, action, version, name, binary_version, bundle) \
         SELECT 'x', 'repeat', NULL, 'r' || n, 'x', 'x' FROM generate_series(1, 500) n",
    );
    let samples = samples(&serve(&history, &database));
    assert!(samples.contains_key("migrator_last_migration_timestamp_seconds"));
}

/// The names and the states that the page has in its table, and the names in its rules.
#[test]
fn the_document_names_what_there_is() {
    let page = include_str!("../../docs/status-page.md");
    let (_, page) = page.split_once("## Prometheus").expect("a section");
    let (table, rules) = page.split_once("groups:").expect("rules");
    let named = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("migrator_"))
            .map(str::to_owned)
            .collect()
    };
    let rows: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let told: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(named)
        .collect();
    let database = Database::fresh();
    let mut found = samples(&serve_proven(&database, SURPRISE));
    let failing = History::new(&[("V1__a.sql", "SELECT 1 / 0;")]);
    let database = Database::fresh();
    failing.run(&database, &["up"]).exits(1);
    found.extend(samples(&serve(&failing, &database)));
    database.run(
        "DROP TABLE refinery_schema_history; CREATE VIEW refinery_schema_history AS SELECT 1 AS x",
    );
    let served = serve(&failing, &database);
    served.get("/readyz").is(503);
    found.extend(samples(&served));
    let families: BTreeSet<String> = found
        .keys()
        .filter_map(|series| series.split('{').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(told, families);
    assert!(named(rules).is_subset(&told), "{rules}");
    for series in found.keys().filter(|series| series.contains("{state=")) {
        let (family, state) = series.split_once("{state=\"").expect("a state");
        let state = format!("`{}`", state.trim_end_matches("\"}"));
        let row = rows.iter().find(|row| row.contains(family));
        assert!(row.is_some_and(|row| row.contains(&state)), "{series}");
    }
}
