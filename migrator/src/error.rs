//! What can go wrong, in three parts (what failed, detail, hint), with one documented exit code each.
//!
//! Texts follow PostgreSQL's message style: <https://www.postgresql.org/docs/current/error-style-guide.html>.
//! Nothing here prints.

use std::fmt;

use crate::difference::Difference;
use crate::excerpt::Excerpt;
use crate::label::Label;
use crate::plan::Action;
use crate::recognise::Class;
use crate::report::Report;

/// What kind of failure it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A migration failed; it was rolled back and not recorded. Exit code 1.
    Migration,
    /// Usage or configuration. Exit code 2.
    Usage,
    /// Bundle and history disagree. Exit code 3.
    Drift,
    /// There are pending migrations, and `check` was asked. Exit code 4.
    Pending,
    /// The lock was not obtained in time. Exit code 5.
    Lock,
    /// No connection, or the connection was lost. Exit code 6.
    Connection,
    /// The schema is not the one that was proven. Exit code 7.
    SchemaDrift,
    /// The run was asked to stop, and did; running it again continues. Exit code 8.
    Interrupted,
    /// Whether a statement outside a transaction took effect is for a person to say. Exit code 9.
    Doubt,
}

impl Kind {
    /// All of them, in order of exit code.
    pub const ALL: [Self; 9] = [
        Self::Migration,
        Self::Usage,
        Self::Drift,
        Self::Pending,
        Self::Lock,
        Self::Connection,
        Self::SchemaDrift,
        Self::Interrupted,
        Self::Doubt,
    ];

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Migration => 1,
            Self::Usage => 2,
            Self::Drift => 3,
            Self::Pending => 4,
            Self::Lock => 5,
            Self::Connection => 6,
            Self::SchemaDrift => 7,
            Self::Interrupted => 8,
            Self::Doubt => 9,
        }
    }

    /// The word for it in JSON output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Usage => "usage",
            Self::Drift => "drift",
            Self::Pending => "pending",
            Self::Lock => "lock",
            Self::Connection => "connection",
            Self::SchemaDrift => "schema-drift",
            Self::Interrupted => "interrupted",
            Self::Doubt => "doubt",
        }
    }
}

/// A failure. `Display` is the primary message alone, so that it fits after `error: `.
#[derive(Clone, Debug)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: Kind,
    message: String,
    detail: Vec<String>,
    hint: Option<String>,
    failure: Option<Failure>,
    differences: Vec<Difference>,
    report: Report,
}

/// Where and why a migration failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was being done.
    pub action: Action,
    /// The version concerned; `None` of a repeatable.
    pub version: Option<i64>,
    /// The name of the migration.
    pub name: String,
    /// File, line, column and text of the statement; absent when the tool's own statement failed.
    pub excerpt: Option<Excerpt>,
    /// The five characters of SQLSTATE, when the server answered.
    pub sqlstate: Option<String>,
}

impl Failure {
    /// Which migration failed, as it is named to people.
    #[must_use]
    pub fn label(&self) -> Label<'_> {
        Label {
            version: self.version,
            name: &self.name,
        }
    }
}

impl Error {
    /// A failure with its primary message: lower case, no full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: message.into(),
            detail: Vec::new(),
            hint: None,
            failure: None,
            differences: Vec::new(),
            report: Report::default(),
        }))
    }

    /// Adds a sentence of detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail.push(detail.into());
        self
    }

    /// Sets the hint: a sentence that says what to do, best with a command.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says which migration failed, and where.
    #[must_use]
    pub fn with_failure(mut self, failure: Failure) -> Self {
        self.0.failure = Some(failure);
        self
    }

    /// Says which objects are not as proven.
    #[must_use]
    pub fn with_differences(mut self, differences: Vec<Difference>) -> Self {
        self.0.differences = differences;
        self
    }

    /// Says what was done before.
    #[must_use]
    pub fn with_report(mut self, report: Report) -> Self {
        self.0.report = report;
        self
    }

    /// Says what the database is.
    #[must_use]
    pub fn with_class(mut self, class: Option<&Class>) -> Self {
        self.0.report.class = class.cloned();
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Sentences that explain it.
    #[must_use]
    pub fn detail(&self) -> &[String] {
        &self.0.detail
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// Which migration failed, and where.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.0.failure.as_ref()
    }

    /// The objects that are not as proven.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.0.differences
    }

    /// What was committed before the failure.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.0.report
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_an_exit_code_of_its_own() {
        let codes: Vec<u8> = Kind::ALL.iter().map(|kind| kind.exit_code()).collect();
        assert_eq!(codes, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
