//! Which files of the folder a git revision holds: they may have been applied anywhere, and keep their names.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use crate::failure::Failure;

/// What a clone calls the main branch of where it came from.
const MAIN: &str = "origin/HEAD";

/// The files of a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Released {
    pub(super) revision: String,
    /// Relative to the folder, with `/` between their parts.
    pub(super) files: BTreeSet<String>,
}

/// The files of the revision that was named, or of the origin's main branch; none where there is no such branch.
pub(super) fn find(folder: &Path, since: Option<&str>) -> Result<Option<Released>, Failure> {
    let revision = since.unwrap_or(MAIN);
    let output = match git(folder, revision) {
        Ok(output) => output,
        Err(_) if since.is_none() => return Ok(None),
        Err(error) => {
            return Err(Failure::new("could not run git")
                .detail(error)
                .hint("Name the versions to renumber instead of --since."));
        }
    };
    if !output.status.success() {
        return match since {
            None => Ok(None),
            Some(revision) => Err(Failure::new(format!(
                "git does not list the folder at \"{revision}\""
            ))
            .detail(String::from_utf8_lossy(&output.stderr).trim())
            .hint("Name a branch, a tag or a commit of the repository that holds the folder.")),
        };
    }
    let listed = String::from_utf8_lossy(&output.stdout);
    Ok(Some(Released {
        revision: revision.to_owned(),
        files: listed
            .split('\0')
            .filter(|file| !file.is_empty())
            .map(str::to_owned)
            .collect(),
    }))
}

/// Lists the folder, by paths relative to it.
fn git(folder: &Path, revision: &str) -> std::io::Result<Output> {
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["ls-tree", "-r", "-z", "--name-only", "--end-of-options"])
        .args([revision, "."])
        .output()
}
