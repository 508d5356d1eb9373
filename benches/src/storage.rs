//! The server that the workloads run on, and where its data directory is.

use clap::ValueEnum;
use migrator_dev::server::{Durability, Options, Place, Server};
use postgres::{Client, NoTls};
use serde::Serialize;

use crate::failure::{Failure, Outcome};

/// Where a data directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Storage {
    /// In memory, so that no disk hides the tool.
    Tmpfs,
    /// In the system's folder for temporary files, each commit flushed.
    Disk,
}

impl Storage {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Tmpfs => "tmpfs",
            Self::Disk => "disk",
        }
    }

    /// Starts a server there, as durable as PostgreSQL is by default.
    pub(crate) fn start(self) -> Outcome<Server> {
        let options = Options {
            place: match self {
                Self::Tmpfs => Place::Memory,
                Self::Disk => Place::Temporary,
            },
            durability: Durability::Full,
            // A worker that wakes up in the middle of one tool's run would be charged to that tool.
            settings: vec![("autovacuum".to_owned(), "off".to_owned())],
            ..Options::from_environment()
        };
        Ok(Server::start(&options)?)
    }
}

/// Creates a database, or creates it anew, and writes out what earlier runs have left to write.
pub(crate) fn fresh(server: &Server, name: &str) -> Outcome<()> {
    let mut client = drop(server, name)?;
    client.batch_execute(&format!("CREATE DATABASE {name}"))?;
    client.batch_execute("CHECKPOINT")?;
    Ok(())
}

/// Drops a database if it is there.
pub(crate) fn drop(server: &Server, name: &str) -> Outcome<Client> {
    let mut client = Client::connect(&server.url("postgres"), NoTls)?;
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"))?;
    Ok(client)
}

/// The process id of a running server.
pub(crate) fn process(server: &Server) -> Outcome<u32> {
    server
        .pid()
        .ok_or_else(|| Failure::new("the server has stopped"))
}
