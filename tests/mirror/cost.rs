//! What a mirror costs: no message more, whether there is something to do or not.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::Database;

use super::{database, history};

/// Relays connections to the server of a database, and counts the queries that clients send.
struct Counter {
    url: String,
    queries: Arc<AtomicUsize>,
}

impl Counter {
    fn before(database: &Database) -> Self {
        let (host, port) = database.place();
        let address = format!("{host}:{port}");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let own = listener.local_addr().expect("an address");
        let queries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&queries);
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let server = TcpStream::connect(&address).expect("the server");
                let (back, forth) = (
                    server.try_clone().expect("a socket"),
                    client.try_clone().expect("a socket"),
                );
                thread::spawn(move || pass(back, forth));
                let counted = Arc::clone(&counted);
                thread::spawn(move || count(client, server, &counted));
            }
        });
        let url = database
            .url()
            .replace(&format!("{host}:{port}"), &own.to_string());
        let mark = if url.contains('?') { '&' } else { '?' };
        Self {
            url: format!("{url}{mark}sslmode=disable"),
            queries,
        }
    }

    /// How many queries a call sends.
    fn of(&self, arguments: &[&str]) -> usize {
        let before = self.queries.load(Ordering::SeqCst);
        let history = history();
        let call = history.call(arguments);
        call.variable("DATABASE_URL", &self.url).run().exits(0);
        self.queries.load(Ordering::SeqCst) - before
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

/// Passes messages on; the first one has no type.
fn count(mut from: TcpStream, mut to: TcpStream, queries: &AtomicUsize) {
    let mut typed = false;
    loop {
        let mut head = vec![0; if typed { 5 } else { 4 }];
        if from.read_exact(&mut head).is_err() {
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
        let [.., a, b, c, d] = head[..] else {
            panic!("a length has four bytes");
        };
        let length = u32::from_be_bytes([a, b, c, d]);
        let mut body = vec![0; usize::try_from(length - 4).expect("a length")];
        from.read_exact(&mut body).expect("a whole message");
        if typed && head[0] == b'Q' {
            queries.fetch_add(1, Ordering::SeqCst);
        }
        typed = true;
        if to.write_all(&[head, body].concat()).is_err() {
            return;
        }
    }
}

#[test]
fn no_message_is_added() {
    let (plain, with) = (database(), database());
    history().run(&plain, &["adopt"]).exits(0);
    history().run(&with, &["adopt", "--mirror"]).exits(0);
    let counts = |database: &Database| -> Vec<usize> {
        let counter = Counter::before(database);
        [
            &["up", "4"][..],
            &["up", "4"],
            &["up"],
            &["up"],
            &["down", "2", "--yes"],
            &["stamp", "3", "--yes"],
        ]
        .map(|arguments| counter.of(arguments))
        .to_vec()
    };
    let (plain, with) = (counts(&plain), counts(&with));
    assert!(plain.iter().all(|count| *count > 1), "{plain:?}");
    assert_eq!(plain, with);
}
