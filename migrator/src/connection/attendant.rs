//! What goes on beside a request: looking whether the run was asked to stop, and then cancelling the request or, when
//! the server does not answer, giving it up, so that the process ends soon whatever the network does.

use std::cell::RefCell;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::select;
use tokio::time::{sleep, timeout};

use super::dial::{Cancel, Dialer};
use super::watch::Watch;
use super::{Attendance, Listener};
use crate::interrupt::Interrupt;
use crate::server_error::ServerError;

/// How long a request goes on at most after the run was asked to stop.
const GIVE_UP: Duration = Duration::from_millis(1500);
/// How long sending one cancel request may take.
const SENDING: Duration = Duration::from_secs(1);
/// When the cancel request is sent again: the first may have come between two statements of a message.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a cancel request that was sent in vain may still be on its way.
const LATE: Duration = Duration::from_millis(100);

/// Looks after the requests of one connection.
pub(super) struct Attendant {
    dialer: Dialer,
    interrupt: Interrupt,
    cancel: Cancel,
    /// Which session is ours, once known; whoever blocks it is named.
    pub(super) backend_pid: Option<i32>,
    /// How long a request may take; for connections that must not hold up anything.
    pub(super) patience: Option<Duration>,
    /// Who looks, since the present request has been waiting.
    watch: Option<Watch>,
    /// When the request to stop was first seen.
    seen: Option<Instant>,
    /// How many cancel requests were sent for the present request.
    sent: usize,
}

impl Attendant {
    pub(super) const fn new(dialer: Dialer, interrupt: Interrupt, cancel: Cancel) -> Self {
        Self {
            dialer,
            interrupt,
            cancel,
            backend_pid: None,
            patience: None,
            watch: None,
            seen: None,
            sent: 0,
        }
    }

    /// How to reach the same server once more.
    pub(super) const fn dialer(&self) -> &Dialer {
        &self.dialer
    }

    pub(super) fn is_asked_to_stop(&self) -> bool {
        self.interrupt.is_requested()
    }

    /// Runs beside a request until that ends; comes to an end itself only when the request is to be given up.
    pub(super) async fn beside(
        &mut self,
        attendance: Attendance,
        heard: &RefCell<Listener<'_>>,
    ) -> ServerError {
        if let Some(patience) = self.patience
            && timeout(patience, self.interrupt.requested()).await.is_err()
        {
            return ServerError::Lost("no answer in time".to_owned());
        }
        match (attendance, self.backend_pid) {
            (Attendance::Attended, Some(pid)) => {
                let watching = Watch::keep(&mut self.watch, &self.dialer, pid, heard);
                select(pin!(self.interrupt.requested()), pin!(watching)).await;
            }
            _ => self.interrupt.requested().await,
        }
        let seen = *self.seen.get_or_insert_with(Instant::now);
        let left = GIVE_UP.saturating_sub(seen.elapsed());
        let _ = match attendance {
            Attendance::Attended => timeout(left, self.cancel()).await,
            Attendance::Undisturbed => timeout(left, std::future::pending()).await,
        };
        ServerError::Lost("interrupted, and the server did not answer in time".to_owned())
    }

    /// Asks the server to cancel the request, again and again.
    async fn cancel(&mut self) {
        loop {
            self.sent += 1;
            match timeout(SENDING, self.cancel.send()).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => log::debug!("the cancel request was not sent: {error}"),
                Err(_) => log::debug!("the cancel request was not sent in time"),
            }
            sleep(AGAIN).await;
        }
    }

    /// Ends what looked after the request that is over; without a word where somebody wants us to end.
    pub(super) async fn end_watching(&mut self) {
        if let Some(watch) = self.watch.take()
            && !self.is_asked_to_stop()
        {
            watch.end().await;
        }
    }

    /// How long to wait after a request until cancel requests have arrived that it did not meet. A server ignores
    /// them while it waits for the next request, which is not to be cancelled.
    pub(super) fn late(&mut self, error: Option<&ServerError>) -> Option<Duration> {
        let met = usize::from(error.and_then(ServerError::sqlstate) == Some("57014"));
        (std::mem::take(&mut self.sent) > met).then_some(LATE)
    }
}
