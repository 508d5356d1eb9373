//! Which texts the parser has accepted in an earlier build.
//!
//! How a record outlives a build is `record`.

use std::path::Path;

use crate::record::Record;

const HASH: usize = 32;

/// The texts by their SHA-256, sorted.
pub(crate) struct Verdicts {
    record: Record,
    hashes: Vec<[u8; HASH]>,
}

impl Verdicts {
    /// The verdicts on one embedded folder.
    pub(crate) fn load(output_folder: Option<&Path>, shown: &str) -> Self {
        let purpose = format!("syntax-v1-{}", migrator_source::PARSER_VERSION);
        let record = Record::load(output_folder, &purpose, shown);
        let (hashes, rest) = record.bytes().as_chunks::<HASH>();
        let mut hashes = if rest.is_empty() {
            hashes.to_vec()
        } else {
            Vec::new()
        };
        hashes.sort_unstable();
        Self { record, hashes }
    }

    /// Whether a text was accepted.
    pub(crate) fn hold(&self, sha256: &[u8; HASH]) -> bool {
        self.hashes.binary_search(sha256).is_ok()
    }

    /// Replaces the verdicts by what is accepted now, which is sorted.
    pub(crate) fn store(&self, accepted: &[[u8; HASH]]) {
        self.record.store(accepted.as_flattened());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

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

        let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
        fs::write(file.path(), [2; 33]).unwrap();
        assert!(!Verdicts::load(Some(&folder), "../m").hold(&two));
        assert!(!Verdicts::load(None, "../m").hold(&two));
        fs::remove_dir_all(&folder).unwrap();
    }
}
