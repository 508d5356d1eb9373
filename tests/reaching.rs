//! Which server is reached: lists of hosts, kinds of servers, services, password files.

use std::fs;
use std::io::{Write, copy};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use migrator_dev::server::Mode;
use postgres::{Client, NoTls};

use crate::pooler::{body, message};
use crate::support::{Call, Database, History, Ran, Secure, assert_shown, private, server};

fn history() -> History {
    History::new(&[("V1__a.sql", "CREATE TABLE a ();")])
}

/// A port of 127.0.0.1 on which nobody listens.
fn dead_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// What differs from run to run.
fn plain(ran: Ran, replaced: &[(&str, &str)]) -> Ran {
    let plain = |text: String| {
        replaced
            .iter()
            .fold(text, |text, (from, to)| text.replace(from, to))
    };
    Ran {
        code: ran.code,
        stdout: plain(ran.stdout),
        stderr: plain(ran.stderr),
    }
}

#[test]
fn a_host_that_is_down_is_passed_over() {
    let (database, history) = (Database::fresh(), history());
    let (host, port) = database.place();
    let (down, name) = (dead_port(), database.name());
    for url in [
        format!("postgres://postgres@{host}:{down},{host}:{port}/{name}"),
        format!("postgres://postgres@no-such-host.invalid:{port},{host}:{port}/{name}"),
        format!("host={host},{host} port={down},{port} user=postgres dbname={name}"),
        format!("hostaddr={host},{host} port={down},{port} user=postgres dbname={name}"),
        format!(
            "host={host},{host} port={down},{port} user=postgres dbname={name} load_balance_hosts=random"
        ),
    ] {
        history.call(&["up", "--url", &url]).run().exits(0);
    }
    let url = format!("postgres://postgres@{host}:{down},localhost:{down}/{name}");
    let ran = history.call(&["up", "--url", &url]).run().exits(6);
    let ran = plain(ran, &[(&format!(":{down}"), ":[port]")]);
    assert_shown("hosts_all_down", &ran);
    // A server that says no ends the search.
    let url = format!("postgres://postgres@{host}:{down},{host}:{port},{host}:{port}/no_such");
    let ran = history.call(&["up", "--url", &url]).run().exits(6);
    let replaced = [
        (format!(":{down}"), ":[port]"),
        (format!(":{port}"), ":[other]"),
    ];
    let replaced: Vec<(&str, &str)> = replaced.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    assert_shown("hosts_one_says_no", &plain(ran, &replaced));
}

#[test]
fn a_session_that_ends_at_once_is_tried_again() {
    let (database, history) = (Database::fresh(), history());
    history.call(&["up"]).on(&database).run().exits(0);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (host, server_port) = database.place();
    let server = thread::spawn(move || -> std::io::Result<()> {
        // It lets the first one in, as a server does that is about to stop, and says nothing more.
        let (mut client, _) = listener.accept()?;
        body(&mut client)?;
        client.write_all(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")?;
        message(&mut client)?;
        drop(client);
        let (mut client, _) = listener.accept()?;
        let mut server = TcpStream::connect(format!("{host}:{server_port}"))?;
        let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
        let answers = thread::spawn(move || copy(&mut from, &mut to));
        copy(&mut client, &mut server)?;
        answers.join().expect("a thread").map(drop)
    });
    let name = database.name();
    let url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    let check = history.call(&["check", "--wait", "20s", "--url", &url]);
    check
        .run()
        .exits(0)
        .says(&["waiting up to 20 s for the server"]);
    let _ = server.join().expect("a thread");
}

#[test]
fn the_last_word_is_goodbye() {
    let (database, history) = (Database::fresh(), history());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (host, server_port) = database.place();
    let relay = thread::spawn(move || -> std::io::Result<u8> {
        let (mut client, _) = listener.accept()?;
        let mut server = TcpStream::connect(format!("{host}:{server_port}"))?;
        server.write_all(&body(&mut client)?)?;
        let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || copy(&mut from, &mut to));
        let mut last = 0;
        while let Ok((kind, message)) = message(&mut client) {
            last = kind;
            server.write_all(&message)?;
        }
        Ok(last)
    });
    let name = database.name();
    let url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    history.call(&["status", "--url", &url]).run().exits(0);
    let last = relay.join().expect("a thread").expect("a connection");
    assert_eq!(last, b'X', "Terminate");
}

