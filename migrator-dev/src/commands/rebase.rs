//! `rebase`: gives migrations that nobody has applied yet new versions, after the newest one.
//!
//! Which files belong to a migration is `files`, what git knows as released is `released`, and the new names are
//! `plan`, which is pure. The proof is not touched: `prove` writes it anew.

mod files;
mod plan;
mod released;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::timestamp;
use plan::Rename;

const EXAMPLES: &str = "\
Examples:
  migrator-dev rebase                              those that origin's main branch does not have, when one is late
  migrator-dev rebase --since origin/release       those that this branch does not have
  migrator-dev rebase 20240101120000               this one
  migrator-dev rebase --dry-run                    only say what would be renamed

The files keep their text. Afterwards: migrator-dev prove.";

/// Give unreleased migrations versions after the newest one
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The migrations to renumber; without any, those that are not in the git revision, if one of them is late
    #[arg(value_name = "VERSION")]
    versions: Vec<i64>,
    /// The git revision whose migrations are released, and keep their versions [default: origin/HEAD]
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// The folder of the migrations
    #[arg(long, default_value = "migrations")]
    folder: PathBuf,
    /// Say what would be renamed, and rename nothing
    #[arg(long)]
    dry_run: bool,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the renames are what was asked for"
)]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let present = files::list(&arguments.folder)?;
    let released = released::find(&arguments.folder, arguments.since.as_deref())?;
    if released.is_none() && arguments.versions.is_empty() {
        return Err(
            Failure::new("git knows no branch of the origin to compare with").hint(
                "Name a revision that holds what is released: `migrator-dev rebase --since main`; or the versions to \
                 renumber.",
            ),
        );
    }
    let moved = plan::choose(&present, released.as_ref(), &arguments.versions)?;
    if released.is_none() {
        eprintln!(
            "note: git knows no branch of the origin, so nothing tells whether these are released"
        );
    }
    let renames = plan::plan(&present, released.as_ref(), &moved, timestamp::now())?;
    if renames.is_empty() {
        println!("nothing is late");
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.dry_run {
        apply(&arguments.folder, &renames)?;
    }
    for rename in &renames {
        println!("{} -> {}", rename.from, rename.to);
    }
    if !arguments.dry_run {
        eprintln!(
            "the proof is stale: `migrator-dev prove --folder {}`",
            arguments.folder.display()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Renames all files or none. The last comes first: a new name may be the old one of a later file.
fn apply(folder: &Path, renames: &[Rename]) -> Result<(), Failure> {
    let taken: Vec<&str> = renames
        .iter()
        .map(|rename| rename.to.as_str())
        .filter(|to| fs::symlink_metadata(folder.join(to)).is_ok())
        .filter(|to| renames.iter().all(|rename| rename.from != *to))
        .collect();
    if !taken.is_empty() {
        return Err(
            Failure::new("files of these names exist already; nothing was renamed")
                .detail(taken.join("\n"))
                .hint("Move them out of the way, and run the command again."),
        );
    }
    for (done, rename) in renames.iter().rev().enumerate() {
        let Err(error) = fs::rename(folder.join(&rename.from), folder.join(&rename.to)) else {
            continue;
        };
        let stuck: Vec<String> = renames
            .iter()
            .rev()
            .take(done)
            .rev()
            .filter(|earlier| {
                fs::rename(folder.join(&earlier.to), folder.join(&earlier.from)).is_err()
            })
            .map(|earlier| format!("\"{}\" was \"{}\"", earlier.to, earlier.from))
            .collect();
        let failure = Failure::new(format!("could not rename \"{}\"", rename.from));
        return Err(if stuck.is_empty() {
            failure.detail(format!("{error}\nthe files have their old names"))
        } else {
            failure
                .detail(format!("{error}\n{}", stuck.join("\n")))
                .hint("Rename them back by hand.")
        });
    }
    Ok(())
}
