//! Servers of their own: stopped and started, as a standby, killed, over a socket.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use migrator_dev::server::Mode;
use postgres::{Client, NoTls};

use crate::support::{History, Ran, server};

fn history() -> History {
    History::new(&[("V1__a.sql", "CREATE TABLE a ();")])
}

#[test]
fn a_server_that_starts_later_is_waited_for() {
    let mut server = server();
    let url = server.url("postgres");
    server.stop(Mode::Fast).expect("a stop");
    let history = history();
    let mut waiting = history
        .call(&["up", "--wait", "60s", "--url", &url])
        .start();
    waiting.until_it_says("s for the server: ");
    server.start_again().expect("a start");
    let ran = Ran::after(waiting)
        .exits(0)
        .says(&["waiting up to ", " s for the server: "]);
    assert!(ran.stdout.starts_with("applied 1"), "{ran}");
}

#[test]
fn a_standby_is_read_and_not_written() {
    let mut server = server();
    let url = server.url("postgres");
    let history = history();
    history.call(&["up", "--url", &url]).run().exits(0);
    server.stop(Mode::Fast).expect("a stop");
    fs::write(server.data_dir().join("standby.signal"), "").expect("our own server's file");
    server.start_again().expect("a start as a standby");
    for command in ["status", "plan", "history", "current", "check"] {
        history.call(&[command, "--url", &url]).run().exits(0);
    }
    history.write("V2__b.sql", "CREATE TABLE b ();");
    history.call(&["check", "--url", &url]).run().exits(4);
    let refused = history.call(&["up", "--url", &url]).run().exits(6);
    assert!(
        refused.stderr.contains("is a read-only standby") && refused.stderr.contains("hint: "),
        "{refused}"
    );
}

#[test]
fn a_unix_socket_is_a_host_too() {
    let server = server();
    let host = server.socket_dir().to_str().expect("UTF-8");
    assert!(Path::new(host).is_dir());
    let history = history();
    let call = history
        .call(&["up"])
        .variable("PGHOST", host)
        .variable("PGPORT", server.port().to_string());
    let ran = call
        .variable("PGUSER", "postgres")
        .variable("PGDATABASE", "postgres")
        .run()
        .exits(0);
    assert!(ran.stdout.starts_with("applied 1"), "{ran}");
}

#[test]
fn a_server_that_dies_is_exit_six_and_the_next_run_goes_on() {
    let mut server = server();
    let url = server.url("postgres");
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V2__b.sql", "CREATE TABLE b ();\nSELECT pg_sleep(60);"),
    ]);
    let running = history.call(&["up", "--url", &url]).start();
    let mut client = Client::connect(&url, NoTls).expect("our own server");
    let deadline = Instant::now() + Duration::from_secs(20);
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    while client
        .query_one(sleeping, &[])
        .expect("a query")
        .get::<_, i64>(0)
        == 0
    {
        assert!(
            Instant::now() < deadline,
            "the second migration does not run"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    server.restart(Mode::Immediate).expect("a restart");
    let ran = Ran::after(running).exits(6);
    assert!(
        ran.stderr.contains("migration 2 \"b\"") && ran.stderr.contains("hint: "),
        "{ran}"
    );
    history.write("V2__b.sql", "CREATE TABLE b ();");
    history.call(&["up", "--url", &url]).run().exits(0);
    let mut client = Client::connect(&url, NoTls).expect("our own server");
    let count: i64 = client
        .query_one("SELECT count(*) FROM refinery_schema_history", &[])
        .expect("a query")
        .get(0);
    assert_eq!(count, 2);
}
