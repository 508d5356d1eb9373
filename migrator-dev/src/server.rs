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
mod unpack;
mod watchdog;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use self::error::Error;
pub use self::installation::Installation;
pub use self::options::{Durability, Mode, Options, Origin, Place};

use self::cluster::Cluster;
use self::watchdog::Watchdog;

/// Recovery after an immediate stop in the middle of a large bench takes a while; a healthy start takes 0.1 s.
const PATIENCE: Duration = Duration::from_mins(2);
const GLANCE: Duration = Duration::from_millis(5);
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
    postmaster: Option<Child>,
    watchdog: Watchdog,
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
        let folder = cluster::create_folder(&options.place)?;
        // From here on the watchdog removes the folder, whatever fails.
        let watchdog = Watchdog::over(&folder)?;
        let cluster = Cluster::initialise(folder, &installation)?;
        let mut server = Self {
            installation,
            cluster,
            settings: options.server_settings(),
            port: 0,
            postmaster: None,
            watchdog,
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
        self.postmaster.as_ref().map(Child::id)
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
        let Some(mut postmaster) = self.postmaster.take() else {
            return Ok(());
        };
        let signal = match mode {
            Mode::Fast => Signal::INT,
            Mode::Immediate => Signal::QUIT,
            Mode::Kill => Signal::KILL,
        };
        // A failure means that the process has ended by itself, which the wait below finds out.
        let _ = kill_process(Pid::from_child(&postmaster), signal);
        postmaster.wait().map_err(|source| Error::Program {
            program: "postgres".into(),
            source,
        })?;
        Ok(())
    }

    /// Starts a stopped server again, on the same port, with crash recovery where it is needed.
    pub fn start_again(&mut self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.launch() {
                // Children of a killed postmaster may hold the shared memory and the port for a moment.
                Err(Error::Startup { log }) if Instant::now() < deadline && is_transient(&log) => {
                    thread::sleep(10 * GLANCE);
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
                Err(Error::Startup { log }) if is_port_taken(log) => {}
                _ => break,
            }
        }
        last
    }

    fn launch(&mut self) -> Result<(), Error> {
        if self.postmaster.is_some() {
            return Ok(());
        }
        let log_path = self.cluster.log();
        let started_at = fs::metadata(&log_path).map_or(0, |metadata| metadata.len());
        let log = File::options()
            .append(true)
            .create(true)
            .open(&log_path)
            .map_err(|source| Error::Folder {
                path: log_path.clone(),
                source,
            })?;
        let mut command = self.cluster.command(&self.installation.program("postgres"));
        command
            .arg("-D")
            .arg(self.cluster.data())
            .arg("-k")
            .arg(self.cluster.folder());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        self.postmaster = Some(spawn(command.stdout(Stdio::null()).stderr(log))?);
        let result = self.wait_until_ready();
        if result.is_err() {
            self.stop(Mode::Immediate)?;
        }
        result.map_err(|()| {
            let text = self.log();
            let at = usize::try_from(started_at).unwrap_or(0);
            Error::Startup {
                log: text.get(at..).unwrap_or(&text).to_owned(),
            }
        })
    }

    /// The last line of `postmaster.pid` says `ready` as soon as connections are accepted; `pg_ctl -w` waits for the
    /// same line.
    fn wait_until_ready(&mut self) -> Result<(), ()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let Some(postmaster) = self.postmaster.as_mut() else {
                return Err(());
            };
            if !matches!(postmaster.try_wait(), Ok(None)) {
                return Err(());
            }
            let state = fs::read_to_string(self.cluster.postmaster_file()).unwrap_or_default();
            let mut lines = state.lines();
            // A killed postmaster leaves its file behind, so the first line has to name ours.
            let ours = lines.next() == Some(&postmaster.id().to_string());
            if ours && lines.last().is_some_and(|line| line.trim_end() == "ready") {
                return Ok(());
            }
            thread::sleep(GLANCE);
        }
        Err(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody is left who could be told; the watchdog tries again and removes the files.
        let _ = self.stop(Mode::Immediate);
        self.watchdog.finish();
    }
}

fn spawn(command: &mut Command) -> Result<Child, Error> {
    command.spawn().map_err(|source| Error::Program {
        program: command.get_program().into(),
        source,
    })
}

fn is_port_taken(log: &str) -> bool {
    log.contains("could not create any TCP/IP sockets")
}

fn is_transient(log: &str) -> bool {
    is_port_taken(log)
        || log.contains("shared memory block")
        || log.contains("lock file \"postmaster.pid\"")
}
