//! Running a script outside a transaction: unit by unit, recorded at the end.

use super::{Outcome, Runner};
use crate::bundle::{Kind as StatementKind, Script};
use crate::compose::{BEGIN, COMMIT, Flush, RESET_ROLE};
use crate::failure::Fate;
use crate::message::Part;
use crate::plan::Step;

impl Runner<'_, '_> {
    /// Runs one script statement by statement, each committing by itself, and records it at the end.
    /// A `BEGIN … COMMIT` block of it is one atomic unit.
    pub(super) fn without_transaction(&mut self, at: usize) -> Outcome {
        let Some(step) = self.progress.steps.get(at).copied() else {
            return Ok(());
        };
        let Some(script) = step.script() else {
            return Ok(());
        };
        self.message
            .push(at, Part::Limits, &self.composer.session_limits(&step));
        self.flush()?;
        let mut done = 0;
        self.units(at, &script, &mut done)
            .and_then(|()| self.record_units(at, &step))
            .map_err(|mut failed| {
                failed.fate = Fate::Stays { statements: done };
                failed
            })
    }

    /// Sends each unit of a script, and counts the statements that took effect.
    fn units(&mut self, at: usize, script: &Script<'_>, done: &mut usize) -> Outcome {
        let mut seen = 0;
        let mut place = Place::Outside;
        let mut statements = script.statements.iter().peekable();
        while let Some(statement) = statements.next() {
            if statement.kind == StatementKind::Name {
                continue;
            }
            let sql = script
                .sql
                .get(statement.start..statement.end)
                .unwrap_or_default();
            seen += 1;
            if statement.kind == StatementKind::Copy {
                let data = statements.next_if(|next| next.kind == StatementKind::CopyData);
                let (from, to) = data.map_or((statement.end, statement.end), |data| {
                    (data.start, data.end)
                });
                self.flush()?;
                self.copy_in(
                    at,
                    statement.start,
                    sql,
                    from,
                    script.sql.get(from..to).unwrap_or_default(),
                )?;
            } else {
                self.message.push(at, Part::Statement(statement.start), sql);
            }
            match statement.kind {
                StatementKind::Begin => place = Place::InBlock,
                StatementKind::Commit => place = Place::Outside,
                _ => {}
            }
            if place == Place::Outside {
                self.flush()?;
                *done = seen;
            }
        }
        Ok(())
    }

    /// Records a script that ran outside a transaction.
    fn record_units(&mut self, at: usize, step: &Step<'_>) -> Outcome {
        for sql in RESET_ROLE {
            self.message.push(at, Part::Reset, sql);
        }
        self.message.push(at, Part::Begin, BEGIN);
        self.message.push(
            at,
            Part::Reset,
            &self.composer.record_limits(step, Flush::Now),
        );
        self.message
            .push(at, Part::Record, &self.composer.plain_record(step));
        for sql in self.composer.reset() {
            self.message.push(at, Part::Reset, sql);
        }
        self.message.push(at, Part::Commit, COMMIT);
        self.flush()
    }
}

/// Whether a statement of a script without transaction stands in a `BEGIN … COMMIT` block of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    InBlock,
}
