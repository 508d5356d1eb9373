//! The one sentence that matters, and the colour of it. Pure.

use time::OffsetDateTime;

use super::super::view::{Compared, Readiness, View};
use super::words::{ago, capitalised, second};
use crate::error::Kind;
use crate::history::Entry;
use crate::recognise::Class;
use crate::verify::Verification;

/// How things stand, in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing to do.
    Good,
    /// `up` would do it.
    Waiting,
    /// A person has to look.
    Bad,
}

impl Tone {
    /// The class of the page.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }

    /// A dot for the tab.
    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::Good => {
                "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%232f8f5b'/%3E%3C/svg%3E"
            }
            Self::Waiting => {
                "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%23c98a1b'/%3E%3C/svg%3E"
            }
            Self::Bad => {
                "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='3' fill='%23c8402f'/%3E%3C/svg%3E"
            }
        }
    }
}

pub(super) fn tone(view: &View) -> Tone {
    match view.readiness() {
        Readiness::Ready => Tone::Good,
        Readiness::Unready => {
            let faults = view.faults();
            let pending = faults.iter().all(|fault| fault.kind() == Kind::Pending);
            if pending && failure(view).is_none() {
                Tone::Waiting
            } else {
                Tone::Bad
            }
        }
    }
}

/// The last thing that was done, where that was a failure.
pub(super) fn failure(view: &View) -> Option<&Entry> {
    view.present()?.failure()
}

/// For the tab.
pub(super) fn short(view: &View) -> String {
    match (&view.outage, view.faults().first()) {
        (Some(_), _) => "cannot be read".to_owned(),
        (None, Some(fault)) => fault.to_string(),
        (None, None) => "at head".to_owned(),
    }
}

/// For the page.
pub(super) fn sentence(view: &View) -> String {
    match &view.outage {
        Some(_) => "The database cannot be read.".to_owned(),
        None => match view.faults().as_slice() {
            [] => good(view),
            [fault] => format!("{}.", capitalised(&fault.to_string())),
            [first, rest @ ..] => {
                let rest = match rest.len() {
                    1 => "one more thing".to_owned(),
                    more => format!("{more} more things"),
                };
                format!("{}, and {rest}.", capitalised(&first.to_string()))
            }
        },
    }
}

fn good(view: &View) -> String {
    let proven = view.present().is_some_and(|reading| {
        matches!(
            reading.compared,
            Compared::Done {
                verification: Verification::AsProven(_),
                ..
            }
        )
    });
    if proven {
        "At head, as proven.".to_owned()
    } else {
        "At head.".to_owned()
    }
}

/// How old that is.
pub(super) fn note(view: &View, now: OffsetDateTime) -> String {
    match (&view.outage, view.present()) {
        (Some(outage), _) => format!(
            "Since {} UTC, {}.",
            second(outage.since),
            ago(now - outage.since)
        ),
        (None, Some(reading)) => {
            let read = format!("Read {}.", ago(now - reading.at));
            match reading.status.class {
                // The numbers below say that.
                Class::Ours(Some(_)) => read,
                _ => format!("The database is {}. {read}", reading.status.class),
            }
        }
        (None, None) => String::new(),
    }
}
