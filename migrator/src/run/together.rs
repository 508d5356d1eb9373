//! Running steps that only record: consecutive ones are one transaction, and a stamp of ten thousand is one statement.

use super::{Halt, Runner};
use crate::compose::{BEGIN, COMMIT, Flush, RESET_ROLE, recording};
use crate::message::Part;
use crate::settings::Transactions;

impl Runner<'_, '_> {
    /// Records this step and those after it that only record as well; how many there are.
    pub(super) fn together(&mut self, at: usize) -> Result<usize, Halt> {
        let steps = self.progress.steps.get(at..).unwrap_or_default();
        let count = recording(steps);
        let Some((first, steps)) = steps.first().zip(steps.get(..count)) else {
            return Ok(0);
        };
        self.flush()?;
        let single = self.settings.transactions == Transactions::Single;
        let last = at + count == self.progress.steps.len();
        if !single || at == 0 {
            self.message.push(at, Part::Begin, BEGIN);
        }
        let limits = self.composer.plain_limits(first, Flush::Now);
        self.message.push(at, Part::Limits, &limits);
        for sql in RESET_ROLE {
            self.message.push(at, Part::Reset, sql);
        }
        for sql in self.composer.hold(steps) {
            self.message.push(at, Part::Mirror, &sql);
        }
        let mut next = at;
        for (count, sql) in self.composer.records(steps) {
            self.message
                .push(at, Part::Records { first: next, count }, &sql);
            next += count;
        }
        if let Some(sql) = self.composer.close_recorded(steps) {
            self.message.push(at, Part::Reset, &sql);
        }
        for sql in self.composer.mirrored(steps) {
            self.message.push(at, Part::Mirror, &sql);
        }
        for sql in self.composer.reset() {
            self.message.push(at, Part::Reset, sql);
        }
        if !single || last {
            self.message.push(at, Part::Commit, COMMIT);
        }
        self.flush()?;
        Ok(count)
    }
}
