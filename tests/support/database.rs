//! A database of its own for each test, gone when the test ends.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::thread::sleep;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, SimpleQueryMessage};

const NO_SERVER: &str = "MIGRATOR_TEST_URL is not set: these tests need a PostgreSQL. This starts one for them:\n    \
                         cargo run -q -p migrator-dev -- with-server -- cargo test --workspace\n";

/// Sessions in `pg_sleep`, to select from.
pub(crate) const SLEEPING: &str =
    "pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";

/// An empty database on the test server.
pub(crate) struct Database {
    server: String,
    name: String,
    contents: Contents,
}

/// What a run meets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// Whatever the test does later.
    Nothing,
    /// Objects of the test; every run is told to accept them.
    Objects,
}

impl Database {
    /// Creates one under a name that nobody else has.
    pub(crate) fn fresh() -> Self {
        let url = std::env::var("MIGRATOR_TEST_URL").unwrap_or_else(|_| panic!("{NO_SERVER}"));
        Self::on(&url)
    }

    /// Creates one that holds objects; runs that are called on it accept them.
    pub(crate) fn holding(sql: &str) -> Self {
        let mut database = Self::fresh();
        database.contents = Contents::Objects;
        database.run(sql);
        database
    }

    pub(crate) fn contents(&self) -> Contents {
        self.contents
    }

    /// Creates one on another server, given the URL of any database of it.
    pub(crate) fn on(url: &str) -> Self {
        Self::like("template1", url)
    }

    /// Creates one with the same in it as another, to which nobody may be connected.
    pub(crate) fn like(template: &str, url: &str) -> Self {
        let (server, _) = url.rsplit_once('/').expect("a URL with a database");
        let database = Self {
            server: server.to_owned(),
            name: unique("test"),
            contents: Contents::Nothing,
        };
        let sql = format!("CREATE DATABASE {} TEMPLATE {template}", database.name);
        database.administrate(&sql);
        database
    }

    /// One that a program has created on the same server as another; dropped like ours.
    pub(crate) fn existing(name: &str, beside: &Self) -> Self {
        Self {
            server: beside.server.clone(),
            name: name.to_owned(),
            contents: Contents::Nothing,
        }
    }

