//! The variables of the environment, and the files behind `…_FILE`. Both come in as functions, so that reading them is
//! pure; what they mean is not known here.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::error::{Error, Kind};

/// Where settings come from besides flags.
pub struct Environment<'e> {
    /// An environment variable by name; empty ones count as absent.
    pub variable: &'e dyn Fn(&str) -> Option<OsString>,
    /// The content of a file by its path: one behind a `…_FILE` variable, or of services.
    pub file: &'e dyn Fn(&str) -> io::Result<Vec<u8>>,
}

impl Environment<'_> {
    /// Nothing is set, and no file is there.
    pub(super) const NONE: Environment<'static> = Environment {
        variable: &|_| None,
        file: &|_| Err(io::Error::new(io::ErrorKind::NotFound, "no files")),
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
            (None, Some(path)) => match (self.file)(&path).and_then(text) {
                Ok(content) => Ok(Some(content.trim_end_matches(['\r', '\n']).to_owned())),
                Err(error) => Err(unreadable(variable, &path, &error)),
            },
        }
    }
}

/// What a value is: nothing of it may be lost.
fn text(bytes: Vec<u8>) -> io::Result<String> {
    let text = String::from_utf8(bytes);
    text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The error of a file that cannot be read. Its path is shown only if it is no value that was meant for the variable
/// itself: a URL, keywords, a password.
fn unreadable(variable: &str, path: &str, why: &io::Error) -> Error {
    let message = format!("{variable}_FILE names a file that cannot be read");
    let error = Error::new(Kind::Usage, message);
    if begins_as_paths_do(path) {
        return error.with_detail(format!("\"{path}\": {why}."));
    }
    error
        .with_detail(format!(
            "{why}. The path is not repeated here, as it may be the value itself."
        ))
        .with_hint(format!(
            "{variable}_FILE is for the path of a file, as /run/secrets/name; the value itself goes into {variable}."
        ))
}

/// Folders in which servers and containers keep files.
const FOLDERS: [&str; 17] = [
    "app", "config", "data", "dev", "etc", "home", "mnt", "opt", "private", "proc", "root", "run",
    "secrets", "srv", "tmp", "usr", "var",
];

/// Whether a text can hardly be anything but a path: a password may hold a `/`, and begin with one.
fn begins_as_paths_do(text: &str) -> bool {
    let first = text
        .strip_prefix('/')
        .and_then(|rest| rest.split_once('/'))
        .map(|(first, _)| first);
    first.is_some_and(|first| FOLDERS.contains(&first))
        && !text.contains("://")
        && !text.contains(['@', '='])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_place_of_a_path_is_not_repeated() {
        for (value, is_shown) in [
            ("/run/secrets/gone", true),
            ("/etc/migrator/gone", true),
            ("secrets/gone", false),
            ("U0VDUkVU/w", false),
            ("/U0VDUkVU/w", false),
            ("SECRETpw", false),
            ("postgres://u:SECRET@h/d", false),
            ("host=/tmp password=SECRET", false),
            ("u:SECRET/x@h", false),
            ("U0VDUkVU/w==", false),
        ] {
            let variable = |name: &str| (name == "POSTGRES_PASSWORD_FILE").then(|| value.into());
            let environment = Environment {
                variable: &variable,
                ..Environment::NONE
            };
            let error = environment.read("POSTGRES_PASSWORD").unwrap_err();
            let told = format!(
                "{error} {} {}",
                error.detail().join(" "),
                error.hint().unwrap_or_default()
            );
            assert_eq!(told.contains(value), is_shown, "{told}");
            assert!(
                told.contains("POSTGRES_PASSWORD_FILE") && told.contains("no files"),
                "{told}"
            );
            assert!(is_shown || !told.contains("SECRET"), "{told}");
        }
    }
}
