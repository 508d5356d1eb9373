//! `current`: the newest applied version.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;
use crate::session::{Purpose, Session};

/// Print the newest applied version, or base
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let mut session = Session::open(&settings, Purpose::Read, &mut |event| display.show(&event))?;
    let applied = session.applied()?;
    context
        .output
        .current(applied.last().map(|row| row.version));
    Ok(())
}
