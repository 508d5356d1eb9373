//! Which migrations are proven: those whose text stands in `migrator.lock`.
//!
//! Who writes that file checks it; here a file that cannot be read proves nothing.

use std::collections::BTreeSet;

use toml::de::DeTable;

/// The SHA-256 of each proven text, in hexadecimal digits.
pub(super) fn read(lock: &str) -> BTreeSet<String> {
    let Ok(document) = DeTable::parse(lock) else {
        return BTreeSet::new();
    };
    let migrations = document.get_ref().get("migration");
    let entries = migrations.and_then(|entries| entries.get_ref().as_array());
    let hashes = entries.into_iter().flat_map(|entries| entries.iter());
    hashes
        .filter_map(|entry| {
            let entry = entry.get_ref().as_table()?;
            // The up text may stand there with what else was proven, or alone.
            let hash = entry.get("up").or_else(|| entry.get("sha256"))?;
            hash.get_ref().as_str()
        })
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn hashes_are_found_whatever_stands_around_them() {
        let lock = "version = 1
[[migration]]
version = 1
sha256 = \"AB\"
other = [1]
[[migration]]
up = \"cd\"
[[migration]]
version = 2
";
        assert_eq!(read(lock).into_iter().collect::<Vec<_>>(), ["ab", "cd"]);
        for nothing in [
            "",
            "migration = 1",
            "[[migration",
            "[migration]\nsha256 = \"a\"",
        ] {
            assert!(read(nothing).is_empty(), "{nothing}");
        }
    }
}
