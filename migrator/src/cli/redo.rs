//! `redo`: undo the newest migration and apply it again, while it is being written.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;

/// Undo the newest applied migration and apply it again
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let report = crate::redo(context.bundle, &settings, &mut |event| display.show(&event))?;
    drop(display);
    context.output.report(&report);
    Ok(())
}
