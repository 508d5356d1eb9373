//! `history`: the journal.

use clap::Args;

use super::Context;
use super::observe::Display;
use crate::error::Error;
use crate::session::{Purpose, Session};

/// Show what was done to this database, when, by whom and how long it took
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let mut session = Session::open(&settings, Purpose::Read, &mut |event| display.show(&event))?;
    context.output.history(&session.journal()?);
    Ok(())
}
