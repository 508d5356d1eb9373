//! What remains to be done when the loop stops early: roll back, note it in the journal, say everything that is known.

use super::{Failed, Halt, Runner};
use crate::compose::JOURNAL_LOCAL;
use crate::error::{Error, Kind};
use crate::failure::Scene;
use crate::message::Part;
use crate::plan::Step;

impl Runner<'_, '_> {
    /// The error of a run that did not get to its end.
    pub(super) fn end(&mut self, halt: Halt) -> Error {
        let error = match halt {
            Halt::Failed(failed) => self.failed(*failed),
            Halt::Interrupted { at } => self.interrupted(at),
            Halt::Refused(error) => error,
            // The loop goes on by itself.
            Halt::Again { from, .. } => self.interrupted(from),
        };
        error.with_report(std::mem::take(&mut self.progress.report))
    }

    fn interrupted(&mut self, at: usize) -> Error {
        let rolled_back = self.connection.execute("ROLLBACK", &mut |_| {});
        if let Err(incomplete) = rolled_back {
            log::debug!("the rollback failed: {}", incomplete.error.message());
        }
        let message = match self.progress.steps.get(at) {
            Some(step) => format!("interrupted before {}", step.label()),
            None => "interrupted".to_owned(),
        };
        Error::new(Kind::Interrupted, message)
            .with_detail("What is committed is noted; nothing else happened.")
            .with_hint("Run it again: it goes on where it stopped.")
    }

    fn failed(&mut self, failed: Failed) -> Error {
        let Failed {
            mut found,
            error,
            fate,
            left,
            ..
        } = failed;
        let step = found
            .and_then(|found| self.progress.steps.get(found.step))
            .copied();
        if error.is_final() {
            if let Some(found) = &mut found {
                found.offset = found.offset.or(match found.part {
                    Part::Statement(start) | Part::Verify(start) => Some(start),
                    _ => None,
                });
            }
        } else {
            match (self.connection.execute("ROLLBACK", &mut |_| {}), step) {
                (Ok(()), Some(step)) => {
                    self.note_in_journal(&step, error.sqlstate(), &error.message());
                }
                (Ok(()), None) => {}
                (Err(incomplete), _) => {
                    log::warn!("the rollback failed: {}", incomplete.error.message());
                }
            }
        }
        let scene = Scene {
            folder: self.folder,
            step,
            found,
            fate,
            settings: self.settings,
            blockers: &self.blockers,
            left: left.as_deref(),
        };
        scene.error(&error)
    }

    /// Notes a failure in the journal. It is worth a note, but the note is not worth a second failure.
    pub(super) fn note_in_journal(&mut self, step: &Step<'_>, sqlstate: Option<&str>, error: &str) {
        let sql = format!(
            "BEGIN READ WRITE; {}; {}; COMMIT",
            JOURNAL_LOCAL.join("; "),
            self.composer.recorder.fail(step.label(), sqlstate, error)
        );
        if let Err(incomplete) = self.connection.execute(&sql, &mut |_| {}) {
            log::warn!(
                "the failure could not be noted in the journal: {}",
                incomplete.error.message()
            );
        }
    }
}
