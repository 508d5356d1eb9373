//! The end of a time for which something is tried.

use std::time::{Duration, Instant};

/// The end of a time, from its beginning on; a time too long for the clock never ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    /// So long after now.
    pub(crate) fn after(time: Duration) -> Self {
        Self(Instant::now().checked_add(time))
    }

    /// What is left; zero once it is over.
    pub(crate) fn left(self) -> Duration {
        self.0.map_or(Duration::MAX, |end| {
            end.saturating_duration_since(Instant::now())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_length() {
        assert_eq!(Deadline::after(Duration::ZERO).left(), Duration::ZERO);
        assert_eq!(Deadline::after(Duration::MAX).left(), Duration::MAX);
        let hour = Deadline::after(Duration::from_hours(1)).left();
        assert!(hour > Duration::from_mins(59) && hour <= Duration::from_hours(1));
    }
}
