//! Which scripts a folder holds: its files, recursively and in order of their path.
//!
//! What is in the files is read later. Hidden files, the folder `tests` and what is no SQL file are left alone.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::file_name::{self, FileName};
use crate::finding::{Finding, Place};

/// One script of the folder.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The same relative to the folder, with `/` between its parts.
    pub(crate) file: String,
    /// What it is.
    pub(crate) name: FileName,
}

/// The scripts of a folder, in order of their path.
pub(crate) fn list(folder: &Path, shown_as: &str, problems: &mut Vec<Finding>) -> Vec<Entry> {
    let mut listing = Listing {
        shown_as,
        entries: Vec::new(),
        problems,
    };
    match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let finding = Finding::new(format!("folder \"{shown_as}\" does not exist"));
            listing
                .problems
                .push(finding.hint("create it, or correct the path"));
        }
        Err(error) => listing.unreadable(shown_as.to_owned(), &error),
        Ok(metadata) if !metadata.is_dir() => {
            let finding = Finding::new(format!("\"{shown_as}\" is not a folder"));
            listing
                .problems
                .push(finding.hint("name the folder that holds the migrations"));
        }
        Ok(_) => listing.visit(folder, ""),
    }
    let mut entries = listing.entries;
    entries.sort_by(|a, b| a.file.cmp(&b.file));
    entries
}

struct Listing<'a> {
    shown_as: &'a str,
    entries: Vec<Entry>,
    problems: &'a mut Vec<Finding>,
}

impl Listing<'_> {
    fn visit(&mut self, folder: &Path, prefix: &str) {
        let children = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut children = match children {
            Ok(children) => children,
            Err(error) => return self.unreadable(self.shown(prefix), &error),
        };
        children.sort_by_key(fs::DirEntry::file_name);
        for child in children {
            let (path, name) = (child.path(), child.file_name());
            let name = name.to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let file = format!("{prefix}{name}");
            match child.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if file != "tests" {
                        self.visit(&path, &format!("{file}/"));
                    }
                }
                // A link to a file is as good as the file; links to folders can form a circle.
                Ok(kind) if kind.is_symlink() && path.is_dir() => {
                    let finding =
                        Finding::new(format!("\"{file}\" is a symbolic link to a folder"));
                    let finding =
                        finding.hint("put the files themselves here: such links are not followed");
                    self.problems
                        .push(finding.at(Place::whole(self.shown(&file))));
                }
                Ok(_) => self.file(path, &name, file.clone()),
                Err(error) => self.unreadable(self.shown(&file), &error),
            }
        }
    }

    fn file(&mut self, path: PathBuf, name: &str, file: String) {
        match file_name::parse(name) {
            Some(Ok(name)) => self.entries.push(Entry { path, file, name }),
            Some(Err(finding)) => self
                .problems
                .push(finding.at(Place::whole(self.shown(&file)))),
            None => {}
        }
    }

    fn shown(&self, file: &str) -> String {
        format!("{}/{}", self.shown_as, file)
            .trim_end_matches('/')
            .to_owned()
    }

    fn unreadable(&mut self, shown: String, error: &io::Error) {
        self.problems.push(unreadable(shown, error));
    }
}

/// The problem of a file or folder that the operating system refuses.
pub(crate) fn unreadable(shown: String, error: &io::Error) -> Finding {
    Finding::new(format!("could not read \"{shown}\": {error}")).at(Place::whole(shown))
}

/// Whether there is no such file.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
