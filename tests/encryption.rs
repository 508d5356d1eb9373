//! Connections over TLS: what each mode encrypts, which files it reads. Which certificates will do is `certificates`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Authority, Database, History, Ran, Secure, assert_shown};

pub(crate) const CA: &str = "sslrootcert=[folder]ca.crt";

/// Everything with the certificate that the server shows now.
#[track_caller]
pub(crate) fn reaches(secure: &Secure, host: &str, parameters: &str) {
    secure.status(host, parameters).exits(0);
    let newest = secure.newest();
    assert!(newest.contains("SSL enabled"), "{parameters}: {newest}");
}

#[test]
fn what_each_mode_encrypts() {
    let secure = Secure::start();
    for (parameters, encrypted) in [
        ("", true),
        ("sslmode=disable", false),
        ("sslmode=allow", false),
        ("sslmode=prefer", true),
        ("sslmode=require", true),
        ("ssl=true", true),
        ("sslmode=require&ssl_min_protocol_version=TLSv1.3", true),
        (
            "sslmode=require&ssl_max_protocol_version=TLSv1.2&sslsni=0",
            true,
        ),
    ] {
        secure.status("localhost", parameters).exits(0);
        let newest = secure.newest();
        assert_eq!(
            newest.contains("SSL enabled"),
            encrypted,
            "{parameters}: {newest}"
        );
        let tls12 = parameters.contains("TLSv1.2");
        assert_eq!(newest.contains("TLSv1.2"), tls12, "{parameters}: {newest}");
    }
    // Since PostgreSQL 17, TLS may begin at once.
    let direct = secure.status("localhost", "sslmode=require&sslnegotiation=direct");
    let major = secure.server.version().split('.').next();
    if major
        .and_then(|it| it.parse::<u32>().ok())
        .expect("a version")
        >= 17
    {
        direct.exits(0);
    } else {
        direct
            .exits(6)
            .says(&["`sslnegotiation=direct` needs PostgreSQL 17"]);
    }
    // A socket is never encrypted, whatever the mode.
    let socket = secure.server.socket_dir().display().to_string();
    let socket = socket.replace('/', "%2F");
    for parameters in ["", "sslmode=verify-full"] {
        secure.status(&socket, parameters).exits(0);
        assert!(!secure.newest().contains("SSL"), "{}", secure.newest());
    }
    // Where the server insists on one of both, the modes that leave it open follow.
    secure.rules("hostssl all all all trust");
    reaches(&secure, "localhost", "sslmode=allow");
    reaches(&secure, "localhost", "sslmode=prefer");
    let refused = secure.status("localhost", "sslmode=disable").exits(6);
    secure.assert_shown("tls_plain_refused", refused);
    secure.rules("hostnossl all all all trust");
    for mode in ["allow", "prefer"] {
        secure
            .status("localhost", &format!("sslmode={mode}"))
            .exits(0);
        assert!(!secure.newest().contains("SSL"), "{}", secure.newest());
    }
    let refused = secure.status("localhost", "sslmode=require").exits(6);
    secure.assert_shown("tls_refused", refused);
}

#[test]
fn what_is_said_without_tls_decides_where_both_are_tried() {
    let secure = Secure::start();
    secure.file("other.crt", &Authority::new("another CA").pem());
    let other = "sslmode=prefer&sslrootcert=[folder]other.crt";
    secure.rules("host all all all reject");
    secure.status("localhost", other).exits(6).says(&[
        "pg_hba.conf rejects connection",
        "without TLS: ",
        "comes from a CA that is not trusted",
    ]);
    secure.run("ALTER ROLE app PASSWORD 'right'");
    secure.rules("host all all all scram-sha-256");
    let wrong = format!("{other}&password=wrong");
    secure.status("localhost", &wrong).exits(6).says(&[
        "no connection to localhost:",
        "password authentication failed",
        "with TLS: the server's certificate comes from a CA that is not trusted",
    ]);
    secure.rules("host all all all trust");
    secure.status("localhost", other).exits(0);
    assert!(!secure.newest().contains("SSL"), "{}", secure.newest());
}

#[test]
fn a_server_without_tls_is_named() {
    let database = Database::fresh();
    let url = format!("{}?sslmode=require", database.url());
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let ran = history.call(&["up", "--url", &url]).run().exits(6);
    assert_shown("tls_none", &ran);
    let url = format!("{}?sslmode=prefer", database.url());
    history.call(&["up", "--url", &url]).run().exits(0);
}

