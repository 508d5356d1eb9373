//! Streaming a `COPY … FROM stdin` block, and finding the line of it that the server refuses.

use super::{Failed, Outcome, Runner};
use crate::excerpt::byte_of_character;
use crate::failure::Fate;
use crate::message::{Found, Part};
use crate::server_error::ServerError;

impl Runner<'_, '_> {
    pub(super) fn copy_in(
        &mut self,
        at: usize,
        start: usize,
        command: &str,
        data_start: usize,
        data: &str,
    ) -> Outcome {
        let progress = &mut self.progress;
        let result = self
            .connection
            .copy_in(command, data, &mut |heard| progress.pass_on(&heard));
        result.map_err(|error| {
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
            Box::new(Failed {
                found: Some(found),
                error,
                fate: Fate::RolledBack,
            })
        })
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
