//! What a caller may choose about a throwaway server; the defaults suit tests.
//!
//! Reads the environment only in [`Options::from_environment`].

use std::env;
use std::path::PathBuf;

/// What to start.
#[derive(Clone, Debug)]
pub struct Options {
    /// The major version wanted; whatever is found first when absent.
    pub major: Option<u32>,
    /// Where the programs come from.
    pub origin: Origin,
    /// Where the data directory is.
    pub place: Place,
    /// Whether commits reach the disk.
    pub durability: Durability,
    /// Further settings, such as `("work_mem", "64MB")`; they win over the ones set here.
    pub settings: Vec<(String, String)>,
    /// Is told what takes long, such as a download; says nothing by default.
    pub announce: fn(&str),
}

/// Where the server programs come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// An installed PostgreSQL where there is one, else the download.
    #[default]
    Any,
    /// Only what is installed.
    Installed,
    /// Only the pinned download, which is kept in the user's cache folder.
    Download,
}

/// Where the data directory is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The system's folder for temporary files.
    #[default]
    Temporary,
    /// `/dev/shm`, so that no disk hides what a bench measures.
    Memory,
    /// In an existing folder; a new one is created inside it.
    Folder(PathBuf),
}

/// Whether commits reach the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// `fsync` is off: fast, and safe against everything but a crash of the machine.
    #[default]
    Relaxed,
    /// PostgreSQL's own defaults, as a bench on a real disk needs them.
    Full,
}

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Sessions are disconnected and roll back; a clean shutdown.
    Fast,
    /// Everything ends at once; the next start recovers.
    Immediate,
    /// `kill -9` of the postmaster, as the out-of-memory killer does it.
    Kill,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            major: None,
            origin: Origin::default(),
            place: Place::default(),
            durability: Durability::default(),
            settings: Vec::new(),
            announce: |_| {},
        }
    }
}

impl Options {
    /// The defaults, except that `MIGRATOR_DEV_POSTGRES` set to `installed` or `download` chooses the origin.
    #[must_use]
    pub fn from_environment() -> Self {
        let origin = match env::var("MIGRATOR_DEV_POSTGRES").as_deref() {
            Ok("installed") => Origin::Installed,
            Ok("download") => Origin::Download,
            _ => Origin::Any,
        };
        Self {
            origin,
            ..Self::default()
        }
    }

    pub(super) fn server_settings(&self) -> Vec<String> {
        let durability: &[&str] = match self.durability {
            Durability::Relaxed => &["fsync=off", "full_page_writes=off"],
            Durability::Full => &[],
        };
        // A test suite opens more connections at once than the 100 that PostgreSQL allows by default.
        let ours = durability
            .iter()
            .copied()
            .chain(["max_connections=300"])
            .map(str::to_owned);
        // PostgreSQL takes the last value of a setting that is given twice.
        ours.chain(
            self.settings
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        )
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_durability_leaves_the_disk_settings_alone() {
        let options = Options {
            durability: Durability::Full,
            ..Options::default()
        };
        assert_eq!(options.server_settings(), ["max_connections=300"]);
    }

    #[test]
    fn settings_of_the_caller_come_last() {
        let options = Options {
            settings: vec![("fsync".into(), "on".into())],
            ..Options::default()
        };
        assert_eq!(
            options.server_settings().last().map(String::as_str),
            Some("fsync=on")
        );
    }
}
