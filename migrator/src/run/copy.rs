//! Streaming a `COPY … FROM stdin` block, and finding the line of it that the server refuses.

use super::patience::may_succeed_later;
use super::{Halt, Outcome, Place, Runner};
use crate::excerpt::byte_of_character;
use crate::message::{Found, Part};
use crate::server_error::ServerError;
use crate::settings::Transactions;

impl Runner<'_, '_> {
    /// Sends what is waiting, and with it the request for the lock that a `COPY` needs.
    ///
    /// tokio-postgres ends a `COPY` that the server refuses once more than the server expects, and the session cannot
    /// be used after that. To wait in vain for a lock is the one refusal after which the session is needed.
    pub(super) fn flush_before_copy(&mut self, at: usize, start: usize, command: &str) -> Outcome {
        if let Some(table) = table_of(command) {
            let lock = format!("EXPLAIN INSERT INTO {table} DEFAULT VALUES");
            self.message.push(at, Part::Lock(start), &lock);
        }
        self.flush()
    }

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
                    (Some(position), _) => {
                        let sent = byte_of_character(command, position);
                        let step = self.progress.steps.get(at);
                        step.and_then(|step| self.place(step.scripts(), start, sent))
                            .unwrap_or(start)
                    }
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

/// The table that a `COPY … FROM` names; `None` where a comment makes that hard to tell.
fn table_of(command: &str) -> Option<&str> {
    let from_word = |text: &str| {
        text.get(..5).is_some_and(|word| {
            word.eq_ignore_ascii_case("from ") || word.eq_ignore_ascii_case("from\n")
        })
    };
    let rest = command
        .get(4..)
        .filter(|_| !command.contains("--") && !command.contains("/*"))?;
    let mut quoted = false;
    let mut before = ' ';
    let end = rest.char_indices().find(|(at, c)| {
        quoted ^= *c == '"';
        let word = before.is_whitespace() || before == '"';
        before = *c;
        !quoted && (*c == '(' || (word && rest.get(*at..).is_some_and(from_word)))
    });
    let name = rest.get(..end?.0)?.trim();
    let binary = name
        .get(..7)
        .is_some_and(|word| word.eq_ignore_ascii_case("binary "));
    (!binary && !name.is_empty()).then_some(name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_copy_is_found() {
        for (command, table) in [
            ("COPY t FROM stdin", Some("t")),
            ("copy public.t(a, b) from stdin", Some("public.t")),
            (
                "COPY \"from (x\".\"a\"\"b\" (\"c\") FROM stdin",
                Some("\"from (x\".\"a\"\"b\""),
            ),
            ("COPY fromage\nFROM\nstdin", Some("fromage")),
            ("COPY t /* ( */ FROM stdin", None),
            ("COPY BINARY t FROM stdin", None),
        ] {
            assert_eq!(table_of(command), table, "{command}");
        }
    }
}
