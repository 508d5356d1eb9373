//! Connections: taken, limited in number, in size and in time, and ended. What is answered is `route`.
//!
//! All of it runs on the calling thread. A client that is slow, silent or talks nonsense costs a little memory for a
//! few seconds, and nobody waits for it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::TcpListener as Listener;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::route::{Site, answer};
use crate::error::{Error, Kind};
use crate::interrupt::Interrupt;

/// How many connections there may be. One more ends the oldest, so that nobody can keep others out by waiting.
const CONNECTIONS: usize = 256;
/// How long a client may take for the head of a request, and say nothing between two of them.
const HEAD: Duration = Duration::from_secs(5);
/// How large the head of a request may be, in bytes.
const LARGEST: usize = 16 * 1024;
/// How long a connection may stand.
const STAY: Stay = Stay {
    taking: Duration::from_secs(30),
    ending: Duration::from_secs(5),
};
/// The same when the program is asked to stop.
const STOP: Duration = Duration::from_secs(1);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(250);
/// How long nothing is taken when nothing can be: the process may have no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a connection may stand.
#[derive(Clone, Copy, Debug)]
struct Stay {
    /// How long it takes requests.
    taking: Duration,
    /// How long what is under way may then take: sending an answer to a client that does not read it, say.
    ending: Duration,
}

/// Answers until it is asked to stop.
pub(super) fn run(listener: Listener, site: Site, interrupt: &Interrupt) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::new(Kind::Usage, format!("cannot listen: {error}"));
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        let (stop, stopped) = watch::channel(());
        let mut connections = Connections::default();
        let site = Arc::new(site);
        match select(
            pin!(take(&listener, &site, &stopped, &mut connections)),
            pin!(requested(interrupt)),
        )
        .await
        {
            Either::Left((never, _)) => match never {},
            Either::Right(_) => {}
        }
        drop(listener);
        stop.send_replace(());
        let _ = timeout(STOP, connections.all_end()).await;
        Ok(())
    })
}

/// Waits for the request to stop; less eagerly than a run does, because this waits for months.
async fn requested(interrupt: &Interrupt) {
    while !interrupt.is_requested() {
        sleep(LOOK).await;
    }
}

/// Takes connections, for ever.
async fn take(
    listener: &TcpListener,
    site: &Arc<Site>,
    stopped: &watch::Receiver<()>,
    connections: &mut Connections,
) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let site = Arc::clone(site);
                let answer = move |request| {
                    let site = Arc::clone(&site);
                    async move { answer(&site, &request).await }
                };
                connections.add(converse(stream, answer, STAY, stopped.clone()));
            }
            Err(error) => {
                log::warn!("a connection cannot be taken: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// The connections that stand.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    /// Oldest first.
    handles: VecDeque<AbortHandle>,
}

impl Connections {
    fn add(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.handles.retain(|handle| !handle.is_finished());
        if self.handles.len() >= CONNECTIONS
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(self.tasks.spawn(connection));
    }

    async fn all_end(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Answers the requests of one connection.
async fn converse<A, F>(stream: TcpStream, answer: A, stay: Stay, mut stopped: watch::Receiver<()>)
where
    A: Fn(Request<Incoming>) -> F,
    F: Future<Output = Response<Full<Bytes>>>,
{
    let service = service_fn(move |request| {
        let answer = answer(request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let end = timeout(stay.taking, stopped.changed());
    if let Either::Left((outcome, _)) = select(connection.as_mut(), pin!(end)).await {
        // A client that talks nonsense has been told so.
        if let Err(error) = outcome {
            log::debug!("a connection ended: {error}");
        }
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(stay.ending, connection).await;
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const SHORT: Stay = Stay {
        taking: Duration::from_millis(300),
        ending: Duration::from_millis(200),
    };
    /// More than the buffers of a connection hold.
    const SIZE: usize = 64 * 1024 * 1024;

    #[test]
    fn a_client_that_never_reads_is_sent_away() {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("an event loop");
        let (stood, read) = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let address = listener.local_addr().expect("an address");
            let mut client = TcpStream::connect(address).await.expect("a listener");
            let asked = client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            asked.expect("a connection");
            let (accepted, _) = listener.accept().await.expect("a connection");
            let (_stop, stopped) = watch::channel(());
            let answer = |_| async { Response::new(Full::new(vec![b'x'; SIZE].into())) };
            let begun = Instant::now();
            let server = converse(accepted, answer, SHORT, stopped);
            let ended = timeout(Duration::from_secs(20), server).await;
            ended.expect("an end");
            let stood = begun.elapsed();
            let mut answer = Vec::new();
            let _ = client.read_to_end(&mut answer).await;
            (stood, answer.len())
        });
        assert!(stood >= SHORT.taking + SHORT.ending, "{stood:?}");
        assert!(read < SIZE, "{read}");
    }
}
