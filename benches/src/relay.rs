//! A relay between client and server that counts what passes. Runs through it are never timed.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::Serialize;

use crate::failure::Outcome;

/// What has passed.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Traffic {
    pub(crate) connections: u32,
    /// How often the server answered after the client had sent something.
    pub(crate) round_trips: u32,
    /// How many of these came before the server was first ready for a query.
    pub(crate) to_connect: u32,
    pub(crate) bytes_sent: usize,
    pub(crate) bytes_received: usize,
}

/// A listening relay; its threads end with the process.
pub(crate) struct Relay {
    pub(crate) port: u16,
    traffic: Arc<Mutex<Traffic>>,
}

impl Relay {
    /// Listens on a free port, and passes every connection on to the server's.
    pub(crate) fn start(server: u16) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let traffic = Arc::new(Mutex::new(Traffic::default()));
        let counted = Arc::clone(&traffic);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A client that cannot be served sees its connection closed.
                if pass(client, server, &counted).is_err() {
                    break;
                }
            }
        });
        Ok(Self { port, traffic })
    }

    /// What has passed so far.
    pub(crate) fn traffic(&self) -> Traffic {
        *self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pass(client: TcpStream, server: u16, traffic: &Arc<Mutex<Traffic>>) -> Outcome<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, server))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    count(traffic, |traffic| traffic.connections += 1);
    let asked = Arc::new(Mutex::new(false));
    let (questions, answers) = (Arc::clone(traffic), Arc::clone(traffic));
    let (asking, answering) = (Arc::clone(&asked), asked);
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        copy(from_client, to_server, |bytes| {
            count(&questions, |traffic| traffic.bytes_sent += bytes.len());
            count(&asking, |asked| *asked = true);
        });
    });
    let mut start = Start::default();
    thread::spawn(move || {
        copy(server, client, |bytes| {
            let answer = count(&answering, std::mem::take);
            count(&answers, |traffic| {
                traffic.bytes_received += bytes.len();
                traffic.round_trips += u32::from(answer);
                traffic.to_connect += u32::from(answer && !start.is_over);
            });
            start.read(bytes);
        });
    });
    Ok(())
}

fn count<T, R>(shared: &Mutex<T>, change: impl FnOnce(&mut T) -> R) -> R {
    change(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut each: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        each(&buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    // The other side may be gone already.
    let _ = to.shutdown(Shutdown::Write);
}

/// Follows the server's messages up to its first `ReadyForQuery`.
#[derive(Default)]
struct Start {
    is_over: bool,
    held: Vec<u8>,
}

impl Start {
    fn read(&mut self, bytes: &[u8]) {
        if self.is_over {
            return;
        }
        // The answer to a request for encryption is a single letter.
        if self.held.is_empty() && (bytes == b"N" || bytes == b"S") {
            return;
        }
        self.held.extend_from_slice(bytes);
        while let [kind, a, b, c, d, ..] = self.held[..] {
            self.is_over |= kind == b'Z';
            let length = 1 + u32::from_be_bytes([a, b, c, d]) as usize;
            if self.is_over || self.held.len() < length {
                return;
            }
            self.held.drain(..length);
        }
    }
}
