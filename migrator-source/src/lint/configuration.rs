//! `migrator.toml`: the oldest server, and the level of each rule.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use super::rules::{self, Level, Rule};
use crate::finding::Finding;
use crate::place::Text;

/// The oldest server that this tool supports.
const OLDEST: u32 = 13;

/// What a folder says about lint.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Configuration {
    levels: BTreeMap<&'static str, Level>,
    /// The oldest server that the history must run on, where the folder names it.
    pub(super) oldest_server: Option<u32>,
}

impl Configuration {
    pub(super) fn level(&self, rule: &Rule) -> Level {
        self.levels.get(rule.name).copied().unwrap_or(rule.level)
    }

    pub(super) fn oldest(&self) -> u32 {
        self.oldest_server.unwrap_or(OLDEST)
    }
}

type Key<'a> = Spanned<DeString<'a>>;
type Value<'a> = Spanned<DeValue<'a>>;

/// Reads the file; each mistake in it is a problem with its place.
pub(super) fn read(text: Text<'_>, problems: &mut Vec<Finding>) -> Configuration {
    let document = match DeTable::parse(text.sql) {
        Ok(document) => document,
        Err(error) => {
            let range = error.span().unwrap_or(0..0);
            let message = format!("invalid TOML: {}", error.message().replace('\n', ", "));
            problems.push(Finding::new(message).at(text.place(&range)));
            return Configuration::default();
        }
    };
    let mut reader = Reader {
        text,
        problems,
        configuration: Configuration::default(),
    };
    for (key, value) in document.get_ref() {
        // The other tables, and what is none of them, are `settings`'.
        if key.get_ref().as_ref() == "lint" {
            reader.lint(value);
        }
    }
    reader.configuration
}

struct Reader<'a, 'p> {
    text: Text<'a>,
    problems: &'p mut Vec<Finding>,
    configuration: Configuration,
}

impl Reader<'_, '_> {
    fn lint(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(
                value.span(),
                "\"lint\" is not a table",
                "write [lint] on a line of its own",
            );
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "oldest-server" => self.oldest_server(value),
                "allow" => self.allow(value),
                "rules" => self.rules(value),
                _ => self.unknown(key, "known are \"oldest-server\", \"allow\" and \"rules\""),
            }
        }
    }

    fn oldest_server(&mut self, value: &Value<'_>) {
        let digits = value.get_ref().as_integer().map(DeInteger::as_str);
        let version = digits.and_then(|digits| digits.parse::<u32>().ok());
        match version.filter(|version| (OLDEST..100).contains(version)) {
            Some(version) => self.configuration.oldest_server = Some(version),
            None => self.problem(
                value.span(),
                "\"oldest-server\" is not a major version of PostgreSQL",
                "write a number from 13 on, as in oldest-server = 13",
            ),
        }
    }

    fn allow(&mut self, value: &Value<'_>) {
        let Some(names) = value.get_ref().as_array() else {
            return self.problem(
                value.span(),
                "\"allow\" is not a list",
                "write it as in allow = [\"ban-char-field\"]",
            );
        };
        for name in names {
            match name.get_ref().as_str() {
                Some(rule) => self.set(rule, name.span(), Level::Allow),
                None => self.problem(
                    name.span(),
                    "the name of a rule is not a string",
                    "write it in double quotes",
                ),
            }
        }
    }

    fn rules(&mut self, value: &Value<'_>) {
        let Some(table) = value.get_ref().as_table() else {
            return self.problem(
                value.span(),
                "\"rules\" is not a table",
                "write [lint.rules] on a line of its own",
            );
        };
        for (key, value) in table {
            let level = match value.get_ref().as_str() {
                Some("deny") => Level::Deny,
                Some("warn") => Level::Warn,
                Some("allow") => Level::Allow,
                _ => {
                    let message = "the level of a rule is not one of the three";
                    let hint = "write \"deny\", \"warn\" or \"allow\"";
                    self.problem(value.span(), message, hint);
                    continue;
                }
            };
            self.set(key.get_ref(), key.span(), level);
        }
    }

    fn set(&mut self, name: &str, range: Range<usize>, level: Level) {
        let Some(rule) = rules::named(name) else {
            let message = format!("unknown rule \"{name}\"");
            return self.problem(range, &message, "docs/lint.md has the names of all rules");
        };
        if rule.level == Level::Settled {
            if level != Level::Allow {
                let message = format!("rule \"{name}\" cannot be switched on");
                self.problem(range, &message, rule.why);
            }
            return;
        }
        self.configuration.levels.insert(rule.name, level);
    }

    fn unknown(&mut self, key: &Key<'_>, hint: &str) {
        let message = format!("unknown key \"{}\"", key.get_ref());
        self.problem(key.span(), &message, hint);
    }

    fn problem(&mut self, range: Range<usize>, message: &str, hint: &str) {
        let finding = Finding::new(message).hint(hint);
        self.problems.push(finding.at(self.text.place(&range)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(toml: &str, expected: &str) {
        let text = Text {
            file: "migrator.toml",
            sql: toml,
        };
        let mut problems = Vec::new();
        let configuration = read(text, &mut problems);
        let mut shown: Vec<String> = problems
            .iter()
            .map(|problem| {
                let place = problem.places.first().expect("a place");
                format!("{}:{} {}", place.line, place.column, problem.message)
            })
            .collect();
        shown.extend(configuration.oldest_server.map(|it| it.to_string()));
        shown.extend(
            configuration
                .levels
                .iter()
                .map(|(rule, level)| format!("{rule}={level:?}")),
        );
        assert_eq!(shown.join("; "), expected, "{toml}");
    }

    #[test]
    fn a_folder_sets_the_server_and_the_levels() {
        check("", "");
        check("[lint]\noldest-server = 15\n[proof]\ngate = \"on\"", "15");
        check(
            "[lint]\nallow = [\"ban-char-field\"]",
            "ban-char-field=Allow",
        );
        check(
            "[lint.rules]\nban-drop-column = \"warn\"\nprefer-identity = \"deny\"",
            "ban-drop-column=Warn; prefer-identity=Deny",
        );
        check("[lint]\nallow = [\"require-lock-timeout\"]", "");
    }

    #[test]
    fn mistakes_have_their_place() {
        check("x = 1\n[proof]\ngate = \"off\"", "");
        check("[lint]\noldest = 1", "2:1 unknown key \"oldest\"");
        check(
            "[lint]\nallow = [\"ban-chair\"]",
            "2:10 unknown rule \"ban-chair\"",
        );
        check(
            "[lint.rules]\nban-chair = \"warn\"",
            "2:1 unknown rule \"ban-chair\"",
        );
        check(
            "[lint.rules]\nban-char-field = \"off\"",
            "2:18 the level of a rule is not one of the three",
        );
        check(
            "[lint]\noldest-server = \"13\"",
            "2:17 \"oldest-server\" is not a major version of PostgreSQL",
        );
        check(
            "[lint]\noldest-server = 9",
            "2:17 \"oldest-server\" is not a major version of PostgreSQL",
        );
        check(
            "[lint.rules]\nprefer-robust-stmts = \"deny\"",
            "2:1 rule \"prefer-robust-stmts\" cannot be switched on",
        );
        check("lint = 1", "1:8 \"lint\" is not a table");
        check("[lint]\nallow = \"a\"", "2:9 \"allow\" is not a list");
        check(
            "[lint]\nallow = [1]",
            "2:10 the name of a rule is not a string",
        );
        check("[lint", "1:6 invalid TOML: unclosed table, expected `]`");
    }
}