#[test]
fn files_that_cannot_be_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| crate::support::private(&path(name), text);
    let authority = Authority::new("test CA");
    let (ours, other) = (authority.issue("a", &[]), authority.issue("b", &[]));
    write("ours.crt", &ours.certificate);
    write("ours.key", &ours.key);
    write("other.key", &other.key);
    write("open.key", &ours.key);
    fs::set_permissions(path("open.key"), fs::Permissions::from_mode(0o644)).expect("our own file");
    write("empty", "");
    write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let mut said = String::new();
    for parameters in [
        "sslmode=verify-full",
        "sslmode=verify-ca sslrootcert=[folder]/missing.crt",
        "sslmode=require sslrootcert=[folder]/missing.crt",
        "sslmode=require sslrootcert=[folder]/empty",
        "sslmode=require sslrootcert=system",
        "sslrootcert=system",
        "sslcert=[folder]/ours.crt",
        "sslcert=[folder]/missing.crt sslkey=[folder]/ours.key",
        "sslcert=[folder]/ours.crt sslkey=[folder]/missing.key",
        "sslkey=[folder]/ours.key",
        "sslcert=[folder]/ours.crt sslkey=[folder]/open.key",
        "sslcert=[folder]/ours.crt sslkey=[folder]/other.key",
        "sslcert=[folder]/ours.crt sslkey=[folder]/encrypted.key",
        "sslcert=[folder]/ours.crt sslkey=[folder]/empty",
        "sslcert=[folder]/empty sslkey=[folder]/ours.key",
        "sslrootcert=[folder]/ours.crt sslmode=verify-ca sslcrl=[folder]/missing.crl",
        "sslrootcert=[folder]/ours.crt sslmode=verify-ca sslcrl=[folder]/empty",
        "sslpassword=secret-word",
        "sslnegotiation=direct",
        "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        "ssl_max_protocol_version=TLSv1.1",
    ] {
        let root = folder.path().to_str().expect("UTF-8");
        let parameters = parameters.replace("[folder]", root);
        // Nobody listens there: it must not come to that.
        let url = format!("host=127.0.0.1 port=1 {parameters}");
        let call = history.call(&["status", "--url", &url]);
        let ran = call.variable("SSL_CERT_FILE", path("empty")).run().exits(2);
        let shown = format!("{parameters}\n{}\n", ran.stderr);
        said.push_str(&shown.replace(root, "[folder]"));
    }
    let refusals: String = said.split("sslpassword=secret-word").collect();
    assert!(!refusals.contains("secret-word"), "{said}");
    assert_shown("tls_files", &said);
}

#[test]
fn usual_files_that_cannot_be_used_stop_nobody_who_did_not_ask() {
    let home = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(home.path().join(".postgresql")).expect("our own folder");
    let root = home.path().join(".postgresql/root.crt");
    fs::write(&root, "nonsense").expect("our own folder");
    let database = Database::fresh();
    let history = History::new(&[("V1__a.sql", "CREATE TABLE a ();")]);
    let call = |mode: &str| {
        let url = format!("{}?sslmode={mode}", database.url());
        let call = history.call(&["up", "--url", &url]);
        call.variable("HOME", home.path()).run()
    };
    call("prefer")
        .exits(0)
        .says(&["warn: connecting without TLS", "root.crt"]);
    call("require").exits(2).says(&["root.crt", "PEM"]);
}

#[test]
fn passwords_are_bound_to_the_channel() {
    let secure = Secure::start();
    secure.run("ALTER ROLE app PASSWORD 'secret'");
    secure.rules("host all all all scram-sha-256");
    let call = |parameters: &str| {
        let call = secure.call("status", "localhost", parameters);
        call.variable("PGPASSWORD", "secret").run()
    };
    call("sslmode=require&channel_binding=require").exits(0);
    call("sslmode=require&channel_binding=disable").exits(0);
    let plain = call("sslmode=disable&channel_binding=require").exits(6);
    secure.assert_shown("tls_binding_plain", plain);
    secure.rules("host all all all password");
    let clear = call("sslmode=require&channel_binding=require").exits(6);
    secure.assert_shown("tls_binding_password", clear);
}

#[test]
fn a_dump_is_made_over_tls_too() {
    let secure = Secure::start();
    secure.run("ALTER ROLE app PASSWORD 'secret'");
    secure.rules("hostssl all all all scram-sha-256");
    let backups = tempfile::tempdir().expect("a temporary folder");
    let path = std::env::var("PATH").expect("a PATH");
    // The first host is down: the dump goes where the run went.
    let parameters = format!("sslmode=verify-full&{CA}&host=localhost,localhost&port=1,[port]");
    let port = secure.server.port().to_string();
    let call = secure.call("up", "localhost", &parameters.replace("[port]", &port));
    let call = call.variable("PATH", path).variable("PGPASSWORD", "secret");
    let call = call.variable("MIGRATOR_BACKUP_TO", backups.path());
    let ran = call.run().exits(0);
    assert!(
        fs::read_dir(backups.path())
            .expect("our own folder")
            .count()
            == 1,
        "{ran}"
    );
    let log = secure.server.log();
    let dump = log
        .lines()
        .find(|line| line.contains("application_name=pg_dump"));
    let dump = dump.unwrap_or_else(|| panic!("no connection of pg_dump in:\n{log}"));
    assert!(dump.contains("SSL enabled"), "{dump}");
}

#[test]
fn a_statement_is_cancelled_over_tls() {
    let secure = Secure::start();
    secure.rules("hostssl all all all trust");
    secure.history.write("V1__a.sql", "SELECT pg_sleep(60);");
    let call = secure.call("up", "localhost", &format!("sslmode=verify-full&{CA}"));
    let running = call.start();
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut client = secure.client();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let count = |client: &mut postgres::Client| -> i64 {
        client.query_one(sleeping, &[]).expect("a query").get(0)
    };
    while count(&mut client) == 0 {
        assert!(Instant::now() < deadline, "nothing runs");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = i32::try_from(running.id()).expect("a pid");
    kill_process(Pid::from_raw(pid).expect("a pid"), Signal::TERM).expect("our own child");
    let ran = Ran::after(running).exits(8);
    assert_eq!(count(&mut client), 0, "{ran}");
    // It was cancelled, not just left: the note of it is there.
    let noted: i64 = client
        .query_one("SELECT count(*) FROM migrator_journal", &[])
        .expect("a query")
        .get(0);
    assert_eq!(noted, 1, "{ran}");
}
