//! `info`: what is baked. Needs no database.

use clap::Args;

use super::Context;
use crate::error::Error;

/// Show what is compiled into this program: versions, hashes, build
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    context.output.info(context.bundle);
    Ok(())
}
