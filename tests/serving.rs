//! `serve`: what the status page, the probes and the metrics say of a database, and what asking costs it.

mod blocked;
mod browser;
mod listening;
mod metrics;
mod outage;
mod slow;
mod token;

use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Call, Database, Dead, History, Role, Served, migrator};

const SURPRISE: &str = "ALTER TABLE chat.users ADD COLUMN surprise int";

fn three() -> History {
    History::numbered(3, |at| format!("CREATE TABLE t{at} ();"))
}

/// Serves a made-up history on a free port.
fn call(history: &History, database: &Database) -> Call {
    history
        .call(&["serve", "--listen", "127.0.0.1:0"])
        .on(database)
}

fn serve(history: &History, database: &Database) -> Served {
    Served::start(call(history, database))
}

/// Serves the shipped binary's history, which carries a proof, on a database that is at head and then changed.
fn serve_proven(database: &Database, change: &str) -> Served {
    migrator(&["up"]).on(database).run().exits(0);
    database.run(change);
    Served::start(migrator(&["serve", "--listen", "127.0.0.1:0"]).on(database))
}

#[test]
fn at_head_everything_says_so() {
    let database = Database::fresh();
    let served = serve_proven(&database, "");
    served.get("/healthz").is(200).says(&["alive"]);
    served.get("/readyz").is(200).says(&["ready"]);
    let page = served.get("/").is(200);
    let page = page.says(&["At head, as proven.", "protect_memories", database.name()]);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let document = served.json();
    assert_eq!(document["ready"], true);
    assert_eq!(document["verification"]["outcome"], "as-proven");
    assert_eq!(document["name"], database.name());
    assert_eq!(served.metric("migrator_ready").as_deref(), Some("1"));
    assert_eq!(served.metric("migrator_schema_drift").as_deref(), Some("0"));
    // All that `status --json` says is there, and the same.
    let status = migrator(&["status", "--json"]).on(&database).run().exits(0);
    let status = status.json();
    for (field, value) in status.as_object().expect("an object") {
        assert_eq!(&document[field], value, "{field}");
    }
}

#[test]
fn every_answer_has_the_same_headers() {
    let (database, history) = (Database::fresh(), three());
    let served = serve(&history, &database);
    for path in ["/", "/status.json", "/healthz", "/readyz", "/metrics", "/x"] {
        let answer = served.get(path);
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "deny"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}: {answer:?}");
        }
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

#[test]
fn only_reading_is_answered() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    let got = served.get("/readyz").is(200);
    let head = served.request("HEAD", "/readyz").is(200);
    assert_eq!(head.body, "");
    assert_eq!(head.header("content-length"), got.header("content-length"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "NONSENSE"] {
        for path in ["/", "/healthz", "/unknown"] {
            let answer = served.request(method, path).is(405);
            assert_eq!(answer.header("allow"), Some("get, head"));
        }
    }
    for path in [
        "/unknown",
        "/status",
        "/healthz/",
        "//",
        "/%2e%2e/",
        "/favicon.ico",
    ] {
        served.get(path).is(404).says(&["/status.json"]);
    }
    served.get("/readyz?verbose=1").is(200);
    served.get("http://localhost/readyz").is(200);
}

#[test]
fn what_is_pending_is_not_ready() {
    let (database, history) = (Database::fresh(), three());
    history.run(&database, &["up", "1"]).exits(0);
    let served = serve(&history, &database);
    served
        .get("/readyz")
        .is(503)
        .says(&["not ready: 2 migrations are pending"]);
    served
        .get("/")
        .is(200)
        .says(&["2 migrations are pending.", "<code>migrator up</code>"]);
    let document = served.json();
    assert_eq!(
        (&document["ready"], &document["pending"]),
        (&false.into(), &2.into())
    );
    assert_eq!(document["faults"][0]["kind"], "pending");
    let pending = served.metric("migrator_pending_migrations");
    assert_eq!(pending.as_deref(), Some("2"));
    // It sees what another run does.
    history.up(&database);
    served.until("/readyz", 200);
}

