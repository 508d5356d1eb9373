//! How a tool calls a migration of which it says nothing yet: as it calls those that it has applied. Pure.

use crate::bundle::Migration;
use crate::quote::Json;

/// The parts of a name: `before`, the version with so many digits, and what stands between it and the words, within
/// the words, and after them, where there are words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) before: String,
    pub(crate) digits: usize,
    pub(crate) words: Option<Words>,
}

/// How words are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// Before the first.
    pub(crate) between: String,
    /// Between two of them.
    pub(crate) within: String,
    /// After the last.
    pub(crate) after: String,
}

impl Style {
    /// The style in which all of these names are written; `None` where there is none.
    pub(crate) fn of(named: &[(&str, &Migration<'_>)]) -> Option<Self> {
        let (key, migration) = named.last()?;
        let mut style = Self::one(key, migration)?;
        if !named.iter().any(|(key, _)| digits_of(key).starts_with('0')) {
            style.digits = 1;
        }
        let all = named
            .iter()
            .all(|(key, migration)| style.key(migration.version, migration.name) == *key);
        all.then_some(style)
    }

    fn one(key: &str, migration: &Migration<'_>) -> Option<Self> {
        let (before, rest) = match key.split_once('.') {
            // Django puts the application before the number.
            Some((app, rest)) if !app.starts_with(|it: char| it.is_ascii_digit()) => {
                (format!("{app}."), rest)
            }
            _ => (String::new(), key),
        };
        let digits = digits_of(rest);
        if digits.parse() != Ok(migration.version) {
            return None;
        }
        let rest = rest.get(digits.len()..)?;
        let words = if rest.is_empty() {
            None
        } else {
            Some(["_", "-"].into_iter().find_map(|within| {
                let written = migration.name.replace('_', within);
                let at = rest.find(&written)?;
                let between = rest.get(..at)?;
                let after = rest.get(at + written.len()..)?;
                ["_", "-"].contains(&between).then(|| Words {
                    between: between.to_owned(),
                    within: within.to_owned(),
                    after: after.to_owned(),
                })
            })?)
        };
        Some(Self {
            before,
            digits: digits.len(),
            words,
        })
    }

    /// What a migration is called in this style.
    pub(crate) fn key(&self, version: i64, name: &str) -> String {
        let width = self.digits;
        let number = format!("{}{version:0width$}", self.before);
        match &self.words {
            None => number,
            Some(words) => format!(
                "{number}{}{}{}",
                words.between,
                name.replace('_', &words.within),
                words.after
            ),
        }
    }

    /// As it is kept in the database.
    pub(crate) fn json(&self) -> String {
        let words = self.words.as_ref().map_or_else(String::new, |words| {
            format!(
                ", \"between\": {}, \"words\": {}, \"after\": {}",
                Json(&words.between),
                Json(&words.within),
                Json(&words.after)
            )
        });
        format!(
            "{{\"before\": {}, \"digits\": {}{words}}}",
            Json(&self.before),
            self.digits
        )
    }
}

/// The digits with which a key begins, after the name of an application.
fn digits_of(key: &str) -> &str {
    let key = match key.split_once('.') {
        Some((app, rest)) if !app.starts_with(|it: char| it.is_ascii_digit()) => rest,
        _ => key,
    };
    let end = key.find(|it: char| !it.is_ascii_digit());
    key.get(..end.unwrap_or(key.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Down, Limits, Mode, Order, Script, Statements};

    fn migration(version: i64, name: &str) -> Migration<'_> {
        Migration {
            version,
            name,
            order: Order::Versioned,
            up: Script {
                file: "f",
                sql: "",
                mode: Mode::Transaction,
                limits: Limits::default(),
                statements: Statements::from_table(&[]),
                sha256: [0; 32],
            },
            down: Down::Absent,
            verify: None,
            only: &[],
            checksum: 0,
            accepted: &[],
        }
    }

    #[test]
    fn a_name_is_continued_as_it_began() {
        for (first, second, third) in [
            ("1", "2", Some("12")),
            ("0001", "0002", Some("0012")),
            (
                "001_create_users.sql",
                "002_add_role.sql",
                Some("012_drop_it.sql"),
            ),
            ("1_create-users", "2_add-role", Some("12_drop-it")),
            (
                "shop.0001_create_users",
                "shop.0002_add_role",
                Some("shop.0012_drop_it"),
            ),
            ("shop.0001_create_users", "auth.0002_add_role", None),
            ("1", "02", None),
            ("1.1", "1.2", None),
            ("a1b2", "c3d4", None),
            ("1_Create_Users", "2_add_role", None),
        ] {
            let (a, b) = (migration(1, "create_users"), migration(2, "add_role"));
            let style = Style::of(&[(first, &a), (second, &b)]);
            let continued = style.map(|style| style.key(12, "drop_it"));
            assert_eq!(continued.as_deref(), third, "{first}, {second}");
        }
        assert_eq!(Style::of(&[]), None);
    }
}
