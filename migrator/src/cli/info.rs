//! `info`: what is baked, and what the program was built from. Needs no database.

use clap::Args;

use super::{Context, Output};

/// Show what is compiled into this program: versions, hashes, build
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Print the crates in this program as a bill of materials, in CycloneDX's JSON
    #[arg(long)]
    sbom: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) {
    if arguments.sbom {
        Output::sbom(context.bundle);
    } else {
        context.output.info(context.bundle);
    }
}
