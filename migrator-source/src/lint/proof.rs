//! Which migrations and repeatables are proven: those whose text stands in `migrator.lock`.
//!
//! Who writes that file checks it; here a file that cannot be read proves nothing.

use std::collections::BTreeSet;

use toml::de::DeTable;

/// The SHA-256 of each proven text, in hexadecimal digits.
pub(super) fn read(lock: &str) -> BTreeSet<String> {
    let Ok(document) = DeTable::parse(lock) else {
        return BTreeSet::new();
    };
    let entries = ["migration", "repeatable"]
        .into_iter()
        .filter_map(|key| document.get_ref().get(key)?.get_ref().as_array());
    entries
        .flat_map(|entries| entries.iter())
        .filter_map(|entry| entry.get_ref().as_table()?.get("up")?.get_ref().as_str())
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn hashes_are_found_whatever_stands_around_them() {
        let lock = "version = 1\n[[migration]]\nversion = 1\nup = \"AB\"\nother = [1]\n[[migration]]\nversion = 2\n[[repeatable]]\nup = \"cd\"\n";
        assert_eq!(read(lock).into_iter().collect::<Vec<_>>(), ["ab", "cd"]);
        for nothing in [
            "",
            "migration = 1",
            "[[migration",
            "[migration]\nup = \"a\"",
        ] {
            assert!(read(nothing).is_empty(), "{nothing}");
        }
    }
}
