//! A throwaway PostgreSQL: started on demand, private to this process, gone without a trace afterwards.
//!
//! A server lives as long as its [`Server`]; when this process is killed, the watchdog ends it.
//! Nothing here is durable and nobody is asked for a password: never use it for data that matter.

mod account;
mod cluster;
#[cfg(feature = "download")]
mod download;
mod error;
mod installation;
mod options;
#[cfg(feature = "download")]
mod package;
mod postmaster;
#[cfg(feature = "download")]
mod unpack;
mod watchdog;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Instant;

pub use self::error::Error;
pub use self::installation::Installation;
pub use self::options::{Durability, Mode, Options, Origin, Place};

use self::cluster::Cluster;
use self::postmaster::Postmaster;

const PORTS_TO_TRY: usize = 8;

/// A running PostgreSQL of our own, with the superuser `postgres` and no password.
///
/// Dropping it stops the server at once and removes every file.
#[derive(Debug)]
pub struct Server {
    installation: Installation,
    cluster: Cluster,
    settings: Vec<String>,
    port: u16,
    postmaster: Option<Postmaster>,
}

impl Server {
    /// Finds or downloads PostgreSQL, initialises a cluster in a folder of its own, and starts it.
    ///
    /// It listens on a free port of 127.0.0.1 and on a Unix socket, and answers when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::NotInstalled`] where there is no PostgreSQL and none can be downloaded; otherwise what the failing
    /// program said.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let installation = Installation::find(options)?;
        let cluster = Cluster::initialise(&options.place, &installation)?;
        let mut server = Self {
            installation,
            cluster,
            settings: options.server_settings(),
            port: 0,
            postmaster: None,
        };
        server.start_on_a_free_port()?;
        Ok(server)
    }

    /// The connection URL of a database of this server.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The TCP port on 127.0.0.1; a restart keeps it.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder with the Unix socket, as `host` of a connection takes it.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        self.cluster.folder()
    }

    /// The data directory.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.cluster.data()
    }

    /// What the server has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.cluster.log()).unwrap_or_default()).into_owned()
    }

    /// The server version, such as `18.4`.
    #[must_use]
    pub fn version(&self) -> &str {
        self.installation.version()
    }

    /// The programs that this server runs on.
    #[must_use]
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The process id of the postmaster; none while the server is stopped.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.postmaster.as_ref().map(Postmaster::id)
    }

    /// Creates an empty database.
    pub fn create_database(&self, name: &str) -> Result<(), Error> {
        let failed = |source| Error::Database {
            name: name.to_owned(),
            source,
        };
        let mut client =
            postgres::Client::connect(&self.url("postgres"), postgres::NoTls).map_err(failed)?;
        let identifier = name.replace('"', "\"\"");
        client
            .batch_execute(&format!("CREATE DATABASE \"{identifier}\""))
            .map_err(failed)
    }

    /// Stops the server and keeps its files; does nothing when it is stopped already.
    pub fn stop(&mut self, mode: Mode) -> Result<(), Error> {
        let Some(postmaster) = self.postmaster.take() else {
            return Ok(());
        };
        postmaster.stop(&self.cluster, mode)
    }

    /// Starts a stopped server again, on the same port, with crash recovery where it is needed.
    pub fn start_again(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + postmaster::PATIENCE;
        loop {
            match self.launch() {
                // Children of a killed postmaster may hold the shared memory and the port for a moment.
                Err(Error::Startup { log })
                    if Instant::now() < deadline && postmaster::may_pass(&log) =>
                {
                    thread::sleep(postmaster::GLANCE);
                }
                result => return result,
            }
        }
    }

    /// Stops the server and starts it again on the same port.
    pub fn restart(&mut self, mode: Mode) -> Result<(), Error> {
        self.stop(mode)?;
        self.start_again()
    }

    fn start_on_a_free_port(&mut self) -> Result<(), Error> {
        let mut last = Ok(());
        for port in cluster::free_ports().take(PORTS_TO_TRY) {
            self.port = port;
            last = self.launch();
            match &last {
                // Somebody took the port between our look and the server's.
                Err(Error::Startup { log }) if postmaster::is_port_taken(log) => {}
                _ => break,
            }
        }
        last
    }

    fn launch(&mut self) -> Result<(), Error> {
        if self.postmaster.is_none() {
            let started =
                Postmaster::start(&self.cluster, &self.installation, self.port, &self.settings)?;
            self.postmaster = Some(started);
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left who could be told; the watchdog tries again and removes the files.
        let _ = self.stop(Mode::Immediate);
        self.cluster.remove();
    }
}

fn spawn(command: &mut Command) -> Result<Child, Error> {
    command.spawn().map_err(|source| Error::Program {
        program: command.get_program().into(),
        source,
    })
}
