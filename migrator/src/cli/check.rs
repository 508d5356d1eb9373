//! `check`: succeeds when nothing is pending.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;

/// Exit 0 when nothing is pending, 4 when something is, 3 when history and program disagree
#[derive(Debug, Args)]
#[command(after_help = "\
Example, for the pods that wait for a migration job:
  until migrator check --wait 60s; do sleep 2; done")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let status = crate::check(context.bundle, &settings, &mut |event| display.show(&event))?;
    context.output.checked(&status);
    Ok(())
}
