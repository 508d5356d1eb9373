//! What the server, or the way to it, said: a plain copy of tokio-postgres's error.
//!
//! What it means for a migration is `failure`; what it means for the first connection is `connect`.

use std::error::Error as _;

use tokio_postgres::error::ErrorPosition;

/// An answer that is not the one we wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ServerError {
    /// The server answered with an error.
    Answer(Box<Answer>),
    /// The connection is gone, or never stood.
    Lost(String),
}

/// The fields of an error message
/// (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// SQLSTATE.
    pub(crate) sqlstate: String,
    /// The primary message.
    pub(crate) message: String,
    /// The detail.
    pub(crate) detail: Option<String>,
    /// The hint.
    pub(crate) hint: Option<String>,
    /// Where in a function it happened.
    pub(crate) context: Option<String>,
    /// The character, counted from 1, in the message that was sent.
    pub(crate) position: Option<usize>,
    /// The table concerned.
    pub(crate) table: Option<String>,
    /// The column concerned.
    pub(crate) column: Option<String>,
    /// Whether the server ended the session with it.
    pub(crate) fatal: Severity,
}

impl Answer {
    /// One with a code and a message alone, after which the session goes on.
    pub(crate) fn new(sqlstate: &str, message: &str) -> Self {
        Self {
            sqlstate: sqlstate.to_owned(),
            message: message.to_owned(),
            detail: None,
            hint: None,
            context: None,
            position: None,
            table: None,
            column: None,
            fatal: Severity::Error,
        }
    }
}

/// Whether an error ended the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The session goes on.
    Error,
    /// The session is over.
    Fatal,
}

impl From<tokio_postgres::Error> for ServerError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(answer) = error.as_db_error() else {
            return Self::Lost(chain(&error));
        };
        Self::Answer(Box::new(Answer {
            sqlstate: answer.code().code().to_owned(),
            message: answer.message().to_owned(),
            detail: answer.detail().map(str::to_owned),
            hint: answer.hint().map(str::to_owned),
            context: answer.where_().map(str::to_owned),
            position: match answer.position() {
                Some(ErrorPosition::Original(position)) => usize::try_from(*position).ok(),
                Some(ErrorPosition::Internal { .. }) | None => None,
            },
            table: answer.table().map(str::to_owned),
            column: answer.column().map(str::to_owned),
            fatal: match answer.severity() {
                "FATAL" | "PANIC" => Severity::Fatal,
                _ => Severity::Error,
            },
        }))
    }
}

/// A text that does nothing to a terminal: whoever answers may not be the server that is meant. What is to be found in
/// it is found before.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && !matches!(character, '\n' | '\t') {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// An error with its causes in one line; tokio-postgres alone says only "error connecting to server".
fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

impl ServerError {
    /// The same in other words.
    #[must_use]
    pub(crate) fn reworded(self, reword: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Lost(text) => Self::Lost(reword(&text)),
            Self::Answer(mut answer) => {
                answer.message = reword(&answer.message);
                answer.detail = answer.detail.map(|it| reword(&it));
                answer.hint = answer.hint.map(|it| reword(&it));
                answer.context = answer.context.map(|it| reword(&it));
                Self::Answer(answer)
            }
        }
    }

    /// SQLSTATE, when the server answered.
    #[must_use]
    pub(crate) fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Answer(answer) => Some(&answer.sqlstate),
            Self::Lost(_) => None,
        }
    }

    /// The primary message with its SQLSTATE.
    #[must_use]
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Answer(answer) => format!("{} ({})", answer.message, answer.sqlstate),
            Self::Lost(text) => text.clone(),
        }
    }

    /// Whether the session is over.
    #[must_use]
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::Answer(answer) => answer.fatal == Severity::Fatal,
            Self::Lost(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_would_move_a_terminal_is_written_out() {
        for (text, expected) in [
            ("an error\n\tat «ä»", "an error\n\tat «ä»"),
            ("\u{1b}[2Jgone\u{7}", "\\u{1b}[2Jgone\\u{7}"),
            ("a\rb\u{9b}", "a\\rb\\u{9b}"),
        ] {
            assert_eq!(printable(text), expected);
        }
    }
}
