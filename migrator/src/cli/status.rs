//! `status`: where the database stands.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;

/// Show every migration and its state
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let status = crate::status(context.bundle, &settings, &mut |event| display.show(&event))?;
    context.output.status(&status);
    Ok(())
}
