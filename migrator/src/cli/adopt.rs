//! `adopt`: make another tool's history ours.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::Context;
use super::observe::Display;
use crate::error::{Error, Kind};
use crate::foreign::{Checksums, Map, Mirroring, Request, Tool, Writing, adopt, stop_mirror};

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
  migrator adopt --from alembic --to 12        its revision is our version 12
  migrator adopt --map map.toml --mirror       old images of the application still start
  migrator adopt --stop-mirror                 there are none any more")]
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
    /// From now on, let every run write the tool's table too, so that images which still migrate with it start
    #[arg(long)]
    mirror: bool,
    /// The newest version that those images have, where no map file names what they have
    #[arg(
        long,
        value_name = "VERSION",
        requires = "mirror",
        allow_negative_numbers = true
    )]
    mirror_to: Option<i64>,
    /// End the mirror; the tool's table stays as it is
    #[arg(long, conflicts_with_all = ["from", "table", "map", "to", "checksums", "dry_run", "mirror"])]
    stop_mirror: bool,
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
    if arguments.stop_mirror {
        let mut display = Display::new(context.options);
        let stopped = stop_mirror(context.bundle, &settings, &mut |event| display.show(&event))?;
        drop(display);
        context.output.stopped(stopped.as_ref());
        return Ok(());
    }
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
        mirroring: if arguments.mirror {
            Mirroring::On {
                to: arguments.mirror_to,
            }
        } else {
            Mirroring::Off
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
