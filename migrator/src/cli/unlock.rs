//! `unlock`: who holds the lock, and, when asked to, the end of that session.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;
use crate::session::{Purpose, Session};

/// Show who holds the lock of the history, and end that session when asked to
#[derive(Debug, Args)]
#[command(after_help = "\
The lock goes with the session that holds it: nothing stays locked when a runner dies.

Examples:
  migrator unlock                   who holds the lock
  migrator unlock --terminate       end that session; its transaction is rolled back")]
pub(super) struct Arguments {
    /// End the session that holds the lock
    #[arg(long)]
    terminate: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let mut session = Session::open(&settings, Purpose::Write, &mut |event| display.show(&event))?;
    let holder = session.holder()?;
    let fate = match &holder {
        Some(holder) if arguments.terminate => {
            session.terminate(holder)?;
            Fate::Terminated
        }
        _ => Fate::Untouched,
    };
    context.output.holder(holder.as_ref(), fate);
    Ok(())
}

/// What became of the session that held the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Untouched,
    Terminated,
}
