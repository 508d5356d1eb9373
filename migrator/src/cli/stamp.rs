//! `stamp`: record without running. It asks before it says of a history what the next run could not find out.

use clap::Args;

use super::observe::Display;
use super::{Context, down};
use crate::change::{Change, Reading, takes_away};
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
    /// Do not ask before removing records, or recording what is pending where there is a history
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut consent = |plan: &Plan<'_>, reading: &Reading| {
        if arguments.yes {
            return Ok(());
        }
        let records_pending = reading.records_pending(context.bundle, plan);
        let (what, hint) = match (takes_away(plan), records_pending) {
            (false, false) => return Ok(()),
            (true, false) => (
                "removing records",
                "Look with `migrator status`, then add `--yes`.".to_owned(),
            ),
            (false, true) => (
                "recording as applied what has not run here",
                format!(
                    "`migrator up` runs what is pending. If the database has it all the same: `migrator stamp {} --yes`.",
                    arguments.target
                ),
            ),
            (true, true) => (
                "removing records, and recording as applied what has not run here,",
                "Look with `migrator status`, then add `--yes`.".to_owned(),
            ),
        };
        down::ask(plan, what, &hint, &settings.interrupt)
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
