//! A file in the crate's output folder that outlives one build: one for each embedded folder and purpose.
//!
//! It only saves time: a record that cannot be read or written is an empty one, and never an error.

use std::fs;
use std::path::{Path, PathBuf};

/// What an earlier build left.
pub(crate) struct Record {
    file: Option<PathBuf>,
    bytes: Vec<u8>,
}

impl Record {
    /// The record of one embedded folder; `purpose` changes with the form of what is in it.
    pub(crate) fn load(output_folder: Option<&Path>, purpose: &str, shown: &str) -> Self {
        let label: String = shown
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let name = format!("migrator-{purpose}-{label}");
        let file = output_folder.map(|folder| folder.join(name));
        let bytes = file
            .as_deref()
            .and_then(|file| fs::read(file).ok())
            .unwrap_or_default();
        Self { file, bytes }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Replaces the record.
    pub(crate) fn store(&self, bytes: &[u8]) {
        let Some(file) = self.file.as_deref().filter(|_| self.bytes != bytes) else {
            return;
        };
        // Two compilers may build the same crate at once; each sees a whole record.
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(format!(".{}", std::process::id()));
        let written = fs::write(&unfinished, bytes);
        if written
            .and_then(|()| fs::rename(&unfinished, file))
            .is_err()
        {
            // It would only lie around; that it cannot be removed either is no news.
            let _ = fs::remove_file(&unfinished);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_found_again_for_the_same_folder_and_purpose() {
        let folder = std::env::temp_dir().join(format!("migrator-record-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Record::load(Some(&folder), "lint", "../m").store(b"seen");
        assert_eq!(Record::load(Some(&folder), "lint", "../m").bytes(), b"seen");
        assert!(Record::load(Some(&folder), "lint", "n").bytes().is_empty());
        assert!(
            Record::load(Some(&folder), "syntax", "../m")
                .bytes()
                .is_empty()
        );
        Record::load(Some(&folder), "lint", "../m").store(b"");
        assert!(
            Record::load(Some(&folder), "lint", "../m")
                .bytes()
                .is_empty()
        );
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        Record::load(None, "lint", "m").store(b"seen");
        Record::load(Some(Path::new("/nowhere")), "lint", "m").store(b"seen");
        fs::remove_dir_all(&folder).unwrap();
    }
}
