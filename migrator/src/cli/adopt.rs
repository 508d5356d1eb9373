//! `adopt`: make another tool's history ours.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Context;
use super::observe::Display;
use crate::error::{Error, Kind};
use crate::foreign::{Checksums, Map, Request, Tool, Writing, adopt};

/// Take over the history that another tool keeps in this database: record what it applied, without running any of it
#[derive(Debug, Args)]
#[command(after_help = "\
Tools: alembic, atlas, dbmate, diesel, django, flyway, golang-migrate, goose, knex, liquibase,
node-pg-migrate, plain (a table schema_migrations (migration_name, applied_at)), prisma, rails,
refinery, sqitch, sqlx, tern.

Examples:
  migrator adopt --dry-run                     what would be recorded, and what pending?
  migrator adopt                               the only history of another tool here
  migrator adopt --from flyway --map map.toml  where names and versions are others
  migrator adopt --from alembic --to 12        its revision is our version 12")]
pub(super) struct Arguments {
    /// Whose history it is; found out where it is not said
    #[arg(long, value_name = "TOOL")]
    from: Option<Tool>,
    /// The table, where it is not the tool's own or there are several: name or schema.name
    #[arg(long, value_name = "TABLE", requires = "from")]
    table: Option<String>,
    /// A file of lines `"name there" = version here`, as `migrator-dev import` writes it
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The version that the tool is at, for one that records nothing else: alembic, golang-migrate, tern
    #[arg(long, value_name = "VERSION", allow_negative_numbers = true)]
    to: Option<i64>,
    /// What to do about a file that is not the one that was applied
    #[arg(long, value_name = "POLICY", default_value = "verify")]
    checksums: ChecksumsArgument,
    /// Tell what would be recorded; write and lock nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ChecksumsArgument {
    /// Refuse it
    Verify,
    /// Accept it: it was edited on purpose
    Ignore,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let map = match &arguments.map {
        Some(path) => read_map(path)?,
        None => Map::default(),
    };
    let request = Request {
        from: arguments.from,
        table: arguments.table.clone(),
        map,
        to: arguments.to,
        checksums: match arguments.checksums {
            ChecksumsArgument::Verify => Checksums::Verify,
            ChecksumsArgument::Ignore => Checksums::Ignore,
        },
        writing: if arguments.dry_run {
            Writing::Nothing
        } else {
            Writing::Record
        },
    };
    let mut display = Display::new(context.options);
    let adoption = adopt(context.bundle, &settings, &request, &mut |event| {
        display.show(&event);
    })?;
    drop(display);
    context.output.adoption(&adoption);
    Ok(())
}

fn read_map(path: &Path) -> Result<Map, Error> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            Kind::Usage,
            format!("the map file \"{shown}\" cannot be read: {error}"),
        )
        .with_hint("Name a file that this program may read: `--map FILE`.")
    })?;
    Map::read(&text, &shown)
}
