//! What is known about the steps while the answers come in: events out, report together.

use std::time::Duration;

use crate::blocker::line;
use crate::connection::Heard;
use crate::event::{Event, Observer};
use crate::message::Part;
use crate::placeholder::Filling;
use crate::plan::Step;
use crate::report::{Finished, Report};
use crate::server_error::printable;

/// What is known about the steps while the answers come in.
pub(super) struct Progress<'r, 'p> {
    pub(super) steps: &'r [Step<'p>],
    /// Recorded, but not yet committed.
    pub(super) ended: Vec<Finished>,
    pub(super) report: Report,
    pub(super) observer: Observer<'r>,
    pub(super) filling: Filling,
}

impl Progress<'_, '_> {
    /// One statement is completed. Several answers may come at once, so the server's own clock tells how long a step
    /// took: it is the field that its record returns.
    pub(super) fn completed(&mut self, at: usize, part: Part, field: Option<&str>) {
        let Some(step) = self.steps.get(at) else {
            return;
        };
        match part {
            Part::Limits => {
                (self.observer)(Event::Started {
                    action: step.action(),
                    label: step.label(),
                });
            }
            Part::Record => self.ended.push(Finished {
                action: step.action(),
                version: step.version,
                name: step.name.to_owned(),
                took: field
                    .and_then(|milliseconds| milliseconds.parse().ok())
                    .and_then(|milliseconds: f64| {
                        Duration::try_from_secs_f64(milliseconds / 1e3).ok()
                    })
                    .unwrap_or_default(),
            }),
            Part::Records { first, count } => {
                let recorded = self.steps.iter().skip(first).take(count);
                self.ended.extend(recorded.map(|step| Finished {
                    action: step.action(),
                    version: step.version,
                    name: step.name.to_owned(),
                    took: Duration::ZERO,
                }));
            }
            Part::Commit => {
                for finished in self.ended.drain(..) {
                    (self.observer)(Event::Done {
                        action: finished.action,
                        label: finished.label(),
                        took: finished.took,
                    });
                    self.report.steps.push(finished);
                }
            }
            Part::Begin
            | Part::Statement(_)
            | Part::Verify(_)
            | Part::Lock(_)
            | Part::Mirror
            | Part::Reset
            | Part::UnitCommit => {}
        }
    }

    /// Passes on what comes beside the answers, and remembers who stood in the way last.
    pub(super) fn heard(&mut self, heard: &Heard<'_>, blockers: &mut Vec<String>) {
        match heard {
            Heard::Completed { .. } => {}
            Heard::Notice { severity, message } => {
                let message = &printable(&self.filling.redact(message));
                (self.observer)(Event::Notice { severity, message });
            }
            Heard::Blocked(found) => {
                *blockers = found.iter().map(ToString::to_string).collect();
                (self.observer)(Event::Blocked {
                    blocker: &line(found),
                });
            }
        }
    }
}
