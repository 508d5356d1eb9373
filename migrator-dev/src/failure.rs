//! Why a command failed, in three parts, and the one place that prints it.
//!
//! What can fail is known where it happens; here are only the words.

use std::fmt::Display;

use migrator_dev::server;

/// Why a command failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    detail: Option<String>,
    hint: Option<String>,
}

impl Failure {
    /// What failed: lower case, without a full stop.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            detail: None,
            hint: None,
        }
    }

    pub(crate) fn detail(mut self, detail: impl Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says first when it happened.
    pub(crate) fn after(mut self, what: &str) -> Self {
        self.message = format!("{what} {}", self.message);
        self
    }

    #[expect(clippy::print_stderr, reason = "the one place that prints errors")]
    pub(crate) fn print(&self) {
        eprintln!("error: {}", self.message);
        if let Some(detail) = &self.detail {
            eprintln!("detail: {}", detail.trim_end().replace('\n', "\n        "));
        }
        if let Some(hint) = &self.hint {
            eprintln!("hint: {hint}");
        }
    }
}

impl From<server::Error> for Failure {
    fn from(error: server::Error) -> Self {
        Self {
            message: error.to_string(),
            detail: error.detail(),
            hint: error.hint(),
        }
    }
}

impl From<migrator::Error> for Failure {
    fn from(error: migrator::Error) -> Self {
        Self {
            message: error.to_string(),
            detail: (!error.detail().is_empty()).then(|| error.detail().join("\n")),
            hint: error.hint().map(str::to_owned),
        }
    }
}
