//! Streaming a `COPY … FROM stdin` block, and finding the line of it that the server refuses.

use super::patience::may_succeed_later;
use super::{Halt, Outcome, Place, Runner};
use crate::excerpt::byte_of_character;
use crate::message::{Found, Part};
use crate::server_error::ServerError;
use crate::settings::Transactions;

impl Runner<'_, '_> {
    pub(super) fn copy_in(
        &mut self,
        at: usize,
        start: usize,
        command: &str,
        data_start: usize,
        data: &str,
    ) -> Outcome {
        if self.settings.interrupt.is_requested() {
            return Err(Halt::Interrupted { at });
        }
        let (progress, blockers) = (&mut self.progress, &mut self.blockers);
        blockers.clear();
        let result = self
            .connection
            .copy_in(command, data, &mut |heard| progress.heard(&heard, blockers));
        let Err(error) = result else {
            return Ok(());
        };
        let offset = match &error {
            ServerError::Answer(answer) => {
                match (answer.position, copy_line(answer.context.as_deref())) {
                    (Some(position), _) => start + byte_of_character(command, position),
                    (None, Some(line)) => data_start + start_of_line(data, line),
                    (None, None) => start,
                }
            }
            ServerError::Lost(_) => start,
        };
        let found = Found {
            step: at,
            part: Part::Statement(start),
            offset: Some(offset),
        };
        let from = match self.settings.transactions {
            Transactions::Each => at,
            Transactions::Single => 0,
        };
        if self.place == Place::Batch && may_succeed_later(&error) && self.wait(from, at, &error)? {
            return Err(Halt::Again {
                from,
                alone_until: at + 1,
            });
        }
        Err(Halt::failed(Some(found), error))
    }
}

/// The line of a `COPY` block that the server names: `COPY tags, line 3: "…"`.
fn copy_line(context: Option<&str>) -> Option<usize> {
    let (_, rest) = context?
        .lines()
        .find(|line| line.starts_with("COPY "))?
        .split_once(", line ")?;
    rest.split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

fn start_of_line(text: &str, line: usize) -> usize {
    text.match_indices('\n')
        .nth(line.saturating_sub(2))
        .filter(|_| line > 1)
        .map_or(0, |(at, _)| at + 1)
}
