//! Asks a server for TLS, and tells apart what it may answer.
//!
//! tokio-postgres takes every answer but yes for no; whoever is told that a server has no TLS gives encryption up,
//! though it may only have had no room for another process, or be no PostgreSQL at all
//! (<https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>).

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::connection::unreached::{Fault, Reason};
use crate::server_error::ServerError;

/// SSLRequest: its length, and the number that stands for it.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

type Encrypted = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
type Rustls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;

/// How a server is asked for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// It is not asked: the handshake begins at once.
    Directly,
    /// Without TLS the connection is of no use.
    Insisting,
    /// Without TLS the connection goes on in clear.
    Preferring,
}

/// Why the connection is of no use, on its way through tokio-postgres.
#[derive(Debug)]
pub(super) struct Refused(pub(super) Reason);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message())
    }
}

impl std::error::Error for Refused {}

fn refused(reason: Reason) -> io::Error {
    io::Error::other(Refused(reason))
}

/// What the server says to the request.
enum Said {
    Yes,
    No,
}

/// Everything that comes between a connection and the first message of the protocol.
pub(in crate::connection) struct Handshake {
    pub(super) asking: Asking,
    /// None where nothing can be encrypted.
    pub(super) rustls: Option<Rustls>,
}

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(negotiate(self, socket))
    }
}

async fn negotiate(handshake: Handshake, mut socket: Socket) -> io::Result<Stream> {
    let Handshake { asking, rustls } = handshake;
    let said = match asking {
        Asking::Directly => Said::Yes,
        Asking::Insisting | Asking::Preferring => ask(&mut socket).await?,
    };
    match (said, asking) {
        (Said::Yes, _) => {
            let rustls = rustls.ok_or(io::ErrorKind::Unsupported)?;
            let stream = rustls.connect(socket).await?;
            Ok(Stream::Encrypted(Box::new(stream)))
        }
        (Said::No, Asking::Preferring) => Ok(Stream::Plain(socket)),
        (Said::No, _) => Err(refused(Reason::Tls(Fault::new(
            "the server has no TLS",
            "Switch it on (`ssl = on`, with a certificate); or, where the network is trusted, set `sslmode=prefer`.",
        )))),
    }
}

async fn ask(socket: &mut Socket) -> io::Result<Said> {
    let unanswered = |what: String| refused(Reason::Server(ServerError::Lost(what)));
    let lost = |error: io::Error| {
        unanswered(match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                "the server closed the connection when it was asked for TLS".to_owned()
            }
            _ => format!("error communicating with the server: {error}"),
        })
    };
    socket.write_all(&REQUEST).await.map_err(lost)?;
    // One byte and no more: what comes behind it belongs to the handshake.
    let mut answer = [0];
    socket.read_exact(&mut answer).await.map_err(lost)?;
    match answer[0] {
        b'S' => Ok(Said::Yes),
        b'N' => Ok(Said::No),
        // Its words are not shown: anybody on the way may have put them there.
        b'E' => Err(unanswered(
            "the server answered the request for TLS with an error, as it does while it cannot start another process"
                .to_owned(),
        )),
        other => Err(refused(Reason::Stranger(
            Fault::new("what answers is not PostgreSQL", "Check host and port.").with_detail(format!(
                "Its first byte in answer to the request for TLS is \"{}\".",
                char::from(other).escape_default()
            )),
        ))),
    }
}

/// What a connection is read from and written to.
pub(in crate::connection) enum Stream {
    Encrypted(Box<Encrypted>),
    Plain(Socket),
}

impl TlsStream for Stream {
    fn channel_binding(&self) -> ChannelBinding {
        match self {
            Self::Encrypted(stream) => stream.channel_binding(),
            Self::Plain(_) => ChannelBinding::none(),
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Encrypted(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Plain(socket) => Pin::new(socket).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Encrypted(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Encrypted(stream) => Pin::new(stream).poll_flush(context),
            Self::Plain(socket) => Pin::new(socket).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Encrypted(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
        }
    }
}
