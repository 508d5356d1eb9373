//! A server that asks for a password: it is used, and it appears nowhere.

use std::fs;
use std::time::{Duration, Instant};

use migrator_dev::server::Server;
use postgres::{Client, NoTls};

use crate::support::{Call, History, Ran, server};

const SECRET: &str = "S3cret%püzzle@/:?";
/// The same as it is written in a URL.
const ENCODED: &str = "S3cret%25p%C3%BCzzle%40%2F%3A%3F";
const WRONG: &str = "wrong-secret";

const TRACE: [&str; 3] = ["up", "--log-level", "trace"];
const PATIENT: [&str; 3] = ["up", "--wait", "60s"];

/// A server on which role and database `app` need the secret.
struct Guarded {
    server: Server,
    history: History,
}

impl Guarded {
    fn start() -> Self {
        let server = server();
        let mut client = Client::connect(&server.url("postgres"), NoTls).expect("our own server");
        for statement in [
            &format!("CREATE ROLE app LOGIN PASSWORD '{SECRET}'"),
            "CREATE DATABASE app OWNER app",
        ] {
            client
                .batch_execute(statement)
                .expect("a statement of the superuser");
        }
        let rules = "host all postgres all trust\nlocal all postgres trust\nhost all all all scram-sha-256\n";
        fs::write(server.data_dir().join("pg_hba.conf"), rules).expect("our own server's file");
        client
            .batch_execute("SELECT pg_reload_conf()")
            .expect("a reload");
        let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
        let guarded = Self { server, history };
        guarded.wait_for_the_rules();
        guarded
    }

    /// The server reads its file a moment after it was told to.
    fn wait_for_the_rules(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let open = self.url(WRONG, "app");
        while Client::connect(&open, NoTls).is_ok() {
            assert!(Instant::now() < deadline, "nobody is asked for a password");
        }
    }

    fn url(&self, password: &str, database: &str) -> String {
        let port = self.server.port();
        format!("postgres://app:{password}@127.0.0.1:{port}/{database}")
    }

    /// A call that is told everything but the password.
    fn call(&self, arguments: &[&str]) -> Call {
        self.history
            .call(arguments)
            .variable("POSTGRES_HOST", "127.0.0.1")
            .variable("POSTGRES_PORT", self.server.port().to_string())
            .variable("POSTGRES_USER", "app")
            .variable("POSTGRES_DB", "app")
    }

    fn call_on(&self, url: &str, arguments: &[&str]) -> Call {
        self.history.call(arguments).variable("DATABASE_URL", url)
    }
}

/// Runs it, and fails the test when any form of the password is printed.
#[track_caller]
fn silent(call: Call) -> Ran {
    let ran = call.run();
    let all = format!("{}{}", ran.stdout, ran.stderr);
    for hidden in [SECRET, ENCODED, "S3cret", WRONG] {
        assert!(!all.contains(hidden), "{ran}");
    }
    ran
}

#[test]
fn a_password_is_used_and_not_shown() {
    let guarded = Guarded::start();
    let ran = silent(guarded.call(&TRACE).variable("POSTGRES_PASSWORD", SECRET)).exits(0);
    assert!(
        ran.stderr.contains("connected to 127.0.0.1"),
        "the trace is on: {ran}"
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), format!("{SECRET}\n")).expect("our own file");
    silent(
        guarded
            .call(&TRACE)
            .variable("POSTGRES_PASSWORD_FILE", file.path()),
    )
    .exits(0);
    silent(guarded.call(&TRACE).variable("PGPASSWORD", SECRET)).exits(0);
    let url = guarded.url(ENCODED, "app");
    let trace = guarded.call_on(&url, &["up"]);
    silent(trace.variable("RUST_LOG", "trace")).exits(0);
    silent(guarded.call_on(&url, &["status", "--json", "--log-level", "trace"])).exits(0);
    silent(guarded.call(&["up", "--url", &url])).exits(0);
}

#[test]
fn no_failure_shows_the_password() {
    let guarded = Guarded::start();
    let url = guarded.url(ENCODED, "app");
    let port = guarded.server.port().to_string();
    for (url, code) in [
        (guarded.url(ENCODED, "nowhere"), 6),
        (guarded.url(WRONG, "app"), 6),
        (url.replace(&port, "1"), 6),
        (url.replace(&port, "port"), 2),
        (format!("{url}?sslrootcert=x&nonsense=1"), 2),
        (url.replace("postgres:", "mysql:"), 2),
        (format!("password='{SECRET}"), 2),
        (format!("host=127.0.0.1 password={SECRET} nonsense"), 2),
        // Parts of it that stand where a name is expected.
        (format!("app:{SECRET}=@127.0.0.1:{port}/app"), 2),
        (format!("postgres:/app:{SECRET}=@127.0.0.1:{port}/app"), 2),
        (format!("{url}?password=x&{WRONG}=1"), 2),
        (format!("host=127.0.0.1 password=x {WRONG}=1"), 2),
        (format!("postgres://app:12?{WRONG}=/x@127.0.0.1/app"), 2),
    ] {
        silent(guarded.call_on(&url, &TRACE)).exits(code);
        silent(guarded.history.call(&["status", "--url", &url])).exits(code);
    }
    for (variable, value) in [
        ("DATABASE_URL_FILE", url.as_str()),
        ("MIGRATOR_DIRECT_URL_FILE", url.as_str()),
        ("POSTGRES_PASSWORD_FILE", WRONG),
    ] {
        silent(guarded.call(&TRACE).variable(variable, value))
            .exits(2)
            .says(&[variable, "No such file"]);
    }
    guarded.history.write("V2__b.sql", "SELECT 1/0;");
    silent(guarded.call_on(&url, &TRACE)).exits(1);
}

#[test]
fn a_wrong_or_missing_password_is_not_waited_for() {
    let guarded = Guarded::start();
    let start = Instant::now();
    let wrong = guarded.url(WRONG, "app");
    silent(guarded.call_on(&wrong, &PATIENT))
        .exits(6)
        .says(&["28P01", "hint: Check user \"app\""]);
    silent(guarded.call(&PATIENT))
        .exits(6)
        .says(&["hint: Set POSTGRES_PASSWORD"]);
    assert!(start.elapsed() < Duration::from_secs(20));
}