#[test]
fn a_database_that_is_empty_becomes_ours() {
    let (database, history) = (Database::fresh(), three());
    let served = serve(&history, &database);
    served.get("/readyz").is(503);
    served.get("/").is(200).says(&["The database is empty."]);
    assert_eq!(served.json()["database"]["class"], "empty");
    assert!(
        !database.has("refinery_schema_history"),
        "nothing is created"
    );
    history.up(&database);
    served.until("/readyz", 200);
    // A restored backup has other tables under the same names.
    database.run("DROP TABLE refinery_schema_history, migrator_journal, migrator_step");
    let answer = served.until("/readyz", 503);
    answer.says(&["not ready"]);
}

#[test]
fn a_history_that_disagrees_is_drift() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    database.run(
        "UPDATE refinery_schema_history SET checksum = '1' WHERE version = 2; \
         INSERT INTO refinery_schema_history VALUES (9, 'newer', '2026-01-02T03:04:05Z', '1')",
    );
    let served = serve(&history, &database);
    served
        .get("/readyz")
        .is(503)
        .says(&["history and binary disagree about 2 migrations"]);
    let drift = served.metric("migrator_history_drift");
    assert_eq!(drift.as_deref(), Some("2"));
    let newer = served.metric("migrator_migrations{state=\"newer\"}");
    assert_eq!(newer.as_deref(), Some("1"));
}

#[test]
fn a_policy_tolerates_what_up_would_tolerate() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    database.run(
        "INSERT INTO refinery_schema_history VALUES (9, 'newer', '2026-01-02T03:04:05Z', '1')",
    );
    let call = call(&history, &database).variable("MIGRATOR_NEWER", "accept");
    Served::start(call).get("/readyz").is(200);
}

#[test]
fn a_schema_that_differs_is_drift() {
    let database = Database::fresh();
    let served = serve_proven(&database, SURPRISE);
    served.get("/readyz").is(503).says(&["1 object differs"]);
    served
        .get("/")
        .is(200)
        .says(&["1 difference", "chat.users", "1 object differs."]);
    let page = served.get("/").body;
    for (element, role) in [
        ("<table ", "role=\"table\""),
        ("<tr ", "role=\"row\""),
        ("<th ", "role=\"columnheader\" scope=\"col\""),
        ("<td ", "role=\"cell\""),
    ] {
        // A narrow window lays them out in another way, and that takes away what they are.
        let count = page.matches(element).count();
        assert!(count > 2, "{element}");
        assert_eq!(page.matches(&format!("{element}{role}")).count(), count);
        assert!(!page.contains(&element.replace(' ', ">")), "{element}");
    }
    let document = served.json();
    assert_eq!(document["verification"]["outcome"], "drifted");
    assert_eq!(
        document["verification"]["differences"][0]["name"],
        "chat.users"
    );
    assert_eq!(served.metric("migrator_schema_drift").as_deref(), Some("1"));
    // It costs the server something, so it is not done again for each who asks.
    thread::sleep(Duration::from_millis(1200));
    let later = served.json();
    assert_ne!(later["read_at"], document["read_at"]);
    assert_eq!(
        later["verification"]["compared_at"],
        document["verification"]["compared_at"]
    );
}

#[test]
fn comparing_can_be_left_out() {
    let database = Database::fresh();
    migrator(&["up"]).on(&database).run().exits(0);
    database.run(SURPRISE);
    let call = migrator(&["serve", "--listen", "127.0.0.1:0", "--verify", "never"]).on(&database);
    let served = Served::start(call);
    served.get("/readyz").is(200);
    assert_eq!(served.json()["verification"]["outcome"], "off");
    assert_eq!(served.metric("migrator_schema_drift"), None);
}

#[test]
fn what_is_unfinished_is_told() {
    let dead = Dead::at("SELECT 1;", &[], "VACUUM");
    let served = serve(&dead.history, &dead.database);
    served
        .get("/")
        .is(200)
        .says(&["Unfinished", "step 1 was begun"]);
    served.get("/readyz").is(503);
    let unfinished = served.metric("migrator_unfinished_migrations");
    assert_eq!(unfinished.as_deref(), Some("1"));
}

#[test]
fn a_failure_is_in_the_journal_of_the_page() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "SELECT 1 / 0;"),
    ]);
    history.run(&database, &["up"]).exits(1);
    let served = serve(&history, &database);
    served.get("/").is(200).says(&[
        "division by zero",
        "(22012)",
        "The last run failed",
        "class=\"failed\"",
    ]);
    assert!(
        served
            .metric("migrator_last_failure_timestamp_seconds")
            .is_some()
    );
}

