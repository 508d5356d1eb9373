//! The reading and writing side of a connection, which tokio-postgres leaves to its user to poll.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Client};

use super::dial::Inner;
use super::{Heard, Listener};
use crate::server_error::ServerError;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(100);

/// What polls everything of one connection, on the calling thread.
pub(super) struct EventLoop(Option<Runtime>);

impl EventLoop {
    pub(super) fn new() -> Result<Self, ServerError> {
        Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| no_event_loop(&error.to_string()))
    }

    pub(super) fn run<T>(
        &self,
        work: impl Future<Output = Result<T, ServerError>>,
    ) -> Result<T, ServerError> {
        match &self.0 {
            Some(runtime) => runtime.block_on(work),
            None => Err(no_event_loop("it has ended")),
        }
    }
}

fn no_event_loop(why: &str) -> ServerError {
    ServerError::Lost(format!("no event loop: {why}"))
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // A look-up of a host's name may still run, and nobody is to wait for it.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The reading and writing side.
pub(super) struct Wire {
    /// Dropped when the connection ends, which is what tells a waiting request that no answer will come.
    inner: Option<Inner>,
}

impl Wire {
    pub(super) const fn new(inner: Inner) -> Self {
        Self { inner: Some(inner) }
    }

    /// What the server has said of one of its settings by itself.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.inner.as_ref()?.parameter(name)
    }

    /// Ends the connection, whatever the server does.
    pub(super) fn close(&mut self) {
        self.inner = None;
    }

    /// Says goodbye, so that the server does not count the session as abandoned, and ends the connection.
    pub(super) async fn end(&mut self, client: Option<Client>) {
        // Without a client the inner side says goodbye and ends by itself.
        drop(client);
        let ended = poll_fn(|context| {
            while self.turn(context).is_some() {}
            match self.inner {
                Some(_) => Poll::Pending,
                None => Poll::Ready(()),
            }
        });
        let _ = timeout(GOODBYE, ended).await;
        self.close();
    }

    /// Runs a request to its end while reading and writing for it.
    pub(super) async fn carry<T>(
        &mut self,
        heard: &RefCell<Listener<'_>>,
        request: impl Future<Output = T>,
    ) -> T {
        let mut request = pin!(request);
        poll_fn(|context| {
            loop {
                let notice = self.turn(context);
                // The request has yet to take the answers that came before the notice.
                let polled = request.as_mut().poll(context);
                let last = notice.is_none();
                if let Some(notice) = notice {
                    (heard.borrow_mut())(Heard::Notice {
                        severity: notice.severity(),
                        message: notice.message(),
                    });
                }
                if last || polled.is_ready() {
                    return polled;
                }
            }
        })
        .await
    }

    /// Reads what has come, up to the next notice, and writes what is waiting. A lost connection is remembered, not
    /// returned: the request that waits for an answer learns the reason, which may be the server's last words.
    fn turn(&mut self, context: &mut Context<'_>) -> Option<tokio_postgres::error::DbError> {
        while let Some(inner) = &mut self.inner {
            match inner.poll_message(context) {
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => return Some(notice),
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    log::debug!("the connection ended: {error}");
                    self.inner = None;
                }
                Poll::Ready(None) => self.inner = None,
                Poll::Pending => return None,
            }
        }
        None
    }
}
