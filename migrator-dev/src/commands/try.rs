//! `try`: applies the example history to a throwaway PostgreSQL and lets one look at the result.
//!
//! What is applied, and what is said about it, is the library's: the shipped binary would do and say the same.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use clap::Args;
use migrator::Bundle;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::server::Choice;
use crate::failure::Failure;

/// The example history of this repository, baked as every program bakes its own.
static HISTORY: &Bundle = migrator::embed!("../migrations");

const DATABASE: &str = "example";

const EXAMPLES: &str = "\
Examples:
  migrator-dev try              look around until Ctrl-C
  migrator-dev try --once       apply, show the status, end
  migrator-dev try --major 18   on that version, if it is installed or can be downloaded

Needs nothing: a PostgreSQL that is not installed is downloaded once. Leaves nothing behind.";

/// Apply the example history to a throwaway PostgreSQL
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Choice,
    /// End after showing the status, as without a terminal
    #[arg(long)]
    once: bool,
    /// Go on until a signal ends it, even without a terminal
    #[arg(long, conflicts_with = "once")]
    keep: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let server = arguments.server.start()?;
    // Before the server is there, a signal ends us at once and the watchdog removes what there is.
    let (sender, end) = mpsc::channel();
    end_on_signal(sender.clone())?;
    server.create_database(DATABASE)?;
    let url = server.url(DATABASE);
    say(&format!(
        "PostgreSQL {} is running, on a database that is empty.\n",
        server.version()
    ));
    for command in ["up", "status"] {
        let code = migrator::cli::run(
            HISTORY,
            ["migrator", command, "--url", &url].map(Into::into),
        );
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    let ending = Ending::of(arguments);
    if !matches!(ending, Ending::AtOnce) {
        say(&format!("\nThe database: {url}\nTo look at it: psql {url}"));
    }
    match ending {
        Ending::AtOnce => say(""),
        Ending::Input => {
            say("\nCtrl-C ends the server and removes it.");
            end_with_input(sender);
            wait(&end);
        }
        Ending::Signal => wait(&end),
    }
    drop(server);
    say("The server and its files are removed.");
    Ok(ExitCode::SUCCESS)
}

/// What ends the server.
enum Ending {
    AtOnce,
    /// A signal, or the end of the terminal's input.
    Input,
    Signal,
}

impl Ending {
    fn of(arguments: &Arguments) -> Self {
        if arguments.once {
            Self::AtOnce
        } else if io::stdin().is_terminal() {
            Self::Input
        } else if arguments.keep {
            Self::Signal
        } else {
            Self::AtOnce
        }
    }
}

fn end_on_signal(sender: Sender<()>) -> Result<(), Failure> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])
        .map_err(|error| Failure::new("could not listen to signals").detail(error))?;
    thread::spawn(move || {
        for _ in signals.forever() {
            // Nobody listens any more once the end has begun, which a second signal must not disturb.
            let _ = sender.send(());
        }
    });
    Ok(())
}

fn end_with_input(sender: Sender<()>) {
    thread::spawn(move || {
        // Whatever ends the reading also ends the server.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = sender.send(());
    });
}

fn wait(end: &Receiver<()>) {
    // An error would mean that no sender is left, and there would be nothing to wait for.
    let _ = end.recv();
}

#[expect(
    clippy::print_stdout,
    reason = "how to reach the server is what was asked for"
)]
fn say(text: &str) {
    println!("{text}");
}
