//! A request to stop. Whoever runs the program makes it, as on SIGTERM; what a run does about it is `connection`'s
//! for a statement under way, and `Interrupt::sleep`'s between two of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::server_error::ServerError;

/// How often a wait looks whether it is to end.
const LOOK: Duration = Duration::from_millis(50);

/// A request to stop, shared by all its clones; never made by the library.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl From<Arc<AtomicBool>> for Interrupt {
    /// Takes the flag that a signal handler sets.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

impl Interrupt {
    /// Asks the run to stop. What is committed stays; what is under way is cancelled and rolled back.
    pub fn request(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked to.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Whether it is what a request of ours failed by: cancelled, or given up.
    pub(crate) fn has_ended(&self, error: &ServerError) -> bool {
        self.is_requested() && matches!(error.sqlstate(), None | Some("57014"))
    }

    /// Waits, and fails as soon as the request to stop is made.
    pub(crate) fn sleep(&self, time: Duration) -> Result<(), Error> {
        let end = Deadline::after(time);
        loop {
            if self.is_requested() {
                return Err(interrupted("while waiting"));
            }
            let left = end.left();
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(LOOK));
        }
    }

    /// Waits for the request to stop.
    pub(crate) async fn requested(&self) {
        while !self.is_requested() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// The error of a run that was asked to stop when nothing of its own was under way.
pub(crate) fn interrupted(when: &str) -> Error {
    Error::new(Kind::Interrupted, format!("interrupted {when}"))
        .with_hint("Run it again: what is committed is recorded, and the rest is still pending.")
}
