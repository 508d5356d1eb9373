//! One row of another tool's history, whoever's it is. How each tool's table is read is `read`.

use crate::history::Fields;

use super::map::plain;

/// One row of another tool's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What the tool's users call it: a version, a revision, a file.
    pub key: String,
    /// Another spelling of the key, where there is one.
    pub alias: Option<String>,
    /// The words that describe it, where the tool keeps them beside the key.
    pub name: Option<String>,
    /// The checksum, as text.
    pub checksum: Option<String>,
    /// What the row says.
    pub state: State,
    /// The whole row as JSON.
    pub row: String,
}

/// What a row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It was applied.
    Applied,
    /// The database is at it: it and everything before it were applied.
    Position,
    /// It was applied, or stood for, and everything before it as well.
    Baseline,
    /// It was applied once and is not any more.
    Undone,
    /// It is applied whenever its text changes.
    Repeatable,
    /// It was not carried out as a whole, for this reason.
    Broken(String),
}

impl State {
    fn read(word: &str, why: String) -> Self {
        match word {
            "applied" => Self::Applied,
            "position" => Self::Position,
            "baseline" => Self::Baseline,
            "undone" => Self::Undone,
            "repeatable" => Self::Repeatable,
            _ => Self::Broken(why),
        }
    }
}

impl Entry {
    /// Reads a row of [`super::read::query`].
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let field = |at: usize| fields.get(at).cloned().flatten();
        let text = |at: usize| field(at).unwrap_or_default();
        Self {
            key: text(0),
            alias: field(1),
            name: field(2).filter(|name| !name.is_empty()),
            checksum: field(3),
            // Some tools keep a whole statement there.
            state: State::read(
                &text(4),
                text(5).split_whitespace().collect::<Vec<&str>>().join(" "),
            ),
            row: text(6),
        }
    }

    /// Whether this is how somebody may call it.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let names = [Some(self.key.as_str()), self.alias.as_deref()];
        names
            .into_iter()
            .flatten()
            .any(|it| plain(it) == plain(name))
    }

    /// For messages: the key, and the words beside it.
    #[must_use]
    pub fn shown(&self) -> String {
        match &self.name {
            Some(name) if !self.key.contains(name.as_str()) => {
                format!("\"{}\" ({name})", self.key)
            }
            _ => format!("\"{}\"", self.key),
        }
    }

    /// The words: those beside the key, or those in it, without a version before and a file extension after them.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let words = if let Some(name) = &self.name {
            slug(name)
        } else {
            let stem = EXTENSIONS
                .iter()
                .find_map(|extension| self.key.strip_suffix(extension))
                .unwrap_or(&self.key);
            slug(stem.trim_start_matches(|letter: char| letter.is_ascii_digit()))
        };
        (!words.is_empty()).then_some(words)
    }
}

/// The version that a key is, or begins with: `20240101120000`, `0007_add_users.sql`. Not `1.2`, whose order is its
/// tool's own.
pub(super) fn number(key: &str) -> Option<i64> {
    let digits = key.find(|letter: char| !letter.is_ascii_digit());
    let (number, rest) = key.split_at(digits.unwrap_or(key.len()));
    let mut rest = rest.chars();
    let separated = match rest.next() {
        None => true,
        Some('_' | '-') => rest.next().is_some_and(|it| !it.is_ascii_digit()),
        Some(_) => false,
    };
    separated.then(|| number.parse().ok()).flatten()
}

/// What a tool keeps of a file's name in its key.
pub(super) const EXTENSIONS: [&str; 8] = [
    ".up.sql", ".sql", ".js", ".cjs", ".mjs", ".ts", ".py", ".rb",
];

/// Letters and digits in lower case, everything between them as one underscore.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            slug.extend(letter.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, name: Option<&str>) -> Entry {
        Entry {
            key: key.to_owned(),
            alias: None,
            name: name.map(str::to_owned),
            checksum: None,
            state: State::Applied,
            row: String::new(),
        }
    }

    #[test]
    fn a_key_is_a_number_words_or_both() {
        for (key, name, version, words) in [
            ("7", None, Some(7), None),
            ("0007", Some("Add users"), Some(7), Some("add_users")),
            (
                "20240101120000_add_users.js",
                None,
                Some(20_240_101_120_000),
                Some("add_users"),
            ),
            (
                "1704067200000_add-users",
                None,
                Some(1_704_067_200_000),
                Some("add_users"),
            ),
            ("1.2", Some("Add users"), None, Some("add_users")),
            ("1_10", None, None, Some("10")),
            ("2024-01-01-add", None, None, Some("01_01_add")),
            ("add_users.sql", None, None, Some("add_users")),
            ("99999999999999999999", None, None, None),
            ("", None, None, None),
            ("__", None, None, None),
        ] {
            let entry = entry(key, name);
            assert_eq!(
                (number(key), entry.words().as_deref()),
                (version, words),
                "{key}"
            );
        }
    }

    #[test]
    fn an_entry_is_shown_with_its_words_once() {
        assert_eq!(entry("1", Some("init")).shown(), "\"1\" (init)");
        assert_eq!(entry("1_init", Some("init")).shown(), "\"1_init\"");
    }
}
