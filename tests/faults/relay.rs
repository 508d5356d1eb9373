//! A relay between a runner and its server that knows where messages end, and breaks the connection on order.
//!
//! The messages are those of <https://www.postgresql.org/docs/current/protocol-message-formats.html>; only their
//! boundaries are read, and their text where an order asks for it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::support::Database;

/// How long a stalled connection stays open.
pub(crate) const STALL: Duration = Duration::from_secs(2);
/// How often a thread that waits for bytes looks whether the connection is broken.
const GLANCE: Duration = Duration::from_millis(5);

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Runner,
    Server,
}

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Both ends are told that nothing more will come.
    Cut,
    /// Both ends get a reset: what they have not read yet is lost.
    Reset,
    /// Nothing is passed on any more; a while later both ends are closed.
    Stall,
}

pub(crate) const WAYS: [Way; 3] = [Way::Cut, Way::Reset, Way::Stall];

/// When a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// After so many messages; after none, the connection is refused.
    After(usize),
    /// Instead of the first message that holds this text.
    InsteadOf(&'static str),
    /// After the first message that holds this text.
    AfterText(&'static str),
}

/// An order to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) side: Side,
    pub(crate) moment: Moment,
    pub(crate) way: Way,
}

/// A relay on a port of its own; it ends with its owner.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    server: String,
    fault: Option<Fault>,
    runner_messages: usize,
    server_messages: usize,
    broken: bool,
    ended: bool,
    connected: Option<Instant>,
    sockets: Vec<Arc<TcpStream>>,
}

impl Relay {
    /// Stands before the server of a database.
    pub(crate) fn before(database: &Database, fault: Option<Fault>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (host, port) = database.place();
        let shared = Arc::new(Mutex::new(Shared {
            server: format!("{host}:{port}"),
            fault,
            runner_messages: 0,
            server_messages: 0,
            broken: false,
            ended: false,
            connected: None,
            sockets: Vec::new(),
        }));
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                // Our own connection at the end only wakes this thread up.
                if lock(&theirs).ended {
                    break;
                }
                accept(&theirs, client.expect("a client"));
            }
        });
        Self { address, shared }
    }

    /// The database's URL through the relay.
    pub(crate) fn url(&self, database: &Database) -> String {
        // It follows the messages of the protocol; the question for TLS is none.
        format!(
            "postgres://postgres@{}/{}?sslmode=disable",
            self.address,
            database.name()
        )
    }

    /// How many messages each side has sent.
    pub(crate) fn messages(&self, side: Side) -> usize {
        let shared = lock(&self.shared);
        match side {
            Side::Runner => shared.runner_messages,
            Side::Server => shared.server_messages,
        }
    }

    /// How long ago the runner connected.
    pub(crate) fn connected_for(&self) -> Duration {
        let connected = lock(&self.shared).connected;
        connected.expect("a runner that connected").elapsed()
    }

    /// Whether the order was carried out.
    pub(crate) fn is_broken(&self) -> bool {
        lock(&self.shared).broken
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        {
            let mut shared = lock(&self.shared);
            shared.ended = true;
            shared.sever(Way::Cut);
        }
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().expect("no thread that failed")
}

fn accept(shared: &Arc<Mutex<Shared>>, runner: TcpStream) {
    let mut state = lock(shared);
    if state.is_due(Side::Server, None) || state.is_due(Side::Runner, None) {
        state.broken = true;
    }
    if state.broken {
        return;
    }
    state.connected = state.connected.or_else(|| Some(Instant::now()));
    let Ok(server) = TcpStream::connect(&state.server) else {
        return;
    };
    let (runner, server) = (Arc::new(runner), Arc::new(server));
    for socket in [&runner, &server] {
        socket.set_nodelay(true).expect("a TCP socket");
        socket.set_read_timeout(Some(GLANCE)).expect("a TCP socket");
        state.sockets.push(Arc::clone(socket));
    }
    for (side, from, to) in [
        (Side::Runner, &runner, &server),
        (Side::Server, &server, &runner),
    ] {
        let (shared, from, to) = (Arc::clone(shared), Arc::clone(from), Arc::clone(to));
        thread::spawn(move || pump(&shared, side, &from, &to));
    }
}

/// Passes messages on until one end has closed, or the connection is to break.
fn pump(shared: &Mutex<Shared>, side: Side, from: &TcpStream, to: &TcpStream) {
    // The first message of a client has no byte that tells its kind.
    let mut headless = side == Side::Runner;
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        while let Some(length) = length_of_message(&bytes, headless) {
            headless = false;
            let rest = bytes.split_off(length);
            let message = std::mem::replace(&mut bytes, rest);
            if pass_on(shared, side, &message, to).is_break() {
                return;
            }
        }
        match { from }.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if lock(shared).broken {
                    return;
                }
            }
            Err(_) => break,
        }
    }
    if !lock(shared).broken {
        let _ = to.shutdown(Shutdown::Write);
    }
}

/// The length counts itself, and not the byte before it.
fn length_of_message(bytes: &[u8], headless: bool) -> Option<usize> {
    let kind = usize::from(!headless);
    let length = bytes.get(kind..kind + 4)?;
    let length = u32::from_be_bytes(length.try_into().expect("four bytes"));
    let whole = kind + usize::try_from(length).expect("a message that fits into memory");
    (bytes.len() >= whole).then_some(whole)
}

fn pass_on(
    shared: &Mutex<Shared>,
    side: Side,
    message: &[u8],
    mut to: &TcpStream,
) -> std::ops::ControlFlow<()> {
    use std::ops::ControlFlow::{Break, Continue};
    let mut state = lock(shared);
    if state.broken {
        return Break(());
    }
    let due = {
        match side {
            Side::Runner => state.runner_messages += 1,
            Side::Server => state.server_messages += 1,
        }
        state.is_due(side, Some(message))
    };
    let instead = state
        .fault
        .is_some_and(|fault| matches!(fault.moment, Moment::InsteadOf(_)));
    if !(due && instead) && to.write_all(message).is_err() {
        return Break(());
    }
    if !due {
        return Continue(());
    }
    state.broken = true;
    let way = state.fault.map_or(Way::Cut, |fault| fault.way);
    if way == Way::Stall {
        drop(state);
        thread::sleep(STALL);
        state = lock(shared);
    }
    state.sever(way);
    Break(())
}

impl Shared {
    fn is_due(&self, side: Side, message: Option<&[u8]>) -> bool {
        let Some(fault) = self.fault else {
            return false;
        };
        let so_far = match side {
            Side::Runner => self.runner_messages,
            Side::Server => self.server_messages,
        };
        let holds = |text: &str| {
            message
                .is_some_and(|message| message.windows(text.len()).any(|it| it == text.as_bytes()))
        };
        fault.side == side
            && match fault.moment {
                Moment::After(count) => so_far == count,
                Moment::InsteadOf(text) | Moment::AfterText(text) => holds(text),
            }
    }

    /// Ends every connection. A reset is sent when the last owner of a socket lets it go.
    fn sever(&mut self, way: Way) {
        self.broken = true;
        for socket in self.sockets.drain(..) {
            if way == Way::Reset {
                let _ = SockRef::from(&*socket).set_linger(Some(Duration::ZERO));
            } else {
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
    }
}
