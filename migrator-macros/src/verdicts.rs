//! Which texts the parser has accepted in an earlier build, kept in the crate's output folder.
//!
//! It only saves time: a record that cannot be read or written is an empty one, and never an error.

use std::fs;
use std::path::{Path, PathBuf};

const HASH: usize = 32;

/// The texts by their SHA-256, sorted.
pub(crate) struct Verdicts {
    file: Option<PathBuf>,
    hashes: Vec<[u8; HASH]>,
}

impl Verdicts {
    /// The record of one embedded folder.
    pub(crate) fn load(output_folder: Option<&Path>, shown: &str) -> Self {
        let label: String = shown
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let name = format!(
            "migrator-syntax-v1-{}-{label}",
            migrator_source::PARSER_VERSION
        );
        let file = output_folder.map(|folder| folder.join(name));
        let bytes = file
            .as_deref()
            .and_then(|file| fs::read(file).ok())
            .unwrap_or_default();
        let (hashes, rest) = bytes.as_chunks::<HASH>();
        let mut hashes = if rest.is_empty() {
            hashes.to_vec()
        } else {
            Vec::new()
        };
        hashes.sort_unstable();
        Self { file, hashes }
    }

    /// Whether a text was accepted.
    pub(crate) fn hold(&self, sha256: &[u8; HASH]) -> bool {
        self.hashes.binary_search(sha256).is_ok()
    }

    /// Replaces the record by what is accepted now, which is sorted.
    pub(crate) fn store(&self, accepted: &[[u8; HASH]]) {
        let Some(file) = self.file.as_deref().filter(|_| self.hashes != accepted) else {
            return;
        };
        // Two compilers may build the same crate at once; each sees a whole record.
        let mut unfinished = file.as_os_str().to_owned();
        unfinished.push(format!(".{}", std::process::id()));
        let written = fs::write(&unfinished, accepted.as_flattened());
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
    fn what_was_stored_is_held_and_damage_is_an_empty_record() {
        let folder = std::env::temp_dir().join(format!("migrator-verdicts-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (one, two) = ([1; HASH], [2; HASH]);
        Verdicts::load(Some(&folder), "../m").store(&[one]);
        let loaded = Verdicts::load(Some(&folder), "../m");
        assert!(loaded.hold(&one) && !loaded.hold(&two));
        assert!(!Verdicts::load(Some(&folder), "other").hold(&one));
        loaded.store(&[two]);
        assert!(!Verdicts::load(Some(&folder), "../m").hold(&one));
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        fs::write(Verdicts::load(Some(&folder), "../m").file.unwrap(), [2; 33]).unwrap();
        assert!(!Verdicts::load(Some(&folder), "../m").hold(&two));
        assert!(!Verdicts::load(None, "../m").hold(&two));
        Verdicts::load(None, "../m").store(&[two]);
        Verdicts::load(Some(Path::new("/nowhere")), "m").store(&[two]);
        fs::remove_dir_all(&folder).unwrap();
    }
}
