//! `verify`: whether the schema is the one that was proven.

use clap::Args;

use super::Context;
use super::observe::Display;
use super::render::AsSql;
use crate::error::Error;
use crate::verify::Verification;

/// Compare the schema with the one that was proven, and exit 7 when it differs
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator verify                   what is missing, unexpected or different
  migrator verify --explain         the same as SQL that a person could review")]
pub(super) struct Arguments {
    /// Print SQL that would remove the differences; nothing is run
    #[arg(long)]
    explain: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let verification = crate::verify(context.bundle, &settings, &mut |event| display.show(&event))?;
    drop(display);
    if let Verification::Unproven(gap) = &verification {
        return Err(gap.error());
    }
    if let Verification::Drifted { differences, .. } = &verification {
        let as_sql = if arguments.explain {
            AsSql::Yes
        } else {
            AsSql::No
        };
        context.output.differences(differences, as_sql);
    }
    let verification = verification.refuse_drift().map_err(|error| {
        if arguments.explain {
            error.with_hint(
                "What is not this history's can be left out: `[verify] ignore` in migrator.toml.",
            )
        } else {
            error
        }
    })?;
    context.output.verified(&verification);
    Ok(())
}
