//! `up`: apply what is pending.

use clap::Args;

use super::Context;
use super::observe::Display;
use super::options::Grouping;
use crate::change::Change;
use crate::error::Error;
use crate::target::Target;

/// Apply what is pending, up to a target
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator up                       everything
  migrator up +1                    the next one
  migrator up 20260112093000        up to and including this version
  migrator up --single-transaction  all or nothing
  migrator up --late apply          also what a merged branch brought late")]
pub(super) struct Arguments {
    /// head, a version, or +N
    #[arg(default_value = "head", allow_negative_numbers = true)]
    target: Target,
    #[command(flatten)]
    grouping: Grouping,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let mut settings = context.options.settings()?;
    settings.transactions = arguments.grouping.transactions();
    let mut display = Display::new(context.options);
    let report = crate::change(
        context.bundle,
        &settings,
        Change::Up(arguments.target),
        &mut |_| Ok(()),
        &mut |event| display.show(&event),
    )?;
    drop(display);
    context.output.report(&report);
    Ok(())
}
