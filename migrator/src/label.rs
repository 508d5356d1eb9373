//! How a migration is named to people, everywhere the same: `17 "add_users"`, `R "views"`; and how a
//! list of names is kept short.

use std::fmt;

/// What a repeatable has in place of a version.
pub const REPEATABLE: &str = "R";

/// A migration by version and name; a repeatable has no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label<'a> {
    /// The version; `None` of a repeatable.
    pub version: Option<i64>,
    /// The name.
    pub name: &'a str,
}

impl Label<'_> {
    /// What stands in a column of versions.
    #[must_use]
    pub fn version(self) -> String {
        self.version
            .map_or_else(|| REPEATABLE.to_owned(), |version| version.to_string())
    }

    /// Both without quotation marks, as progress shows them.
    #[must_use]
    pub fn plain(self) -> String {
        format!("{} {}", self.version(), self.name)
    }
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.version(), self.name)
    }
}

/// The first of some things, and how many more there are.
pub(crate) fn first(
    things: impl ExactSizeIterator<Item = impl fmt::Display>,
    most: usize,
) -> String {
    let more = match things.len().saturating_sub(most) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named: Vec<String> = things.take(most).map(|it| it.to_string()).collect();
    named.join(", ") + &more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_not_all_named() {
        for (count, expected) in [
            (0, ""),
            (1, "1"),
            (3, "1, 2, 3"),
            (4, "1, 2, 3 and 1 more"),
            (2000, "1, 2, 3 and 1997 more"),
        ] {
            let things: Vec<usize> = (1..=count).collect();
            assert_eq!(first(things.iter(), 3), expected);
        }
    }

    #[test]
    fn a_repeatable_has_a_letter_for_a_version() {
        let of = |version| Label {
            version,
            name: "add_users",
        };
        assert_eq!(of(Some(17)).to_string(), "17 \"add_users\"");
        assert_eq!(of(None).to_string(), "R \"add_users\"");
        assert_eq!(of(None).plain(), "R add_users");
    }
}