fn is_anybody_there(client: &mut Client, database: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1)";
    let there = client.query_one(sql, &[&database]);
    there.expect("a query").get(0)
}

/// The server's own count of them, which it has since version 14.
#[test]
fn a_session_ends_in_good_order() {
    let server = server();
    let mut client = Client::connect(&server.url("postgres"), NoTls).expect("our own server");
    let version = client.query_one("SELECT current_setting('server_version_num')::int", &[]);
    if version.expect("a query").get::<_, i32>(0) < 140_000 {
        // It does not count them.
        return;
    }
    client
        .batch_execute("CREATE DATABASE counted")
        .expect("a database");
    let url = server.url("counted");
    let history = history();
    history.call(&["up", "--url", &url]).run().exits(0);
    history.call(&["status", "--url", &url]).run().exits(0);
    // A server of the wrong kind is left again.
    let standby = format!("{url}?target_session_attrs=standby");
    history.call(&["status", "--url", &standby]).run().exits(6);
    // Who blocks a statement is asked on a second connection.
    history.write("V2__b.sql", "ALTER TABLE a ADD COLUMN id int;");
    let mut other = Client::connect(&url, NoTls).expect("our own server");
    other
        .batch_execute("BEGIN; LOCK TABLE a")
        .expect("a table that is free");
    let mut blocked = history.call(&["up", "--url", &url]).start();
    blocked.until_it_says("blocked by pid ");
    other.batch_execute("COMMIT").expect("a commit");
    Ran::after(blocked).exits(0);
    drop(other);
    let sql = "SELECT sessions, sessions_abandoned FROM pg_stat_database WHERE datname = 'counted'";
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let row = client.query_one(sql, &[]).expect("a query");
        let (sessions, abandoned): (i64, i64) = (row.get(0), row.get(1));
        assert_eq!(abandoned, 0, "of {sessions}");
        // Three, one that blocks, and the blocked one with its second connection.
        if sessions >= 6 && !is_anybody_there(&mut client, "counted") {
            break;
        }
        assert!(Instant::now() < deadline, "{sessions} sessions are counted");
        sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_kind_of_server_that_is_wanted_is_found() {
    let (mut standby, primary) = (server(), server());
    let history = history();
    history
        .call(&["up", "--url", &standby.url("postgres")])
        .run()
        .exits(0);
    standby.stop(Mode::Fast).expect("a stop");
    fs::write(standby.data_dir().join("standby.signal"), "").expect("our own server's file");
    standby.start_again().expect("a start as a standby");
    let (first, second) = (standby.port(), primary.port());
    let call = |command: &str, wanted: &str| {
        let url = format!(
            "postgres://postgres@127.0.0.1:{first},127.0.0.1:{second}/postgres?target_session_attrs={wanted}"
        );
        history.call(&[command, "--url", &url]).run()
    };
    // The standby has the migration, the primary has not yet.
    for (wanted, pending) in [
        ("any", 0),
        ("standby", 0),
        ("read-only", 0),
        ("prefer-standby", 0),
        ("primary", 4),
        ("read-write", 4),
    ] {
        call("check", wanted).exits(pending);
    }
    // A change takes what it is given, and says what would help.
    call("up", "any")
        .exits(6)
        .says(&["read-only standby", "target_session_attrs=read-write"]);
    call("up", "read-write").exits(0);
    call("check", "primary").exits(0);
    // Settings of a role make a primary read-only, but no standby.
    let mut client = Client::connect(&primary.url("postgres"), NoTls).expect("our own server");
    let sql = "ALTER ROLE postgres SET default_transaction_read_only = on";
    client.batch_execute(sql).expect("a statement");
    call("check", "primary").exits(0);
    let ran = call("check", "read-write").exits(6);
    let replaced = [
        (format!(":{first}"), ":[one]"),
        (format!(":{second}"), ":[other]"),
    ];
    let replaced: Vec<(&str, &str)> = replaced.iter().map(|(a, b)| (a.as_str(), *b)).collect();
    assert_shown("hosts_none_writes", &plain(ran, &replaced));
    // And a standby is taken where nothing else is there, if it is only preferred.
    let url = |wanted: &str| {
        format!("postgres://postgres@127.0.0.1:{second}/postgres?target_session_attrs={wanted}")
    };
    for (wanted, code) in [("standby", 6), ("prefer-standby", 0)] {
        history
            .call(&["check", "--url", &url(wanted)])
            .run()
            .exits(code);
    }
}

/// A service file in a home of its own.
fn at_home(history: &History, home: &Path, database: &Database) -> Call {
    let (host, port) = database.place();
    let service = format!(
        "[app]\nhost={host}\nport={port}\nuser=postgres\ndbname={}\n[wrong]\nssl_mode=require\nsecret\n",
        database.name()
    );
    fs::write(home.join(".pg_service.conf"), service).expect("our own folder");
    history.call(&["up"]).variable("HOME", home)
}

#[test]
fn a_service_names_the_database() {
    let (database, history) = (Database::fresh(), history());
    let home = tempfile::tempdir().expect("a temporary folder");
    let up = || at_home(&history, home.path(), &database);
    up().variable("PGSERVICE", "app").run().exits(0);
    up().variable("DATABASE_URL", "service=app").run().exits(0);
    up().variable("DATABASE_URL", "postgres://?service=app")
        .run()
        .exits(0);
    // What is said beside it wins over it, and it wins over libpq's variables.
    up().variable("PGSERVICE", "app")
        .variable("PGDATABASE", "no_such")
        .run()
        .exits(0);
    let beside = up()
        .variable("DATABASE_URL", "service=app dbname=no_such")
        .run();
    beside.exits(6).says(&["no_such"]);
    let elsewhere = home.path().join("elsewhere");
    fs::rename(home.path().join(".pg_service.conf"), &elsewhere).expect("our own file");
    let moved = || history.call(&["up"]).variable("HOME", home.path());
    moved()
        .variable("PGSERVICE", "app")
        .variable("PGSERVICEFILE", &elsewhere)
        .run()
        .exits(0);
    let folder = home.path().to_str().expect("UTF-8").to_owned();
    let shown = |name: &str, service: &str| {
        let call = moved().variable("PGSERVICE", service);
        let ran = call
            .variable("PGSERVICEFILE", &elsewhere)
            .variable("PGSYSCONFDIR", home.path().join("system"));
        assert_shown(name, &plain(ran.run().exits(2), &[(&folder, "[home]")]));
    };
    shown("service_missing", "no_such");
    shown("service_wrong", "wrong");
    // Another file may define it for another database.
    fs::rename(&elsewhere, home.path().join(".pg_service.conf")).expect("our own file");
    shown("service_file_missing", "app");
}

#[test]
fn a_password_file_is_believed_when_it_is_private() {
    let secret = "s3cret: \\ 'ö'";
    let secure = Secure::start();
    let literal = secret.replace('\'', "''");
    secure.run(&format!("ALTER ROLE app PASSWORD '{literal}'"));
    secure.rules("host all all all scram-sha-256");
    let home = tempfile::tempdir().expect("a temporary folder");
    let file = home.path().join(".pgpass");
    let port = secure.server.port();
    let escaped = secret.replace('\\', "\\\\").replace(':', "\\:");
    private(
        &file,
        &format!("# comment\nelsewhere:*:*:*:wrong\nlocalhost:{port}:*:app:{escaped}\n"),
    );
    let call = |host: &str| {
        secure
            .call("status", host, "")
            .variable("HOME", home.path())
    };
    call("localhost").run().exits(0);
    // Each host has its own: this one has none.
    call("127.0.0.1").run().exits(6).says(&["password missing"]);
    let elsewhere = home.path().join("elsewhere");
    fs::copy(&file, &elsewhere).expect("our own file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("our own file");
    call("localhost")
        .variable("PGPASSFILE", &elsewhere)
        .run()
        .exits(0);
    let ran = call("localhost").run().exits(6);
    assert!(!ran.stderr.contains("s3cret"), "{ran}");
    let folder = home.path().to_str().expect("UTF-8").to_owned();
    let ran = plain(
        ran,
        &[(&folder, "[home]"), (&format!(":{port}"), ":[port]")],
    );
    assert_shown("passfile_open", &ran);
}

#[test]
fn every_special_character_of_a_password_can_be_written() {
    let secret: String = (' '..='~').chain("äöü€🙂".chars()).collect();
    let secure = Secure::start();
    let literal = secret.replace('\'', "''");
    secure.run(&format!(
        "SET standard_conforming_strings = on; ALTER ROLE app PASSWORD '{literal}'"
    ));
    secure.rules("host all all all scram-sha-256");
    let encoded = secret
        .bytes()
        .fold(String::new(), |text, byte| text + &format!("%{byte:02x}"));
    let port = secure.server.port();
    let quoted = secret.replace('\\', "\\\\").replace('\'', "\\'");
    for url in [
        format!("postgres://app:{encoded}@localhost:{port}/postgres"),
        format!("postgres://app@localhost:{port}/postgres?password={encoded}"),
        format!("host=localhost port={port} user=app dbname=postgres password='{quoted}'"),
    ] {
        let call = || secure.history.call(&["status", "--log-level", "trace"]);
        let ran = call().variable("DATABASE_URL", &url).run().exits(0);
        assert!(
            !ran.stderr.contains(&secret) && !ran.stderr.contains(&encoded),
            "{ran}"
        );
        // Nor when it goes wrong.
        let wrong = url.replace("app", "nobody");
        let ran = call().variable("DATABASE_URL", &wrong).run().exits(6);
        assert!(
            !ran.stderr.contains(&secret) && !ran.stderr.contains(&encoded),
            "{ran}"
        );
    }
}

#[test]
fn addresses_of_every_kind() {
    let secure = Secure::start();
    for host in ["[::1]", "127.0.0.1", "localhost", "LOCALHOST"] {
        secure.status(host, "").exits(0);
    }
    let port = secure.server.port();
    for text in [
        format!("host=::1 port={port} user=app dbname=postgres"),
        format!("hostaddr=::1 port={port} user=app dbname=postgres"),
        format!("hostaddr=127.0.0.1 port={port} user=app dbname=postgres sslmode=require"),
    ] {
        let ran = secure.history.call(&["status", "--url", &text]).run();
        ran.exits(0);
    }
    let refused = secure
        .history
        .call(&["status", "--url", "postgres://app@::1:5432/postgres"]);
    assert_shown("ipv6_without_brackets", &refused.run().exits(2));
}

#[test]
fn parameters_that_cannot_be_used_are_named_at_once() {
    let history = history();
    let call = |text: &str| history.call(&["status", "--url", text]).run().exits(2);
    assert_shown(
        "parameters_wrong",
        &call(
            "host=a,b port=1,2,x ssl_mode=require pgbouncer=true nonsense=1 sslmode=verify requirepeer=postgres require_auth=md5 \
             target_session_attrs=writer connect_timeout=soon gssencmode=require client_encoding=LATIN1",
        ),
    );
}
