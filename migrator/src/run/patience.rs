//! How long a migration that could not get a lock is tried again, and when next.

use std::time::{Duration, Instant};

use crate::connect::jittered;
use crate::server_error::ServerError;

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// The attempts at one step.
#[derive(Debug, Default)]
pub(super) struct Patience {
    attempts: Option<Attempts>,
}

#[derive(Debug)]
struct Attempts {
    step: usize,
    since: Instant,
    pause: Duration,
}

/// One more attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// How long to wait before it.
    pub(super) pause: Duration,
    /// How much longer there will be attempts.
    pub(super) left: Duration,
}

impl Patience {
    /// The next attempt at a step, counted from its first failure; `None` when `limit` has passed.
    pub(super) fn next(&mut self, step: usize, limit: Duration) -> Option<Attempt> {
        if self
            .attempts
            .as_ref()
            .is_none_or(|attempts| attempts.step != step)
        {
            self.attempts = Some(Attempts {
                step,
                since: Instant::now(),
                pause: FIRST,
            });
        }
        let attempts = self.attempts.as_mut()?;
        let left = limit.saturating_sub(attempts.since.elapsed());
        if left.is_zero() {
            return None;
        }
        let pause = jittered(attempts.pause).min(left);
        attempts.pause = (attempts.pause * 2).min(LONGEST);
        Some(Attempt { pause, left })
    }
}

/// Whether the very same transaction may succeed later: a lock was not to be had in time, or it lost a deadlock or a
/// serialization conflict (<https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html>).
pub(super) fn may_succeed_later(error: &ServerError) -> bool {
    !error.is_final() && matches!(error.sqlstate(), Some("55P03" | "40P01" | "40001"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_end_when_the_time_is_over() {
        let mut patience = Patience::default();
        assert_eq!(patience.next(0, Duration::ZERO), None);
        let first = patience.next(1, Duration::from_mins(1));
        assert!(first.is_some_and(|attempt| attempt.pause <= FIRST && attempt.pause >= FIRST / 2));
        let second = patience.next(1, Duration::from_mins(1));
        assert!(second.is_some_and(|attempt| attempt.pause >= FIRST));
        let other = patience.next(2, Duration::from_millis(100));
        assert!(other.is_some_and(|attempt| attempt.pause <= Duration::from_millis(100)));
    }
}
