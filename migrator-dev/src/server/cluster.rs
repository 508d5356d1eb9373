//! The files of one throwaway server: a private folder with the data directory, the socket and the log.
//!
//! Creates them, and leaves removing them to the watchdog.

use std::env;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::account::Account;
use super::watchdog::Watchdog;
use super::{Error, Installation, Place, spawn};

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
    watchdog: Watchdog,
}

/// Creates the private folder of a server.
fn create_folder(place: &Place) -> Result<PathBuf, Error> {
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
    /// Creates the folder and runs `initdb` in it.
    pub(super) fn initialise(place: &Place, installation: &Installation) -> Result<Self, Error> {
        let folder = create_folder(place)?;
        // From here on the watchdog removes the folder, whatever fails.
        let watchdog = Watchdog::over(&folder)?;
        let account = Account::for_server()?;
        account.own(&folder)?;
        let cluster = Self {
            folder,
            account,
            watchdog,
        };
        let output = cluster.run_initdb(&installation.program("initdb"))?;
        if output.status.success() {
            Ok(cluster)
        } else {
            Err(Error::Initialise {
                output: String::from_utf8_lossy(&output.stderr).into_owned(),
            })
        }
    }

    fn run_initdb(&self, program: &Path) -> Result<Output, Error> {
        let mut command = self.command(program);
        command.arg("-D").arg(self.data());
        command.args(["-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"]);
        command.arg("--no-locale");
        let initdb = spawn(command.stdout(Stdio::null()).stderr(Stdio::piped()))?;
        self.watchdog.await_end_of(&initdb);
        let output = initdb.wait_with_output().map_err(|source| Error::Program {
            program: program.into(),
            source,
        })?;
        self.watchdog.forget();
        Ok(output)
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

    pub(super) fn watchdog(&self) -> &Watchdog {
        &self.watchdog
    }

    /// Removes the folder. Nothing runs in it any more.
    pub(super) fn remove(&mut self) {
        self.watchdog.finish();
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
