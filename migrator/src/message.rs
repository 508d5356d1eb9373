//! One message of several statements on its way to the server, and what each of them is.
//!
//! Many small statements in one message save round trips. The marks make it possible to tell from the number of
//! completed statements, or from the position in an error, which statement of which file failed.

use crate::excerpt::byte_of_character;

/// A message under construction.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

/// What one statement of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Which step of the plan it belongs to.
    pub(crate) step: usize,
    /// What it does there.
    pub(crate) part: Part,
    /// Where it begins in the message, in bytes.
    start: usize,
}

/// What a statement does in its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Begins the transaction.
    Begin,
    /// Sets the limits: the first of each step.
    Limits,
    /// A statement of the script, which begins at this byte of it.
    Statement(usize),
    /// A statement of the verify script, which begins at this byte of it.
    Verify(usize),
    /// Takes the lock of a statement before it, which begins at this byte of the script.
    Lock(usize),
    /// Writes the record.
    Record,
    /// Writes the records of several steps that only record.
    Records {
        /// The first of them.
        first: usize,
        /// How many there are.
        count: usize,
    },
    /// Holds the locks of the tool whose table is written too, or writes that table.
    Mirror,
    /// Resets the session.
    Reset,
    /// Commits.
    Commit,
    /// Commits one unit of a script that runs outside a transaction.
    UnitCommit,
}

/// A statement of a message, found again after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) step: usize,
    pub(crate) part: Part,
    /// The byte of the script at which the server points.
    pub(crate) offset: Option<usize>,
}

impl Message {
    /// Adds a statement, without its semicolon.
    pub(crate) fn push(&mut self, step: usize, part: Part, sql: &str) {
        self.marks.push(Mark {
            step,
            part,
            start: self.text.len(),
        });
        self.text.push_str(sql);
        // On a line of its own, because the statement may end in a comment.
        self.text.push_str("\n;");
    }

    /// Which statement failed: the one at which the server points, else the first that was not completed.
    pub(crate) fn find(&self, completed: usize, position: Option<usize>) -> Option<Found> {
        let byte = position.map(|position| byte_of_character(&self.text, position));
        let at = match byte {
            Some(byte) => self
                .marks
                .partition_point(|mark| mark.start <= byte)
                .checked_sub(1)?,
            None => completed,
        };
        let mark = self.marks.get(at)?;
        let offset = match mark.part {
            Part::Statement(start) | Part::Verify(start) => {
                Some(start + byte.map_or(0, |byte| byte - mark.start))
            }
            // What the server points at is not in the script.
            Part::Lock(start) => Some(start),
            _ => None,
        };
        Some(Found {
            step: mark.step,
            part: mark.part,
            offset,
        })
    }

    /// How many steps have a statement in it.
    pub(crate) fn steps(&self) -> usize {
        self.marks
            .first()
            .map_or(0, |mark| self.steps_from(mark.step))
    }

    /// How many of them are this step or come after it.
    pub(crate) fn steps_from(&self, first: usize) -> usize {
        self.marks
            .last()
            .map_or(0, |last| (last.step + 1).saturating_sub(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        let mut message = Message::default();
        message.push(3, Part::Begin, "BEGIN");
        message.push(3, Part::Statement(10), "SELECT 'é'");
        message.push(4, Part::Statement(50), "boom now");
        message
    }

    #[test]
    fn a_statement_is_found_by_count_and_by_position() {
        let message = message();
        let found = |step, part, offset| Some(Found { step, part, offset });
        assert_eq!(message.find(0, None), found(3, Part::Begin, None));
        assert_eq!(
            message.find(1, None),
            found(3, Part::Statement(10), Some(10))
        );
        assert_eq!(
            message.find(2, None),
            found(4, Part::Statement(50), Some(50))
        );
        assert_eq!(message.find(3, None), None);
        // "now", counted in characters: the server does not count the two bytes of "é" twice.
        let position = message
            .text
            .chars()
            .collect::<String>()
            .find("now")
            .map(|byte| byte - 1 + 1);
        assert_eq!(
            message.find(0, position),
            found(4, Part::Statement(50), Some(55))
        );
        assert_eq!(message.steps(), 2);
    }
}
