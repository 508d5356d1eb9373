//! `show`: the baked SQL of one migration or baseline. Needs no database.

use clap::Args;

use super::Context;
use crate::bundle::Down;
use crate::error::{Error, Kind};
use crate::plan;

/// Print the SQL of one migration as it is compiled into this program
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The version
    version: i64,
    /// Print the down SQL instead
    #[arg(long)]
    down: bool,
    /// Print the verify script instead
    #[arg(long, conflicts_with = "down")]
    verify_script: bool,
    /// Print the baseline of that version instead
    #[arg(long, conflicts_with_all = ["down", "verify_script"])]
    baseline: bool,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let migration = plan::find(context.bundle, arguments.version);
    let baseline = context
        .bundle
        .baseline_up_to(arguments.version)
        .filter(|it| it.version() == arguments.version)
        .filter(|_| arguments.baseline || (migration.is_none() && !arguments.down));
    if let Some(baseline) = baseline {
        context.output.show_baseline(context.bundle, baseline);
        return Ok(());
    }
    if arguments.baseline {
        let message = format!("there is no baseline {} in this binary", arguments.version);
        return Err(Error::new(Kind::Usage, message)
            .with_hint("Run `migrator info` to see every baseline."));
    }
    let migration = migration.ok_or_else(|| {
        Error::new(
            Kind::Usage,
            format!(
                "version {} does not exist in this binary",
                arguments.version
            ),
        )
        .with_hint("Run `migrator info` to see every version.")
    })?;
    let script = match (arguments.down, migration.down) {
        (false, _) if arguments.verify_script => migration.verify.ok_or_else(|| {
            Error::new(
                Kind::Usage,
                format!("migration {} has no verify script", migration.version),
            )
        })?,
        (false, _) => migration.up,
        (true, Down::Script(script)) => script,
        (true, Down::Irreversible(reason)) => {
            return Err(Error::new(
                Kind::Usage,
                format!("migration {} is irreversible: {reason}", migration.version),
            ));
        }
        (true, Down::Absent) => {
            return Err(Error::new(
                Kind::Usage,
                format!("migration {} has no down file", migration.version),
            ));
        }
    };
    context.output.show(migration, &script);
    Ok(())
}
