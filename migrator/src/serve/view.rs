//! What is known of the database at one moment, and whether that is what this program would bring it to. Pure.

use std::sync::Arc;

use time::OffsetDateTime;

use super::Reading;
use crate::error::{Error, Kind};
use crate::history::Entry;
use crate::verify::Verification;

/// What is known of the database.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    /// What was read last; `None` before the first time.
    pub(crate) reading: Option<Arc<Reading>>,
    /// Why nothing newer can be read.
    pub(crate) outage: Option<Outage>,
}

/// Why the database cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Outage {
    /// When that was first seen.
    pub(crate) since: OffsetDateTime,
    /// What the newest attempt met.
    pub(crate) error: Error,
}

/// What came of comparing the schema with the proof.
#[derive(Clone, Debug)]
pub(crate) enum Compared {
    /// It was compared.
    Done {
        /// The outcome.
        verification: Verification,
        /// When.
        at: OffsetDateTime,
    },
    /// It is being compared for the first time since the history has changed.
    Running,
    /// It could not be compared, for this reason.
    Failed(Error),
    /// `--verify never` says not to.
    Off,
}

impl View {
    /// Why this database is not one to work with, most important first; nothing when it is.
    pub(crate) fn faults(&self) -> Vec<Error> {
        match (&self.outage, &self.reading) {
            (Some(outage), _) => vec![outage.error.clone()],
            (None, Some(reading)) => reading.faults(),
            (None, None) => Vec::new(),
        }
    }

    /// What is known now: nothing that was read before an outage.
    pub(crate) fn present(&self) -> Option<&Reading> {
        match self.outage {
            None => self.reading.as_deref(),
            Some(_) => None,
        }
    }

    /// Whether the database can be read, and how its schema is will be known soon.
    pub(super) fn is_being_compared(&self) -> bool {
        let running = |reading: &Reading| matches!(reading.compared, Compared::Running);
        self.present().is_some_and(running)
    }

    /// Whether it is known now that the database is at head, without drift.
    pub(crate) fn readiness(&self) -> Readiness {
        match self.present() {
            Some(reading) if reading.faults().is_empty() => Readiness::Ready,
            _ => Readiness::Unready,
        }
    }
}

impl Reading {
    /// The last thing that was done, where that was a failure.
    pub(super) fn failure(&self) -> Option<&Entry> {
        let last = self.newest.as_ref()?.last();
        last.filter(|entry| entry.action == "fail")
    }

    /// What disagrees: the history first, then the schema.
    fn faults(&self) -> Vec<Error> {
        let history = self.refusal.clone();
        let schema = match &self.compared {
            Compared::Done { verification, .. } => verification.clone().refuse_drift().err(),
            Compared::Failed(error) => Some(error.clone()),
            // Where something is wrong anyway, this is no news.
            Compared::Running if history.is_none() => Some(Error::new(
                Kind::Pending,
                "the schema is being compared with the proof",
            )),
            Compared::Running | Compared::Off => None,
        };
        history.into_iter().chain(schema).collect()
    }
}

/// Whether an application may start to work with the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// It may.
    Ready,
    /// It may not, or not yet.
    Unready,
}
