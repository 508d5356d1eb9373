//! The flags by which every command with a throwaway server chooses it.

use clap::{Args, ValueEnum};
use migrator_dev::server::{Error, Options, Origin, Server};

use crate::failure::Failure;

/// Which PostgreSQL to start.
#[derive(Args, Debug)]
pub(crate) struct Choice {
    /// The major version of PostgreSQL; by default whatever is installed
    #[arg(long, value_name = "VERSION")]
    major: Option<u32>,
    /// Where the server programs come from [default: $MIGRATOR_DEV_POSTGRES, else any]
    #[arg(long, value_name = "ORIGIN")]
    postgres: Option<Programs>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Programs {
    /// An installed server, else a download.
    Any,
    /// Only an installed server.
    Installed,
    /// Only the pinned, checksummed download.
    Download,
}

impl Choice {
    pub(crate) fn start(&self) -> Result<Server, Failure> {
        Ok(self.start_version(self.major)?)
    }

    /// Starts one of this major version, whatever was asked for.
    pub(crate) fn start_major(&self, major: u32) -> Result<Server, Error> {
        self.start_version(Some(major))
    }

    fn start_version(&self, major: Option<u32>) -> Result<Server, Error> {
        let environment = Options::from_environment();
        let origin = match self.postgres {
            None => environment.origin,
            Some(Programs::Any) => Origin::Any,
            Some(Programs::Installed) => Origin::Installed,
            Some(Programs::Download) => Origin::Download,
        };
        let options = Options {
            major,
            origin,
            announce,
            ..environment
        };
        Server::start(&options)
    }
}

#[expect(clippy::print_stderr, reason = "progress of a command")]
fn announce(message: &str) {
    eprintln!("{message}");
}
