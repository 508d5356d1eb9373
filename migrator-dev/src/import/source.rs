//! The folder that is converted: which files it holds, and their texts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

use super::report::Note;
use super::text::Text;

/// A folder of another tool.
#[derive(Debug)]
pub(crate) struct Source {
    folder: PathBuf,
    /// Relative to the folder, with `/` between their parts, in order.
    files: Vec<String>,
}

impl Source {
    /// Lists a folder. Hidden files, and folders of other programs' packages, are passed over.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        visit(folder, "", &mut files).map_err(|error| {
            Failure::new(format!("could not read folder \"{}\"", folder.display()))
                .detail(error)
                .hint("Name the folder that holds the other tool's migrations.")
        })?;
        files.sort();
        Ok(Self {
            folder: folder.to_owned(),
            files,
        })
    }

    /// Every file, in order of path.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    /// The files that lie in the folder itself.
    pub(crate) fn top(&self) -> impl Iterator<Item = &str> {
        self.files().filter(|file| !file.contains('/'))
    }

    pub(crate) fn has(&self, file: &str) -> bool {
        self.files
            .binary_search_by(|found| found.as_str().cmp(file))
            .is_ok()
    }

    /// The text of a file, or why it is none.
    pub(crate) fn text(&self, file: &str) -> Result<Text, Note> {
        let content = fs::read(self.folder.join(file))
            .map_err(|error| Note::at(file, 1, format!("could not read the file: {error}")))?;
        match String::from_utf8(content) {
            Ok(content) if content.contains('\0') => {
                let line = content.split('\0').next().unwrap_or("").lines().count();
                Err(Note::at(file, line.max(1), "the file holds a NUL byte")
                    .hint("save it as UTF-8"))
            }
            Ok(content) => Ok(Text::whole(file, &content)),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let before = error.as_bytes().iter().take(valid);
                let line = before.filter(|byte| **byte == b'\n').count() + 1;
                Err(Note::at(file, line, "the file is not UTF-8").hint("save it as UTF-8"))
            }
        }
    }

    /// The text of a file that may be absent; none also where it cannot be read.
    pub(crate) fn optional(&self, file: &str) -> Option<Text> {
        self.has(file).then(|| self.text(file).ok()).flatten()
    }
}

fn visit(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || matches!(&*name, "node_modules" | "__pycache__" | "target") {
            continue;
        }
        let path = format!("{prefix}{name}");
        // A link to a file is as good as the file; links to folders can form a circle.
        if entry.file_type()?.is_dir() {
            visit(&entry.path(), &format!("{path}/"), files)?;
        } else if !entry.path().is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The part of a path before its last one, with the `/`.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rfind('/').and_then(|at| path.get(..=at)).unwrap_or("")
}

/// Whether a name ends with a dot and these letters. The tools tell upper case from lower case.
pub(crate) fn ends(path: &str, ending: &str) -> bool {
    path.rsplit_once('.')
        .is_some_and(|(_, found)| found == ending)
}