#[test]
fn what_the_database_says_stays_text() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let evil = "</style><script>alert(1)</script>\" onload=\"x";
    database.run(&format!(
        "INSERT INTO refinery_schema_history VALUES (9, '{evil}', '<b>', '1'); \
         INSERT INTO migrator_journal (run, action, version, name, binary_version, bundle, error, sqlstate) \
         VALUES ('x', 'apply', 9, '{evil}', '{evil}', 'x', '{evil}', '<i>12')"
    ));
    let page = serve(&history, &database).get("/").is(200).body;
    assert!(page.contains("&lt;/style&gt;&lt;script&gt;"), "{page}");
    for raw in ["<script", "onload=\"", "<b></td>", "<i>12"] {
        assert!(!page.contains(raw), "{raw} in {page}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
}

#[test]
fn a_long_history_makes_no_long_page() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    database.run(
        "INSERT INTO refinery_schema_history SELECT n, 'step_' || n, '2026-01-02T03:04:05Z', '1' \
         FROM generate_series(4, 10000) n",
    );
    let served = serve(&history, &database);
    let page = served
        .get("/")
        .is(200)
        .says(&["and 9797 more that are not"]);
    assert!(page.body.len() < 100_000, "{}", page.body.len());
    let document = served.json();
    assert_eq!(
        document["migrations"].as_array().map(Vec::len),
        Some(10_000)
    );
}

#[test]
fn a_role_that_may_only_read_is_enough() {
    let role = Role::new();
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let grant =
        |tables: &str| database.run(&format!("GRANT SELECT ON {tables} TO {}", role.name()));
    grant("refinery_schema_history");
    let served = Served::start(
        call(&history, &database).variable("DATABASE_URL", database.url_of(role.name())),
    );
    served.get("/readyz").is(200);
    served
        .get("/")
        .says(&["may not read the journal", "step_3"]);
    assert_eq!(served.json()["journal"], serde_json::Value::Null);
    served
        .get("/")
        .says(&["may not read which scripts were begun"]);
    assert_eq!(served.metric("migrator_unfinished_migrations"), None);
    assert_eq!(
        served.metric("migrator_last_migration_timestamp_seconds"),
        None
    );
    grant("migrator_journal, migrator_step");
    let deadline = Instant::now() + Duration::from_secs(40);
    while served.json()["journal"].is_null() {
        assert!(Instant::now() < deadline, "the journal is never read");
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(served.json()["journal"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        served.metric("migrator_unfinished_migrations").as_deref(),
        Some("0")
    );
    let mut without = database.connect();
    without
        .batch_execute(&format!(
            "REVOKE ALL ON refinery_schema_history, migrator_journal, migrator_step FROM {}",
            role.name()
        ))
        .expect("our own tables");
    let denied = ["permission denied", "Grant the role"];
    served.until("/readyz", 503).says(&denied[..1]);
    served.get("/").is(200).says(&denied);
    served.get("/healthz").is(200);
}

#[test]
fn many_who_ask_cost_as_much_as_one() {
    let database = Database::fresh();
    let served = serve_proven(&database, "");
    served.get("/readyz").is(200);
    let readings: Vec<String> = (0..40)
        .map(|_| served.json()["read_at"].to_string())
        .collect();
    let mut different = readings.clone();
    different.dedup();
    assert!(different.len() < 10, "{readings:?}");
    let ours = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'migrator %'";
    let sessions = database.rows(&format!("SELECT state, xact_start, backend_xmin {ours}"));
    assert_eq!(sessions, ["idle|-|-"], "one session, in no transaction");
    let locks = format!("SELECT count(*) FROM pg_locks WHERE pid IN (SELECT pid {ours})");
    assert_eq!(database.value(&locks), "0");
}

#[test]
fn whoever_reads_slowly_can_keep_the_page() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    let again = "<meta http-equiv=\"refresh\" content=\"15\">";
    served
        .get("/")
        .is(200)
        .says(&[again, "href=\"?refresh=0\""]);
    let kept = served.get("/?refresh=0").is(200).says(&["href=\"?\""]);
    assert!(!kept.body.contains("http-equiv=\"refresh\""));
}
