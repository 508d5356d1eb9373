//! `import`: another tool's folder of migrations becomes one of ours.
//!
//! How files are converted is `crate::import`; here they are written, and the report is shown.

mod report;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::import::{Downs, Outcome, Source, Tool, Versions, convert};

const EXAMPLES: &str = "\
Examples:
  migrator-dev import --from flyway src/main/resources/db/migration
  migrator-dev import --from goose db/migrations --to migrations --dry-run
  migrator-dev import --from alembic alembic --versions timestamp

Nothing is written unless everything converts; --partial writes what does. What each tool's files become, and the map
file for `migrator adopt --map`: docs/import.md. The exit code is 1 when something was not converted.";

/// Convert another tool's folder of migrations
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The tool that runs them now
    #[arg(long, value_enum, value_name = "TOOL")]
    from: Tool,
    /// The folder that holds them
    folder: PathBuf,
    /// The folder to write; it must not hold SQL files yet
    #[arg(long, default_value = "migrations", value_name = "FOLDER")]
    to: PathBuf,
    /// Which versions they get
    #[arg(long, value_enum, default_value_t = Versions::Keep)]
    versions: Versions,
    /// Which of the tool's downs come along
    #[arg(long, value_enum, default_value_t = Downs::All)]
    downs: Downs,
    /// Say what would become of each file, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write what there is to write, though not everything converts
    #[arg(long)]
    partial: bool,
    /// Print the report as a JSON document
    #[arg(long)]
    json: bool,
}

/// Whether files are written, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Yes,
    /// As asked by `--dry-run`.
    DryRun,
    /// Not everything converts.
    No,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let source = Source::open(&arguments.folder)?;
    write::refuse_a_full_folder(&arguments.to)?;
    let conversion = convert(&source, arguments.from, arguments.versions, arguments.downs)?;
    let incomplete = conversion.count(Outcome::NotConverted) > 0;
    let written = if arguments.dry_run {
        Written::DryRun
    } else if incomplete && !arguments.partial {
        Written::No
    } else {
        write::write(&arguments.to, arguments.from, &conversion)?;
        Written::Yes
    };
    if arguments.json {
        report::json(arguments, &conversion, written)?;
    } else {
        report::text(arguments, &conversion, written);
    }
    Ok(if incomplete {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
