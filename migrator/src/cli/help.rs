//! `help`: what `--help` prints, or the manual as man pages. Needs no database. What is in a page is `manual`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Context;
use super::manual::{self, Page};
use crate::error::{Error, Kind};

/// Print the help of a command, or the manual as man pages
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator help up                        what `migrator up --help` prints
  migrator help --man | man -l -          the manual
  migrator help --man up | man -l -       the page of one command
  migrator help --man --to /usr/local/share/man/man1")]
pub(super) struct Arguments {
    /// The command; without one, all of them
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
    /// Print the man page, in roff
    #[arg(long)]
    man: bool,
    /// Write every man page into this directory
    #[arg(long, value_name = "DIR", requires = "man", conflicts_with = "command")]
    to: Option<PathBuf>,
}

impl Arguments {
    /// Whether man pages are asked for.
    pub(super) const fn man(&self) -> bool {
        self.man
    }

    /// The command line with `--help` that prints the same.
    pub(super) fn as_flag(&self, program: &str) -> Vec<OsString> {
        let words = [Some(program), self.command.as_deref(), Some("--help")];
        words.into_iter().flatten().map(OsString::from).collect()
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let pages = match (&arguments.command, &arguments.to) {
        (Some(command), _) => vec![page(context.program, command)?],
        (None, None) => vec![manual::whole(context.program)],
        (None, Some(_)) => manual::pages(context.program),
    };
    if let Some(folder) = &arguments.to {
        write(&pages, folder).map_err(|(path, error)| unwritten(&path, &error))?;
    }
    context.output.pages(&pages, arguments.to.as_deref());
    Ok(())
}

fn page(program: &str, command: &str) -> Result<Page, Error> {
    manual::of(program, command).ok_or_else(|| {
        Error::new(Kind::Usage, format!("there is no command \"{command}\""))
            .with_hint("Run `migrator help` to see every command.")
    })
}

/// Pages of the same name are written anew: they are those of an older version.
fn write(pages: &[Page], folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    fs::create_dir_all(folder).map_err(|error| (folder.to_owned(), error))?;
    for page in pages {
        let path = folder.join(&page.file);
        fs::write(&path, &page.text).map_err(|error| (path, error))?;
    }
    Ok(())
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::new(
        Kind::Usage,
        format!("could not write \"{}\": {error}", path.display()),
    )
    .with_hint("Name a directory that this user may write to: `migrator help --man --to DIR`.")
}
