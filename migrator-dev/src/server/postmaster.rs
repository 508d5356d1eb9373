//! The server process: started as a child of ours, waited for until it accepts connections, stopped by a signal.
//!
//! Knows one run of one process; that a server survives a restart is the concern of `Server`.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::cluster::Cluster;
use super::{Error, Installation, Mode, spawn};

/// Recovery after an immediate stop in the middle of a large bench takes a while; a healthy start takes 0.1 s.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);
pub(super) const GLANCE: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Postmaster(Child);

impl Postmaster {
    /// Returns when the server accepts connections.
    pub(super) fn start(
        cluster: &Cluster,
        installation: &Installation,
        port: u16,
        settings: &[String],
    ) -> Result<Self, Error> {
        let path = cluster.log();
        let earlier = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        let log = File::options()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(|source| Error::Folder { path, source })?;
        let mut command = cluster.command(&installation.program("postgres"));
        command
            .arg("-D")
            .arg(cluster.data())
            .arg("-k")
            .arg(cluster.folder());
        command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        for setting in settings {
            command.args(["-c", setting]);
        }
        let mut postmaster = Self(spawn(command.stdout(Stdio::null()).stderr(log))?);
        cluster.watchdog().stop_at_the_end(postmaster.id());
        if postmaster.becomes_ready(cluster) {
            return Ok(postmaster);
        }
        postmaster.stop(cluster, Mode::Immediate)?;
        let log = fs::read(cluster.log()).unwrap_or_default();
        let own = log
            .get(usize::try_from(earlier).unwrap_or(0)..)
            .unwrap_or(&log);
        Err(Error::Startup {
            log: String::from_utf8_lossy(own).into_owned(),
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Returns when the process has ended.
    pub(super) fn stop(mut self, cluster: &Cluster, mode: Mode) -> Result<(), Error> {
        let signal = match mode {
            Mode::Fast => Signal::INT,
            Mode::Immediate => Signal::QUIT,
            Mode::Kill => Signal::KILL,
        };
        // A failure means that the process has ended by itself, which the wait below finds out.
        let _ = kill_process(Pid::from_child(&self.0), signal);
        self.0.wait().map_err(|source| Error::Program {
            program: "postgres".into(),
            source,
        })?;
        cluster.watchdog().forget();
        Ok(())
    }

    /// The last line of `postmaster.pid` says `ready` as soon as connections are accepted; `pg_ctl -w` waits for the
    /// same line.
    fn becomes_ready(&mut self, cluster: &Cluster) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && matches!(self.0.try_wait(), Ok(None)) {
            let state = fs::read_to_string(cluster.postmaster_file()).unwrap_or_default();
            let mut lines = state.lines();
            // A killed postmaster leaves its file behind, so the first line has to name ours.
            let ours = lines.next() == Some(&self.id().to_string());
            if ours && lines.last().is_some_and(|line| line.trim_end() == "ready") {
                return true;
            }
            thread::sleep(GLANCE);
        }
        false
    }
}

/// Whether somebody else listens on the port.
pub(super) fn is_port_taken(log: &str) -> bool {
    log.contains("could not create any TCP/IP sockets")
}

/// Whether a start failed only because the children of a killed postmaster have not all ended yet.
pub(super) fn may_pass(log: &str) -> bool {
    is_port_taken(log)
        || log.contains("shared memory block")
        || log.contains("lock file \"postmaster.pid\"")
}
