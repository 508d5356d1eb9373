//! Clients that are slow, silent or talk nonsense: none of them keeps another from being answered.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::{serve, three};
use crate::support::{Answer, Database, Served};

/// Fails the test unless somebody who asks is answered soon.
#[track_caller]
fn is_answered(served: &Served) {
    let start = Instant::now();
    served.get("/healthz").is(200);
    served.get("/readyz").is(200);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

fn ready() -> (Database, Served) {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let served = serve(&history, &database);
    (database, served)
}

#[test]
fn nonsense_is_refused() {
    let (_database, served) = ready();
    for nonsense in [
        "\r\n\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n c: folded\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        let stream = served.connect();
        (&stream)
            .write_all(nonsense.as_bytes())
            .expect("a connection");
        // Nothing more will come.
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let answer = Answer::read(stream);
        assert!([0, 400].contains(&answer.code), "{nonsense:?}: {answer:?}");
        is_answered(&served);
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let (_database, served) = ready();
    let large = "x".repeat(64 * 1024);
    let many: Vec<String> = (0..400).map(|at| format!("X-{at}: y\r\n")).collect();
    let many = many.concat();
    for (head, code) in [
        (
            format!("GET / HTTP/1.1\r\nHost: a\r\nX: {large}\r\n\r\n"),
            431,
        ),
        (format!("GET / HTTP/1.1\r\nHost: a\r\n{many}\r\n"), 431),
        (format!("GET /{large} HTTP/1.1\r\nHost: a\r\n\r\n"), 431),
    ] {
        let stream = served.connect();
        // It may answer before it has read all of it.
        let _ = (&stream).write_all(head.as_bytes());
        let answer = Answer::read(stream);
        // A reset may overtake the answer.
        assert!([0, code].contains(&answer.code), "{answer:?}");
        is_answered(&served);
    }
}

#[test]
fn many_who_wait_and_some_who_are_slow_hold_up_nobody() {
    let (_database, served) = ready();
    let silent: Vec<TcpStream> = (0..200).map(|_| served.connect()).collect();
    is_answered(&served);
    let address = served.address;
    let slow = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).expect("a server that listens");
        let start = Instant::now();
        // A byte now and then, as long as somebody listens.
        for byte in std::iter::repeat_n(b"GET / HTTP/1.1\r\nHost: a\r\nX: y", 1)
            .flatten()
            .chain(std::iter::repeat(&b'z'))
        {
            if stream.write_all(&[*byte]).is_err() || start.elapsed() > Duration::from_secs(20) {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        start.elapsed()
    });
    while !slow.is_finished() {
        is_answered(&served);
        thread::sleep(Duration::from_millis(250));
    }
    let took = slow.join().expect("a thread");
    assert!(took < Duration::from_secs(10), "{took:?}");
    // Those who said nothing were sent away too.
    let mut first = silent.into_iter().next().expect("one of them");
    first
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a positive time");
    let mut byte = [0];
    let read = std::io::Read::read(&mut first, &mut byte).expect("an end, not a timeout");
    assert_eq!(read, 0);
}

#[test]
fn more_than_there_is_room_for_hold_up_nobody() {
    let (_database, served) = ready();
    let mut silent: Vec<TcpStream> = Vec::new();
    for _ in 0..4 {
        silent.extend((0..150).map(|_| served.connect()));
        is_answered(&served);
    }
    assert_eq!(silent.len(), 600);
}
