//! What the server lacks: space, connections, the right to write. Each is a clean failure, and the run after it works.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use migrator_dev::server::{Options, Server};
use postgres::{Client, NoTls};

use crate::state::unsound;
use crate::support::{Database, History, Ran, server};

fn plain() -> History {
    History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "CREATE TABLE b ();"),
    ])
}

/// No file of the server may grow beyond so many bytes. Whoever may not change the limits of another account becomes
/// that account, so the program of util-linux does it.
fn limit_files(server: &Server, bytes: &str) {
    let pid = server.pid().expect("a running server").to_string();
    let owner = fs::metadata(format!("/proc/{pid}")).expect("a running server");
    let mut command = Command::new("prlimit");
    command
        .args(["--pid", &pid])
        .arg(format!("--fsize={bytes}:"));
    if fs::metadata("/proc/self").expect("Linux").uid() == 0 {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let status = command.status().expect("prlimit of util-linux");
    assert!(status.success(), "prlimit: {status}");
}

#[test]
fn a_file_of_the_server_cannot_grow() {
    let server = server();
    let database = Database::on(&server.url("postgres"));
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        (
            "V2__big.sql",
            "CREATE TABLE big AS SELECT repeat('x', 1000) FROM generate_series(1, 60000);",
        ),
        (
            "V3__index.sql",
            "-- migrator: no-transaction\nCREATE TABLE small ();\nINSERT INTO small DEFAULT VALUES;\n\
             CREATE TABLE big2 AS TABLE big;\nINSERT INTO small DEFAULT VALUES;",
        ),
    ]);
    // A log segment has 16 MB.
    let small = "25165824";
    limit_files(&server, small);
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("File too large"), "{ran}");
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("big"));
    assert_eq!(database.journal(), ["apply 1", "fail 2"]);
    limit_files(&server, "unlimited");
    history.run(&database, &["up", "2"]).exits(0);
    limit_files(&server, small);
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("File too large"), "{ran}");
    assert_eq!(database.applied(), [1, 2]);
    limit_files(&server, "unlimited");
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.value("SELECT count(*) FROM small"), "2");
    let wrong = unsound(&database);
    assert!(wrong.is_none(), "{wrong:?}");
}

#[test]
fn no_space_left_on_device() {
    let (database, history) = (Database::fresh(), plain());
    history.write(
        "V2__b.sql",
        "CREATE TABLE b ();\nCOPY (SELECT 1) TO '/dev/full';",
    );
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("53100"), "{ran}");
    assert_eq!(database.applied(), [1]);
    assert!(!database.has("b"));
    history.write("V2__b.sql", "CREATE TABLE b ();");
    history.run(&database, &["up"]).exits(0);
}

/// A server with room for so many sessions, and a database on it.
fn cramped(connections: usize) -> (Server, Database) {
    let setting = |name: &str, value: usize| (name.into(), value.to_string());
    let options = Options {
        settings: vec![
            setting("max_connections", connections),
            setting("superuser_reserved_connections", 0),
            // Autovacuum would take a place of its own, not one of these.
            setting("max_wal_senders", 0),
        ],
        ..Options::from_environment()
    };
    let server = Server::start(&options).expect("a server");
    let database = Database::on(&server.url("postgres"));
    (server, database)
}

/// Takes every free place.
fn crowd(database: &Database) -> Vec<Client> {
    std::iter::from_fn(|| Client::connect(&database.url(), NoTls).ok()).collect()
}

#[test]
fn there_is_no_place_for_a_session() {
    let (_server, database) = cramped(6);
    let history = plain();
    let others = crowd(&database);
    assert!(others.len() <= 6);
    let ran = history.run(&database, &["up"]).exits(6);
    assert!(
        ran.stderr.contains("53300") || ran.stderr.contains("too many clients"),
        "{ran}"
    );
    let mut waiting = history.call(&["up", "--wait", "60s"]).on(&database).start();
    waiting.until_it_says("s for the server: ");
    drop(others);
    let ran = Ran::after(waiting);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(database.applied(), [1, 2]);
}

#[test]
fn there_is_no_place_for_a_second_session() {
    let (_server, database) = cramped(6);
    let history = plain();
    history.write("V2__b.sql", "ALTER TABLE a ADD COLUMN id int;");
    history.run(&database, &["up", "1"]).exits(0);
    let mut others = crowd(&database);
    // Who stands in the way is asked on a second connection; without it, the run must go on all the same.
    others[0]
        .batch_execute("BEGIN; SELECT FROM a")
        .expect("an open transaction");
    drop(others.pop());
    let running = history
        .call(&["up", "--wait", "10s", "--lock-timeout", "2s"])
        .on(&database)
        .start();
    std::thread::sleep(std::time::Duration::from_millis(3500));
    others[0]
        .batch_execute("ROLLBACK")
        .expect("an open transaction");
    let ran = Ran::after(running);
    assert_eq!(ran.code, 0, "{ran}");
    drop(others);
    assert_eq!(database.applied(), [1, 2]);
    assert_eq!(
        database.value(
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'id'"
        ),
        "1"
    );
}

#[test]
fn a_database_that_is_read_only_by_default_is_migrated() {
    let (database, history) = (Database::fresh(), plain());
    history.write("V2__b.sql", "-- migrator: no-transaction\nCREATE TABLE b (id int);\nCREATE INDEX CONCURRENTLY i ON b (id);");
    database.administrate(&format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name()
    ));
    history.run(&database, &["up"]).exits(0);
    assert_eq!(database.applied(), [1, 2]);
}

#[test]
fn a_standby_is_refused() {
    let mut server = server();
    let database = Database::on(&server.url("postgres"));
    let history = plain();
    history.run(&database, &["up", "1"]).exits(0);
    server
        .stop(migrator_dev::server::Mode::Fast)
        .expect("a stop");
    std::fs::write(server.data_dir().join("standby.signal"), "").expect("our own server's file");
    server.start_again().expect("a start as a standby");
    let ran = history.run(&database, &["up"]).exits(6);
    assert!(ran.stderr.contains("is a read-only standby"), "{ran}");
    assert_eq!(database.applied(), [1]);
}
