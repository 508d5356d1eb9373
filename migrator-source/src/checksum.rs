//! refinery's checksum of a migration, and every value under which the same text may have been recorded.
//!
//! refinery hashes the name, the version and the text as it is on disk. So the same migration has other checksums
//! where versions were four bytes wide, or where the file was checked out with other line endings or saved with a byte
//! order mark.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// The checksums of one migration, that of the file as it is on disk with a version of eight bytes first.
pub(crate) fn accepted(name: &str, version: i64, raw: &str, sql: &str) -> Vec<u64> {
    let windows = sql.replace('\n', "\r\n");
    let marked = [format!("\u{feff}{sql}"), format!("\u{feff}{windows}")];
    let mut checksums = Vec::with_capacity(10);
    for text in [raw, sql, &windows, &marked[0], &marked[1]] {
        let wide = checksum(name, version, text);
        let narrow = i32::try_from(version)
            .ok()
            .map(|version| checksum(name, version, text));
        for value in [Some(wide), narrow].into_iter().flatten() {
            if !checksums.contains(&value) {
                checksums.push(value);
            }
        }
    }
    checksums
}

fn checksum(name: &str, version: impl Hash, text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_checksum_is_the_one_of_refinery() {
        for (version, name, raw) in [
            (1, "a", "select 1"),
            (20_261_120_123_000, "bom", "\u{feff}select 1;\r\n"),
        ] {
            let refinery =
                refinery_core::Migration::unapplied(&format!("V{version}__{name}"), raw).unwrap();
            assert_eq!(
                accepted(name, version, raw, "select 1;\n")[0],
                refinery.checksum()
            );
        }
    }

    #[test]
    fn line_endings_and_narrow_versions_are_accepted_too() {
        let unix = accepted("a", 1, "x\ny\n", "x\ny\n");
        let windows = accepted("a", 1, "x\r\ny\r\n", "x\ny\n");
        let marked = accepted("a", 1, "\u{feff}x\r\ny\r\n", "x\ny\n");
        assert_eq!((unix.len(), windows.len(), marked.len()), (8, 8, 8));
        assert!(
            unix.iter()
                .all(|value| windows.contains(value) && marked.contains(value))
        );
        assert_eq!(accepted("a", 1, "x", "x").len(), 4);
        assert_eq!(accepted("a", 1 << 40, "x", "x").len(), 2);
    }
}
