//! `up`: apply what is pending.

use std::path::PathBuf;

use clap::Args;

use super::Context;
use super::observe::Display;
use super::options::Grouping;
use crate::change::Change;
use crate::error::Error;
use crate::target::Target;

/// Apply what is pending, up to a target
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator up                       everything
  migrator up +1                    the next one
  migrator up 20260112093000        up to and including this version
  migrator up --single-transaction  all or nothing
  migrator up --backup-to backups   after a dump of the database
  migrator up --late apply          also what a merged branch brought late")]
pub(super) struct Arguments {
    /// head, a version, or +N
    #[arg(default_value = "head", allow_negative_numbers = true)]
    target: Target,
    #[command(flatten)]
    grouping: Grouping,
    /// Back the database up into this directory first, by `pg_dump`; docs/backup.md has more
    #[arg(
        long,
        value_name = "DIR",
        env = "MIGRATOR_BACKUP_TO",
        hide_env_values = true
    )]
    backup_to: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let mut settings = context.options.settings()?;
    settings.transactions = arguments.grouping.transactions();
    settings.backup_to.clone_from(&arguments.backup_to);
    let mut display = Display::new(context.options);
    let report = crate::change(
        context.bundle,
        &settings,
        Change::Up(arguments.target),
        &mut |_, _| Ok(()),
        &mut |event| display.show(&event),
    )?;
    drop(display);
    context.output.report(&report);
    Ok(())
}
