//! Sending a message, and what is sent again after a failure.

use super::patience::may_succeed_later;
use super::{Halt, Outcome, Place, Runner, holding};
use crate::bundle::Script;
use crate::compose::{Preparation, SETTLE};
use crate::connection::{Heard, Incomplete};
use crate::event::Event;
use crate::message::{Found, Message, Part};
use crate::server_error::ServerError;
use crate::settings::Transactions;

impl Runner<'_, '_> {
    /// Sends the message.
    pub(super) fn flush(&mut self) -> Outcome {
        let (Some(first), Some(last)) = (
            self.message.marks.first().copied(),
            self.message.marks.last().copied(),
        ) else {
            return Ok(());
        };
        if self.settings.interrupt.is_requested() {
            return Err(Halt::Interrupted { at: first.step });
        }
        if last.part == Part::Commit {
            self.message.push(last.step, Part::Reset, SETTLE);
        }
        let message = std::mem::take(&mut self.message);
        let (progress, blockers) = (&mut self.progress, &mut self.blockers);
        blockers.clear();
        let result = self
            .connection
            .attend(&message.text, &mut |heard| match heard {
                Heard::Completed { count, field } => {
                    if let Some(mark) = message.marks.get(count) {
                        progress.completed(mark.step, mark.part, field);
                    }
                }
                other => progress.heard(&other, blockers),
            });
        let Err(Incomplete { completed, error }) = result else {
            return Ok(());
        };
        let position = match &error {
            ServerError::Answer(answer) => answer.position,
            ServerError::Lost(_) => None,
        };
        let found = message
            .find(completed, position)
            .map(|found| self.written(found));
        Err(match self.again(&message, completed, found, &error)? {
            Some(again) => again,
            None => Halt::failed(found, error),
        })
    }

    /// The same place in the file as it is written.
    fn written(&self, found: Found) -> Found {
        let step = self.progress.steps.get(found.step);
        let offset = match (found.part, found.offset, step) {
            (Part::Statement(start), Some(offset), Some(step)) => {
                self.place(step.scripts(), start, offset.saturating_sub(start))
            }
            (Part::Verify(start), Some(offset), Some(step)) => {
                self.place(step.verify(), start, offset.saturating_sub(start))
            }
            _ => return found,
        };
        Found { offset, ..found }
    }

    /// Where a byte of what was sent stands in the scripts of a step; `start` is where its statement begins in them.
    pub(super) fn place<'s>(
        &self,
        scripts: impl IntoIterator<Item = Script<'s>>,
        start: usize,
        sent: usize,
    ) -> Option<usize> {
        let (script, begins) = holding(scripts, start)?;
        Some(begins + self.filling.place(&script, start - begins, sent))
    }

    /// Where to go on after a failure; `None` when it is final.
    fn again(
        &mut self,
        message: &Message,
        completed: usize,
        found: Option<Found>,
        error: &ServerError,
    ) -> Result<Option<Halt>, Halt> {
        if error.is_final() || self.place == Place::Unit {
            return Ok(None);
        }
        let single = self.settings.transactions == Transactions::Single;
        // A syntax error anywhere in a message keeps the server from running any of it.
        if completed == 0 && message.steps() > 1 && !single {
            return Ok(message.marks.first().map(|mark| Halt::Again {
                from: mark.step,
                alone_until: mark.step + message.steps(),
            }));
        }
        let Some(found) = found else {
            return Ok(None);
        };
        // A function that a file called has dropped our prepared statements.
        let ours = matches!(found.part, Part::Limits | Part::Record);
        if ours
            && !single
            && error.sqlstate() == Some("26000")
            && self.composer.preparation == Preparation::Prepared
        {
            self.composer.preparation = Preparation::Plain;
            self.roll_back(error)?;
            return Ok(Some(Halt::Again {
                from: found.step,
                alone_until: found.step,
            }));
        }
        if !may_succeed_later(error) {
            return Ok(None);
        }
        let from = if single { 0 } else { found.step };
        Ok(self.wait(from, found.step, error)?.then_some(Halt::Again {
            from,
            alone_until: found.step + 1,
        }))
    }

    /// Rolls back and waits before a step is tried again; `false` when it has been tried long enough.
    pub(super) fn wait(
        &mut self,
        from: usize,
        at: usize,
        error: &ServerError,
    ) -> Result<bool, Halt> {
        let limit = self.settings.lock_retry_for;
        let (Some(attempt), Some(step)) = (
            self.patience.next(at, limit),
            self.progress.steps.get(at).copied(),
        ) else {
            return Ok(false);
        };
        self.roll_back(error)?;
        self.progress.ended.clear();
        (self.progress.observer)(Event::Retrying {
            action: step.action(),
            label: step.label(),
            reason: &error.message(),
            blockers: &self.blockers,
            pause: attempt.pause,
            left: attempt.left,
        });
        match self.settings.interrupt.sleep(attempt.pause) {
            Ok(()) => Ok(true),
            Err(_) => Err(Halt::Interrupted { at: from }),
        }
    }

    /// Ends the transaction in which something failed. `RESET ALL` of the steps before it brought the defaults of the
    /// role back, so that they are settled anew; a script outside a transaction keeps what it has set.
    pub(super) fn roll_back(&mut self, error: &ServerError) -> Outcome {
        let sql = match self.place {
            Place::Batch => format!("ROLLBACK; {SETTLE}"),
            Place::Unit => "ROLLBACK".to_owned(),
        };
        self.connection
            .execute(&sql, &mut |_| {})
            .map_err(|incomplete| {
                log::debug!("after \"{}\", the rollback failed", error.message());
                Halt::failed(None, incomplete.error)
            })
    }
}
