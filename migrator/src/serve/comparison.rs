//! When the schema is compared with the proof, and what is known of it until the next time. Pure, but for the clock
//! that says when an outcome came.

use std::time::{Duration, Instant};

use time::OffsetDateTime;

use super::view::Compared;
use crate::error::Error;
use crate::settings::Verify;
use crate::verify::Verification;

/// How long a comparison is good for, as long as the history stays as it is.
const GOOD: Duration = Duration::from_mins(1);
/// How soon it is tried again after one that failed.
const AGAIN: Duration = Duration::from_secs(10);
/// How long the one before a failed one holds.
const HOLDS: time::Duration = time::Duration::minutes(10);

/// The schema that belongs to one state of the history.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    /// What is known.
    pub(super) known: Compared,
    /// When it is compared next; `None` for not before the history changes.
    next: Option<Instant>,
}

impl Comparison {
    /// Before the first time.
    pub(super) fn new(verify: Verify) -> Self {
        match verify {
            Verify::Never => Self {
                known: Compared::Off,
                next: None,
            },
            Verify::Changed | Verify::Always => Self {
                known: Compared::Running,
                next: Some(Instant::now()),
            },
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.next.is_some_and(|next| next <= Instant::now())
    }

    /// After one more time.
    pub(super) fn then(&self, outcome: Result<Verification, Error>, verify: Verify) -> Self {
        let now = OffsetDateTime::now_utc();
        match (outcome, &self.known) {
            (Ok(verification), _) => Self {
                next: pause(&verification, verify).map(|pause| Instant::now() + pause),
                known: Compared::Done {
                    verification,
                    at: now,
                },
            },
            (Err(error), known) => Self {
                known: match known {
                    Compared::Done { at, .. } if now - *at < HOLDS => known.clone(),
                    _ => Compared::Failed(error),
                },
                next: Some(Instant::now() + AGAIN),
            },
        }
    }
}

/// How long an outcome is good for; `None` for until the history changes. Drift may be mended by hand at any time.
const fn pause(verification: &Verification, verify: Verify) -> Option<Duration> {
    match (verify, verification) {
        (Verify::Always, _) | (Verify::Changed, Verification::Drifted { .. }) => Some(GOOD),
        (Verify::Changed | Verify::Never, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::verify::Gap;

    fn failure() -> Result<Verification, Error> {
        Err(Error::new(Kind::Usage, "a lock is not free"))
    }

    fn drifted() -> Verification {
        Verification::Drifted {
            version: 3,
            differences: Vec::new(),
        }
    }

    /// The same when so much time has gone by.
    fn after(mut comparison: Comparison, passed: Duration) -> Comparison {
        comparison.next = comparison.next.map(|next| {
            next.checked_sub(passed)
                .expect("a clock that has been running")
        });
        if let Compared::Done { at, .. } = &mut comparison.known {
            *at -= passed;
        }
        comparison
    }

    #[test]
    fn it_is_compared_again_when_that_can_tell_something() {
        let seconds = Duration::from_secs;
        for (verify, outcome, early, late) in [
            (Verify::Always, Ok(Verification::AsProven(3)), 59, Some(60)),
            (Verify::Always, Ok(drifted()), 59, Some(60)),
            (Verify::Changed, Ok(drifted()), 59, Some(60)),
            (Verify::Changed, Ok(Verification::AsProven(3)), 9999, None),
            (
                Verify::Changed,
                Ok(Verification::Unproven(Gap::Base)),
                9999,
                None,
            ),
            (Verify::Always, failure(), 9, Some(10)),
            (Verify::Changed, failure(), 9, Some(10)),
        ] {
            let first = Comparison::new(verify);
            assert!(first.is_due() && matches!(first.known, Compared::Running));
            let shown = format!("{verify:?} {outcome:?}");
            let then = first.then(outcome, verify);
            assert!(!after(then.clone(), seconds(early)).is_due(), "{shown}");
            if let Some(late) = late {
                assert!(after(then, seconds(late)).is_due(), "{shown}");
            }
        }
        let never = Comparison::new(Verify::Never);
        assert!(!never.is_due() && matches!(never.known, Compared::Off));
    }

    #[test]
    fn a_failure_hides_what_is_known_only_after_a_while() {
        let proven =
            Comparison::new(Verify::Always).then(Ok(Verification::AsProven(3)), Verify::Always);
        let fresh = after(proven.clone(), Duration::from_mins(9));
        let fresh = fresh.then(failure(), Verify::Always);
        assert!(matches!(fresh.known, Compared::Done { .. }), "{fresh:?}");
        let old = after(proven, Duration::from_mins(10)).then(failure(), Verify::Always);
        assert!(matches!(old.known, Compared::Failed(_)), "{old:?}");
        let mended = old.then(Ok(drifted()), Verify::Always);
        assert!(matches!(mended.known, Compared::Done { .. }), "{mended:?}");
    }
}
