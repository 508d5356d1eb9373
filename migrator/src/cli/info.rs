//! `info`: what is baked. Needs no database.

use clap::Args;

use super::Context;

/// Show what is compiled into this program: versions, hashes, build
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(_: &Arguments, context: &Context<'_>) {
    context.output.info(context.bundle);
}
