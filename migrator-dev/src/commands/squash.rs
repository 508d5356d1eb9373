//! `squash`: writes a baseline that makes what the migrations up to a version make, and proves it before it stays.
//!
//! What a baseline holds is `squash/write`, which files it makes superfluous is `squash/covered`; the comparison is that
//! of `prove`.

mod covered;
mod write;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::prove::Trial;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  migrator-dev squash --to 20260101120000
                                  write B20260101120000__baseline.sql; the migrations stay
  migrator-dev squash --to 41 --last-release v2.3 --delete
                                  and remove the files of the migrations up to 41
  migrator-dev squash --to 41 --dry-run
                                  print the baseline and write nothing

Only a proven folder is squashed, and nothing is written that does not make what its migrations make.";

/// Write a baseline in place of the migrations up to a version
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The last version that the baseline stands for
    #[arg(long, value_name = "VERSION")]
    to: i64,
    /// The last release that carries databases older than the baseline; it is written into it
    #[arg(long, value_name = "NAME")]
    last_release: Option<String>,
    /// Remove the files of the migrations for which it stands
    #[arg(long, requires = "last_release")]
    delete: bool,
    /// Print the baseline and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The folder of the migrations
    #[arg(long, default_value = "migrations")]
    folder: PathBuf,
    /// A server to use, where databases are created and dropped again; by default one is started
    #[arg(long, value_name = "URL", conflicts_with_all = ["major", "postgres"])]
    url: Option<String>,
    #[command(flatten)]
    server: super::server::Choice,
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "what was written is what was asked for"
)]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let path = arguments.folder.as_path();
    let shown = path.display().to_string();
    let shown = shown.trim_end_matches('/');
    let release = arguments.last_release.as_deref();
    refuse_odd(release)?;
    let trial = Trial::open(
        path,
        shown,
        arguments.url.as_deref(),
        &arguments.server,
        arguments.to,
    )?;
    let file = format!("B{}__baseline.sql", arguments.to);
    let there = path.join(&file);
    let files = covered::files(path, shown, arguments.to)?;
    let text = trial.with(|source| write::baseline(source, release))?;
    // It is proven beside the folder: nothing is left there that is not equal.
    let copy = copy(path)?;
    write_file(&copy.path().join(&file), &text)?;
    trial.compare(copy.path(), shown)?;
    if arguments.dry_run {
        print!("{text}");
        eprintln!(
            "{file} would make what the migrations up to {} make",
            arguments.to
        );
        if arguments.delete {
            for file in &files {
                eprintln!("would remove {shown}/{file}");
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    write_file(&there, &text)?;
    println!("wrote {}", there.display());
    if arguments.delete {
        for file in &files {
            let file = path.join(file);
            fs::remove_file(&file).map_err(|error| {
                Failure::new(format!("could not remove \"{}\"", file.display()))
                    .detail(error)
                    .hint("The baseline is written. Remove the rest by hand.")
            })?;
            println!("removed {}", file.display());
        }
    }
    println!("next: `migrator-dev prove --folder {shown}`, and commit the folder");
    Ok(ExitCode::SUCCESS)
}

/// The name of a release is written between quotes, on one line.
fn refuse_odd(release: Option<&str>) -> Result<(), Failure> {
    let odd = |name: &str| name.trim().is_empty() || name.contains(['"', '\\', '\n', '\r']);
    match release {
        Some(name) if odd(name) => Err(Failure::new(
            "the name of the last release cannot be written",
        )
        .hint("Use a name without quotes, such as --last-release v2.3.")),
        _ => Ok(()),
    }
}

/// The files that a reading of the folder looks at, elsewhere.
fn copy(from: &Path) -> Result<tempfile::TempDir, Failure> {
    let failed = |error| Failure::new("could not copy the folder").detail(error);
    let copy = tempfile::tempdir().map_err(failed)?;
    copy_into(from, copy.path()).map_err(failed)?;
    Ok(copy)
}

fn copy_into(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            copy_into(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| {
        Failure::new(format!("could not write \"{}\"", path.display())).detail(error)
    })
}
