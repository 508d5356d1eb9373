//! `resolve`: say what became of a step that nobody else can tell about.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;
use crate::resolve::{Resolution, resolve};

/// Say whether a step outside a transaction took effect, when `up` stops with exit code 9
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator resolve 20260112093000 --step 3 --done    it took effect: go on after it
  migrator resolve 20260112093000 --step 3 --retry   it did not: run it again
Then run `migrator up` again.")]
pub(super) struct Arguments {
    /// The version of the migration
    version: i64,
    /// The number of the step, as the error names it
    #[arg(long, value_name = "N")]
    step: usize,
    #[command(flatten)]
    said: Said,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Said {
    /// It took effect
    #[arg(long)]
    done: bool,
    /// Run it again
    #[arg(long)]
    retry: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let resolution = if arguments.said.done {
        Resolution::Done
    } else {
        Resolution::Retry
    };
    let mut display = Display::new(context.options);
    let step = resolve(
        context.bundle,
        &settings,
        arguments.version,
        arguments.step,
        resolution,
        &mut |event| display.show(&event),
    )?;
    drop(display);
    context.output.resolved(&step, resolution);
    Ok(())
}
