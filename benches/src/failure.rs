//! Why a measurement could not be made.

use std::fmt;
use std::io;
use std::path::Path;

/// What failed, in one line.
#[derive(Debug)]
pub(crate) struct Failure(String);

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A failure of the file system or of a program, with what it happened to.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let shown = path.display().to_string();
        move |error| Self(format!("{shown}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        match error.as_db_error() {
            Some(answer) => Self(answer.message().to_owned()),
            None => Self(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<migrator_dev::server::Error> for Failure {
    fn from(error: migrator_dev::server::Error) -> Self {
        Self(error.to_string())
    }
}
