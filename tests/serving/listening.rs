//! Where it listens, and how it ends.

use std::io::Write as _;
use std::net::TcpListener;

use super::{serve, three};
use crate::support::{Database, Served};

/// Asks for what only those may read who are meant to.
fn named(host: &str) -> String {
    format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

#[test]
fn a_page_of_the_web_cannot_read_it_through_a_name() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    for host in [
        "localhost",
        "localhost:9090",
        "127.0.0.1:8080",
        "[::1]:8080",
    ] {
        served.send(&named(host)).is(200);
    }
    served
        .send("GET /readyz HTTP/1.0\r\n\r\n")
        .is(200)
        .says(&["ready"]);
    let refused = ["start with `--token-file`", "Host: localhost"];
    for path in ["/", "/status.json", "/readyz", "/metrics", "/unknown"] {
        let request = named("rebound.example:8080").replace("/readyz", path);
        let answer = served.send(&request).is(421).says(&refused);
        assert!(!answer.body.contains(database.name()), "{answer:?}");
    }
    let absolute = named("localhost").replace("/readyz", "http://rebound.example/readyz");
    served.send(&absolute).is(421);
    let alive = named("rebound.example").replace("/readyz", "/healthz");
    served.send(&alive).is(200);
}

#[test]
fn signals_end_it() {
    let (database, history) = (Database::fresh(), three());
    for signal in ["-TERM", "-INT"] {
        let served = serve(&history, &database);
        served.get("/readyz").is(503);
        // Neither somebody who waits nor somebody who is slow keeps it.
        let (_idle, mut slow) = (served.connect(), served.connect());
        slow.write_all(b"GET / HT").expect("a connection");
        let (code, said) = served.end(signal);
        assert_eq!((code, said.as_str()), (Some(0), ""));
    }
}

#[test]
fn where_it_cannot_listen_is_a_usage_error() {
    let (database, history) = (Database::fresh(), three());
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().expect("an address").to_string();
    let _kept = TcpListener::bind(&taken);
    for (address, why) in [
        (taken.as_str(), "in use"),
        ("127.0.0.1", "socket address"),
        ("127.0.0.1:99999", "port"),
        ("203.0.113.7:8080", "assign"),
        ("nonsense:http", "port"),
        ("", "socket address"),
    ] {
        let ran = history.run(&database, &["serve", "--listen", address]);
        ran.exits(2)
            .says(&["cannot listen on", why, "--listen 127.0.0.1:8080"]);
    }
    let nowhere = history.call(&["serve", "--listen", "127.0.0.1:0"]).run();
    nowhere.exits(2).says(&["DATABASE_URL"]);
}

#[test]
fn whoever_opens_it_to_others_is_warned() {
    let (database, history) = (Database::fresh(), three());
    let call = history
        .call(&["serve", "--listen", "0.0.0.0:0"])
        .on(&database);
    let served = Served::start(call);
    // Others know this machine by its name.
    served.send(&named("status.example")).is(503);
    let (code, said) = served.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(
        said.contains("--token-file") && said.contains("anyone may ask"),
        "{said}"
    );
    let (_, said) = serve(&history, &database).end("-TERM");
    assert_eq!(said, "");
}
