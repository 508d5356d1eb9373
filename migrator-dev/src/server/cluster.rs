//! The files of one throwaway server: a private folder with the data directory, the socket and the log.
//!
//! Creates them; removing them is the watchdog's work.

use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use super::{Error, Installation, Place};

/// Below the ranges from which Linux and macOS give ports to outgoing connections, so that no client of ours takes
/// the port of a server that is being restarted.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Variables of the caller that would change how the server or `initdb` behaves.
const FOREIGN_VARIABLES: [&str; 6] = [
    "PGDATA",
    "PGOPTIONS",
    "PGPORT",
    "PGHOST",
    "PGTZ",
    "LC_MESSAGES",
];

#[derive(Debug)]
pub(super) struct Cluster {
    folder: PathBuf,
    account: Account,
}

/// Creates the private folder of a server.
pub(super) fn create_folder(place: &Place) -> Result<PathBuf, Error> {
    let parent = match place {
        Place::Temporary => env::temp_dir(),
        Place::Memory => PathBuf::from("/dev/shm"),
        Place::Folder(path) => path.clone(),
    };
    let failed = |source| Error::Folder {
        path: parent.clone(),
        source,
    };
    // The server runs elsewhere, where a relative path would mean another folder.
    let parent = fs::canonicalize(&parent).map_err(failed)?;
    tempfile::Builder::new()
        .prefix("migrator-dev-")
        .tempdir_in(&parent)
        .map(tempfile::TempDir::keep)
        .map_err(|source| Error::Folder {
            path: parent,
            source,
        })
}

/// Ports that are free at this moment, in random order so that servers started at once differ.
pub(super) fn free_ports() -> impl Iterator<Item = u16> {
    let seed = RandomState::new();
    (0_u32..)
        .map(move |round| {
            let mut hasher = seed.build_hasher();
            hasher.write_u32(round);
            let offset = hasher.finish() % u64::from(PORTS.end - PORTS.start);
            PORTS.start + u16::try_from(offset).unwrap_or(0)
        })
        .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
}

impl Cluster {
    /// Runs `initdb` in the folder.
    pub(super) fn initialise(folder: PathBuf, installation: &Installation) -> Result<Self, Error> {
        let account = Account::for_server()?;
        account.own(&folder)?;
        let cluster = Self { folder, account };
        let program = installation.program("initdb");
        let output = cluster
            .command(&program)
            .arg("-D")
            .arg(cluster.data())
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-N",
                "-E",
                "UTF8",
                "--no-locale",
            ])
            .output()
            .map_err(|source| Error::Program {
                program: program.into(),
                source,
            })?;
        if output.status.success() {
            Ok(cluster)
        } else {
            Err(Error::Initialise {
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            })
        }
    }

    /// A program of the server: under its account, in its folder, out of reach of the terminal's Ctrl-C.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        self.account.run(&mut command);
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .process_group(0);
        // English messages, because we read them; a fixed time zone also saves initdb its search for ours.
        command.env("LC_ALL", "C").env("TZ", "UTC");
        for variable in FOREIGN_VARIABLES {
            command.env_remove(variable);
        }
        command
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    pub(super) fn postmaster_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_not_offered() {
        let taken = free_ports()
            .find_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok())
            .unwrap();
        let taken = taken.local_addr().unwrap().port();
        assert!(PORTS.contains(&taken));
        let offered: Vec<u16> = free_ports().take(1_000).collect();
        assert_eq!(offered.len(), 1_000);
    }
}
