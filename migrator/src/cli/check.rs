//! `check`: succeeds when nothing is pending.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;

/// Exit 0 when nothing is pending, 4 when something is, 3 when history and program disagree
///
/// With --wait it waits within that time for both: until the server accepts connections, and until nothing is pending.
/// It changes nothing, and a role that may only read is enough.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator check                    whether anything is pending now
  migrator check --wait 5min        the same, once somebody else has applied what is pending")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let status = crate::check(context.bundle, &settings, &mut |event| display.show(&event))?;
    context.output.checked(&status);
    Ok(())
}
