//! What a server may answer when it is asked for TLS, and what each answer means.

use std::io::{Read as _, Write as _, copy};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::encryption::{CA, reaches};
use crate::support::{Authority, Call, Database, History, Ran, Secure};

/// The port of something that answers every request for TLS in the same way, and then closes.
fn answering(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut request = [0; 8];
            let mut client = client.expect("a connection");
            // Whoever is refused goes on elsewhere.
            let _ = client.read_exact(&mut request);
            let _ = client.write_all(answer);
        }
    });
    port
}

const ERROR: &[u8] =
    b"Ecould not fork new process for connection: Resource temporarily unavailable\n\0";
const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
const MYSQL: &[u8] = b"\x4a\x00\x00\x00\x0a8.4.0\x00";

fn history() -> History {
    History::new(&[("V1__a.sql", "CREATE TABLE a ();")])
}

fn status(history: &History, port: u16, parameters: &str) -> Call {
    let url = format!("postgres://postgres:hunter2@127.0.0.1:{port}/postgres?{parameters}");
    history.call(&["status"]).variable("DATABASE_URL", url)
}

#[test]
fn what_is_not_postgresql_is_named_at_once() {
    let history = history();
    for answer in [HTTP, MYSQL] {
        let port = answering(answer);
        for mode in ["prefer", "require"] {
            let start = Instant::now();
            status(&history, port, &format!("sslmode={mode}"))
                .argument("--wait=60s")
                .run()
                .exits(6)
                .says(&["what answers is not PostgreSQL", "Check host and port."]);
            assert!(start.elapsed() < Duration::from_secs(20), "{mode}");
        }
    }
}

#[test]
fn an_error_in_place_of_an_answer_is_no_lack_of_tls() {
    let history = history();
    for (answer, words) in [
        (ERROR, "answered the request for TLS with an error"),
        (
            b"" as &[u8],
            "closed the connection when it was asked for TLS",
        ),
    ] {
        let port = answering(answer);
        for mode in ["prefer", "require"] {
            let ran = status(&history, port, &format!("sslmode={mode}")).run();
            let ran = ran.exits(6).says(&[words, "--wait 60s"]);
            // Whoever hears that would give encryption up; and those words came from anybody.
            assert!(!ran.stderr.contains("no TLS"), "{ran}");
            assert!(!ran.stderr.contains("could not fork"), "{ran}");
        }
    }
}

#[test]
fn while_a_server_has_no_process_for_us_it_is_waited_for_and_the_next_one_is_asked() {
    let history = history();
    let secure = Secure::start();
    let failing = answering(ERROR);
    let url = |ports: &str| {
        let ca = secure.path("ca.crt");
        format!("postgres://app@localhost:{ports}/postgres?sslmode=verify-full&sslrootcert={ca}")
    };
    let second = url(&format!("{failing},localhost:{}", secure.server.port()));
    history.call(&["up", "--url", &second]).run().exits(0);
    let only = url(&failing.to_string());
    let mut waiting = history
        .call(&["up", "--wait", "2s", "--url", &only])
        .start();
    waiting.until_it_says("waiting up to ");
    Ran::after(waiting).exits(6);
}

#[test]
fn a_server_that_says_no_is_gone_on_with_where_that_will_do() {
    let (database, history) = (Database::fresh(), history());
    let call = |mode: &str| {
        let url = format!("{}?sslmode={mode}", database.url());
        history.call(&["status", "--url", &url]).run()
    };
    let ran = call("prefer").exits(0);
    assert!(!ran.stderr.contains("TLS"), "nothing is wrong: {ran}");
    call("require").exits(6).says(&["the server has no TLS"]);
}

#[test]
fn a_name_that_tls_cannot_send_is_no_hindrance_where_it_is_not_verified() {
    let secure = Secure::start();
    let long = "d".repeat(64);
    for host in [long.as_str(), "-db"] {
        for parameters in ["sslmode=require", &format!("sslmode=verify-ca&{CA}")] {
            reaches(&secure, host, &format!("hostaddr=127.0.0.1&{parameters}"));
        }
        secure
            .status(
                host,
                &format!("hostaddr=127.0.0.1&sslmode=verify-full&{CA}"),
            )
            .exits(6)
            .says(&["the host's name cannot be used with TLS"]);
    }
}

#[test]
fn going_on_without_tls_because_it_failed_is_told() {
    let secure = Secure::start();
    secure.file("other.crt", &Authority::new("another CA").pem());
    let ran = secure
        .status("localhost", "sslmode=prefer&sslrootcert=[folder]other.crt")
        .exits(0);
    ran.says(&["without TLS: ", "comes from a CA that is not trusted"]);
    assert!(!secure.newest().contains("SSL"), "{}", secure.newest());
}

#[test]
fn going_on_without_tls_because_somebody_cut_it_is_told() {
    let (database, history) = (Database::fresh(), history());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (host, server_port) = database.place();
    thread::spawn(move || -> std::io::Result<()> {
        // It promises TLS and is gone; without TLS it lets everything through.
        let (mut first, _) = listener.accept()?;
        first.read_exact(&mut [0; 8])?;
        first.write_all(b"S")?;
        drop(first);
        let (mut client, _) = listener.accept()?;
        let mut server = TcpStream::connect(format!("{host}:{server_port}"))?;
        let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || copy(&mut from, &mut to));
        copy(&mut client, &mut server).map(|_| ())
    });
    let url = format!("postgres://postgres@127.0.0.1:{port}/{}", database.name());
    let ran = history.call(&["status", "--url", &url]).run().exits(0);
    ran.says(&["connected to 127.0.0.1:", " without TLS: "]);
}

#[test]
fn who_of_several_refused_is_named() {
    let history = history();
    let (failing, refusing) = (answering(ERROR), answering(HTTP));
    let url = format!("postgres://postgres@127.0.0.1:{refusing},127.0.0.1:{failing}/postgres");
    let ran = history.call(&["status", "--url", &url]).run().exits(6);
    ran.says(&[&format!(
        "127.0.0.1:{refusing}: what answers is not PostgreSQL"
    )]);
}
