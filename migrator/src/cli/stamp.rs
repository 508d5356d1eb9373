//! `stamp`: record without running.

use clap::Args;

use super::observe::Display;
use super::{Context, down};
use crate::change::{Change, takes_away};
use crate::error::Error;
use crate::plan::Plan;
use crate::target::Target;

/// Record everything up to a target as applied, and nothing else, without running any of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator stamp head               this database has it all
  migrator stamp 20260112093000     it has everything up to this version
  migrator stamp base --yes         it has nothing")]
pub(super) struct Arguments {
    /// head, base or a version
    #[arg(allow_negative_numbers = true)]
    target: Target,
    /// Do not ask before removing records
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut consent = |plan: &Plan<'_>| {
        if arguments.yes || !takes_away(plan) {
            Ok(())
        } else {
            down::ask(
                plan,
                "removing records",
                "Look with `migrator status`, then add `--yes`.",
                &settings.interrupt,
            )
        }
    };
    let mut display = Display::new(context.options);
    let report = crate::change(
        context.bundle,
        &settings,
        Change::Stamp(arguments.target),
        &mut consent,
        &mut |event| display.show(&event),
    )?;
    drop(display);
    context.output.report(&report);
    Ok(())
}
