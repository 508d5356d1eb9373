//! `identify`: which version a database without history corresponds to.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;
use crate::verify::identified;

/// Find the version whose schema this database has, or the nearest one
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator identify                 which version is it, and what differs?
  migrator stamp 20260112093000     then make the history say so")]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let found = identified(context.bundle, &settings, &mut |event| display.show(&event))?;
    drop(display);
    context.output.identity(&found);
    Ok(())
}