    /// Runs a statement in the server's own database.
    pub(crate) fn administrate(&self, sql: &str) {
        connect(&format!("{}/postgres", self.server))
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    /// The URL for another role.
    pub(crate) fn url_of(&self, role: &str) -> String {
        let (_, place) = self.server.rsplit_once('@').expect("a URL with a user");
        format!("postgres://{role}@{place}/{}", self.name)
    }

    /// Host and port.
    pub(crate) fn place(&self) -> (String, String) {
        let (_, place) = self.server.rsplit_once('@').expect("a URL with a user");
        let (host, port) = place.rsplit_once(':').expect("a URL with a port");
        (host.to_owned(), port.to_owned())
    }

    pub(crate) fn connect(&self) -> Client {
        connect(&self.url())
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        self.connect()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// The rows of a query, their fields joined by `|`; NULL is `-`.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        let answers = self
            .connect()
            .simple_query(query)
            .unwrap_or_else(|error| panic!("{query}: {error:?}"));
        let rows = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let fields: Vec<&str> = (0..row.len())
                .map(|at| row.get(at).unwrap_or("-"))
                .collect();
            fields.join("|")
        })
        .collect()
    }

    /// The only row of a query.
    pub(crate) fn value(&self, query: &str) -> String {
        let rows = self.rows(query);
        match rows.as_slice() {
            [row] => row.clone(),
            rows => panic!("{query}: {} rows", rows.len()),
        }
    }

    /// Waits until a query has a row.
    #[track_caller]
    pub(crate) fn until(&self, query: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while self
            .rows(&format!("SELECT FROM ({query}) AS it LIMIT 1"))
            .is_empty()
        {
            if Instant::now() > deadline {
                let sessions = self.rows(
                    "SELECT pid, application_name, state, wait_event, query FROM pg_stat_activity \
                     WHERE datname = current_database()",
                );
                panic!("not yet: {query}: {sessions:#?}");
            }
            sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a migration is in `pg_sleep`.
    #[track_caller]
    pub(crate) fn until_it_sleeps(&self) {
        self.until(&format!("SELECT FROM {SLEEPING}"));
    }

    /// Waits until a program of ours waits for a lock.
    #[track_caller]
    pub(crate) fn until_it_is_blocked(&self) {
        self.until(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name LIKE 'migrator%' AND wait_event_type = 'Lock'",
        );
    }

    /// Waits until the server has noticed that the programs of ours have ended.
    #[track_caller]
    pub(crate) fn until_they_are_gone(&self) {
        self.until(
            "SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name LIKE 'migrator%')",
        );
    }

    /// The versions that are recorded, in order.
    pub(crate) fn applied(&self) -> Vec<i64> {
        self.rows("SELECT version FROM refinery_schema_history ORDER BY version")
            .iter()
            .map(|version| version.parse().expect("a number"))
            .collect()
    }

    /// What the journal says, in order: `apply 1`.
    pub(crate) fn journal(&self) -> Vec<String> {
        self.rows("SELECT action || ' ' || version FROM migrator_journal ORDER BY id")
    }

    /// Everything that users put into the schemas: relations, columns, functions, types.
    pub(crate) fn schema(&self) -> Vec<String> {
        let schema = self.rows(
            "SELECT n.nspname, c.relname, c.relkind, \
               row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), \
               a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid) \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum \
             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
             UNION ALL SELECT n.nspname, p.proname, 'F', 0, '', pg_get_functiondef(p.oid), NULL, NULL \
             FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
             WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND p.prokind IN ('f', 'p') \
             UNION ALL SELECT 'constraint', conname, contype, 0, conrelid::regclass::text, pg_get_constraintdef(oid), \
               convalidated, NULL FROM pg_constraint WHERE connamespace IN (SELECT oid FROM pg_namespace \
               WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema') \
             UNION ALL SELECT 'trigger', tgname, tgenabled, 0, tgrelid::regclass::text, pg_get_triggerdef(oid), NULL, NULL \
             FROM pg_trigger WHERE NOT tgisinternal \
             UNION ALL SELECT 'enum', t.typname, 'e', 0, e.enumlabel, e.enumsortorder::text, NULL, NULL \
             FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ORDER BY 1, 2, 3, 4, 5, 6",
        );
        assert!(!schema.is_empty(), "an empty schema proves nothing");
        schema
    }

    /// Fails the test, showing the differences only, unless the schema is this one.
    #[track_caller]
    pub(crate) fn has_schema(&self, expected: &[String]) {
        let ours = self.schema();
        let surplus: Vec<&String> = ours.iter().filter(|it| !expected.contains(it)).collect();
        let missing: Vec<&String> = expected.iter().filter(|it| !ours.contains(it)).collect();
        assert!(
            surplus.is_empty() && missing.is_empty(),
            "surplus: {surplus:#?}\nmissing: {missing:#?}"
        );
    }

    /// Whether a table, view or index is there.
    pub(crate) fn has(&self, relation: &str) -> bool {
        self.value(&format!("SELECT to_regclass('{relation}') IS NOT NULL")) == "t"
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A server that a test has ended holds nothing to drop.
        if let Ok(mut client) = Client::connect(&format!("{}/postgres", self.server), NoTls) {
            let _ = client.batch_execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ));
        }
    }
}

/// A name that nothing else on the server has.
pub(crate) fn unique(prefix: &str) -> String {
    format!(
        "{prefix}_{:016x}",
        RandomState::new().build_hasher().finish()
    )
}

fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).unwrap_or_else(|error| panic!("{url}: {error:?}"))
}
