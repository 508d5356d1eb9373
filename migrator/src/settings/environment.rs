//! The variables of the environment, and the files behind `…_FILE`. Both come in as functions, so that reading them is
//! pure; what they mean is not known here.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::error::{Error, Kind};

/// Where settings come from besides flags.
pub struct Environment<'e> {
    /// An environment variable by name; empty ones count as absent.
    pub variable: &'e dyn Fn(&str) -> Option<OsString>,
    /// The content of a file behind a `…_FILE` variable.
    pub file: &'e dyn Fn(&str) -> std::io::Result<String>,
}

impl Environment<'_> {
    /// Nothing is set, and no file is there.
    pub(super) const NONE: Environment<'static> = Environment {
        variable: &|_| None,
        file: &|_| {
            Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "no files",
            ))
        },
    };

    /// The path that a variable holds.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        let value = (self.variable)(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value))
    }

    /// A path below the home directory.
    pub(super) fn below_home(&self, path: &str) -> Option<PathBuf> {
        Some(self.path("HOME")?.join(path))
    }

    /// A variable that is set, and not empty.
    pub(crate) fn set(&self, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = (self.variable)(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        value.into_string().map(Some).map_err(|_| {
            Error::new(Kind::Usage, format!("{name} is not UTF-8"))
                .with_hint("Set it again in a terminal or a file whose encoding is UTF-8.")
        })
    }

    /// A parameter of a connection: [`Environment::read`] of what cannot have a second line.
    pub(super) fn read_line(&self, variable: &str) -> Result<Option<String>, Error> {
        match self.read(variable)? {
            Some(value) if value.contains('\n') => Err(Error::new(
                Kind::Usage,
                format!(
                    "{variable}, or the file that {variable}_FILE names, has more than one line"
                ),
            )
            .with_hint("Leave the value alone in it.")),
            value => Ok(value),
        }
    }

    /// A variable, or the content of the file that `…_FILE` names without the ends of lines at its end, as in the
    /// official container images; both at once contradict each other.
    pub(crate) fn read(&self, variable: &str) -> Result<Option<String>, Error> {
        let behind = format!("{variable}_FILE");
        // libpq itself ends some of its variables in …FILE, but none in …_FILE.
        match (self.set(variable)?, self.set(&behind)?) {
            (value, None) => Ok(value),
            (Some(_), Some(_)) => Err(Error::new(
                Kind::Usage,
                format!("{variable} and {behind} are both set"),
            )
            .with_hint(format!(
                "Unset {variable}; the file is the safer of the two."
            ))),
            (None, Some(path)) => match (self.file)(&path) {
                Ok(content) => Ok(Some(content.trim_end_matches(['\r', '\n']).to_owned())),
                Err(error) => Err(Error::new(
                    Kind::Usage,
                    format!("{behind} names a file that cannot be read"),
                )
                .with_detail(format!("\"{path}\": {error}."))),
            },
        }
    }
}
