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

use futures_util::future::{Either, select};
use hyper::server::conn::http1;
use hyper::service::service_fn;
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
/// After this a connection takes no further request.
const LIFE: Duration = Duration::from_secs(30);
/// How long what is under way may then take: sending an answer to a client that does not read it, say.
const LAST: Duration = Duration::from_secs(5);
/// The same when the program is asked to stop.
const STOP: Duration = Duration::from_secs(1);
/// How often it is looked whether it is.
const LOOK: Duration = Duration::from_millis(250);
/// How long nothing is taken when nothing can be: the process may have no file descriptor left.
const PAUSE: Duration = Duration::from_millis(100);

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
            Ok((stream, _)) => connections.add(converse(stream, Arc::clone(site), stopped.clone())),
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
async fn converse(stream: TcpStream, site: Arc<Site>, mut stopped: watch::Receiver<()>) {
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(answer(&site, &request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(LARGEST)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let end = timeout(LIFE, stopped.changed());
    if let Either::Left((outcome, _)) = select(connection.as_mut(), pin!(end)).await {
        // A client that talks nonsense has been told so.
        if let Err(error) = outcome {
            log::debug!("a connection ended: {error}");
        }
        return;
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(LAST, connection).await;
}
