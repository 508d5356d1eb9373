//! `with-server`: runs a command with a throwaway PostgreSQL and passes its exit code on.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::thread;

use clap::Args;
use migrator_dev::server::Server;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::server::Choice;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  migrator-dev with-server -- cargo test --workspace
  migrator-dev with-server --major 15 -- psql

The command finds the server by DATABASE_URL and MIGRATOR_TEST_URL, and by PGHOST, PGPORT, PGUSER and
PGDATABASE. The server is removed when the command ends; the exit code is the command's own.";

/// What a caller may have set for a server of their own, and would lead a libpq client astray here.
const FOREIGN_VARIABLES: [&str; 8] = [
    "PGHOSTADDR",
    "PGOPTIONS",
    "PGPASSFILE",
    "PGPASSWORD",
    "PGSERVICE",
    "PGSSLMODE",
    "PGTARGETSESSIONATTRS",
    "PGTZ",
];

/// Run a command with a throwaway PostgreSQL
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Choice,
    /// The command and its arguments
    #[arg(required = true, last = true)]
    command: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Failure::new("there is no command to run"));
    };
    let server = arguments.server.start()?;
    let mut command = Command::new(program);
    command.args(rest);
    point_at(&server, &mut command);
    let failed =
        |error| Failure::new(format!("could not run \"{}\"", program.display())).detail(error);
    // Caught before the command starts: from here on a signal must not end us before the server is removed.
    let signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
    let mut child = command.spawn().map_err(failed)?;
    pass_on(signals, &child);
    let status = child.wait().map_err(failed)?;
    drop(server);
    Ok(exit_code(status))
}

fn point_at(server: &Server, command: &mut Command) {
    for variable in FOREIGN_VARIABLES {
        command.env_remove(variable);
    }
    let url = server.url("postgres");
    command
        .env("DATABASE_URL", &url)
        .env("MIGRATOR_TEST_URL", &url)
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", server.port().to_string())
        .env("PGUSER", "postgres")
        .env("PGDATABASE", "postgres");
}

/// The command decides when it ends. An interrupt from the terminal reaches it without us, since it is in our group.
fn pass_on(mut signals: Signals, child: &Child) {
    let pid = Pid::from_child(child);
    thread::spawn(move || {
        for signal in signals.forever() {
            let signal = match signal {
                SIGHUP => Signal::HUP,
                SIGTERM => Signal::TERM,
                _ => continue,
            };
            // A command that has ended already needs no signal.
            let _ = kill_process(pid, signal);
        }
    });
}

/// As a shell reports it: 128 and the signal where one ended the command.
fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok())
        .map_or(ExitCode::FAILURE, ExitCode::from)
}
