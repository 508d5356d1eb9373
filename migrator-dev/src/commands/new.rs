//! `new`: writes the up and the down file of a new migration, with the present moment as version.
//!
//! What may stand in the files is checked when they are baked, not here.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::timestamp;

const EXAMPLES: &str = "\
Examples:
  migrator-dev new \"add users\"
  migrator-dev new add users --folder db/migrations";

const UP: &str = "\
-- What this changes, and why.
--
-- Directives stand on the first lines, without the second `--`:
-- -- migrator: no-transaction
-- -- migrator: irreversible \"why\"
-- -- migrator: lock-timeout 10s
-- -- migrator: statement-timeout 5min

";

const DOWN: &str = "\
-- Undoes the migration. When it cannot be undone, delete this file and say so in the other one:
-- -- migrator: irreversible \"why\"

";

/// Write the files of a new migration
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// What the migration does, in a few words
    #[arg(required = true, value_name = "NAME")]
    words: Vec<String>,
    /// The folder of the migrations
    #[arg(long, default_value = "migrations")]
    folder: PathBuf,
}

#[expect(clippy::print_stdout, reason = "the paths are what was asked for")]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let name = normalise(&arguments.words.join(" ")).ok_or_else(|| {
        Failure::new("the name has no letter or digit")
            .hint("Say what changes: `migrator-dev new \"add users\"`.")
    })?;
    let version = next_version(&arguments.folder, timestamp::now())?;
    let up = arguments.folder.join(format!("V{version}__{name}.sql"));
    let down = arguments
        .folder
        .join(format!("V{version}__{name}.down.sql"));
    let failed = |path: &Path, error: io::Error| {
        Failure::new(format!("could not write \"{}\"", path.display())).detail(error)
    };
    write(&up, UP).map_err(|error| failed(&up, error))?;
    write(&down, DOWN).map_err(|error| failed(&down, error))?;
    println!("{}\n{}", up.display(), down.display());
    Ok(ExitCode::SUCCESS)
}

/// Never overwrites: a version taken by another process in this very second is an error.
fn write(path: &Path, text: &str) -> io::Result<()> {
    File::create_new(path)?.write_all(text.as_bytes())
}

/// Lower-case words joined by single underscores; none when nothing is left.
fn normalise(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("_"))
}

/// The present moment, or one more than the highest version of the folder where that is in the future.
fn next_version(folder: &Path, now: i64) -> Result<i64, Failure> {
    let unreadable = |error: io::Error| {
        let failure =
            Failure::new(format!("could not read folder \"{}\"", folder.display())).detail(&error);
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint(format!(
                "Create it with `mkdir -p {}`, or name another with --folder.",
                folder.display()
            )),
            _ => failure,
        }
    };
    let mut highest = 0;
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        highest = highest.max(name.to_str().and_then(version_of).unwrap_or(0));
    }
    if highest < now {
        return Ok(now);
    }
    highest
        .checked_add(1)
        .ok_or_else(|| Failure::new(format!("no version is higher than {highest}")))
}

fn version_of(file: &str) -> Option<i64> {
    let (version, _) = file.strip_prefix(['V', 'U', 'B'])?.split_once("__")?;
    version.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_lower_case_words() {
        let check = |name, expected: Option<&str>| {
            assert_eq!(normalise(name).as_deref(), expected, "{name}");
        };
        check("add users", Some("add_users"));
        check("  Add--Users / 2nd__try! ", Some("add_users_2nd_try"));
        check("../../evil", Some("evil"));
        check(" __ ", None);
        check("", None);
    }

    #[test]
    fn the_version_is_above_every_version_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let check = |file: &str, expected| {
            fs::write(folder.path().join(file), "").unwrap();
            assert_eq!(next_version(folder.path(), 20).unwrap(), expected, "{file}");
        };
        check("V3__a.sql", 20);
        check("README.md", 20);
        check("R__view.sql", 20);
        check("V20__b.sql", 21);
        check("U30__c.sql", 31);
        check("B040__d.sql", 41);
        fs::write(folder.path().join(format!("V{}__e.sql", i64::MAX)), "").unwrap();
        assert!(next_version(folder.path(), 20).is_err());
    }
}
