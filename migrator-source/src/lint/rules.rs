//! The rules: what each is called, how serious it is, why it is dangerous, and what to write in its place.
//!
//! How a violation is found is in the other files of `lint`; a folder may set another level in its `migrator.toml`.

mod clients;
mod locks;
mod optional;
pub(crate) mod own;
mod plain;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// A compile error.
    Deny,
    /// A warning of the compiler.
    Warn,
    /// Not looked for.
    Allow,
    /// Not a matter of lint here: the reader or the runner sees to it.
    Settled,
}

/// Who finds violations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Squawk,
    Own,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Rows and clients that are there already. Nobody knows yet what is born in the unproven tail.
    Existing,
    /// The text itself.
    Text,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) source: Source,
    pub(crate) level: Level,
    pub(crate) concern: Concern,
    /// What is the matter, for a rule whose findings all read alike.
    pub(crate) message: &'static str,
    /// Why it is dangerous.
    pub(crate) why: &'static str,
    /// The safe form.
    pub(crate) instead: &'static str,
}

/// Every rule, in the order of the documentation.
pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    [
        own::RULES,
        locks::RULES,
        clients::RULES,
        plain::RULES,
        optional::RULES,
    ]
    .into_iter()
    .flatten()
}

/// The rule of a name.
pub(crate) fn named(name: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.name == name)
}

const fn rule(
    (name, level, concern): (&'static str, Level, Concern),
    message: &'static str,
    why: &'static str,
    instead: &'static str,
) -> Rule {
    Rule {
        name,
        source: Source::Squawk,
        level,
        concern,
        message,
        why,
        instead,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_of_squawk_is_here_and_every_name_is_one_of_its_own() {
        let names: BTreeSet<&str> = all().map(|rule| rule.name).collect();
        assert_eq!(names.len(), all().count());
        let of_squawk = all().filter(|rule| rule.source == Source::Squawk);
        for rule in of_squawk {
            assert!(squawk_linter::Rule::try_from(rule.name).is_ok(), "{rule:?}");
        }
        // Its `unused-ignore` is about its own comments, and has no name that can be read.
        let every = squawk_linter::Linter::from([]);
        assert!(every.rules.is_empty());
        assert_eq!(names.len(), 77 + own::RULES.len());
    }

    #[test]
    fn every_rule_is_explained() {
        for rule in all() {
            let texts = [rule.message, rule.why, rule.instead];
            assert!(texts.iter().all(|text| text.len() > 5), "{rule:?}");
            assert!(texts.iter().all(|text| !text.ends_with('.')), "{rule:?}");
        }
    }

    /// The document has a row for each rule, with the level that it has here.
    #[test]
    fn every_rule_is_documented() {
        let document = include_str!("../../../docs/lint.md");
        for rule in all() {
            let level = match rule.level {
                Level::Deny => "error",
                Level::Warn => "warning",
                Level::Allow => "off",
                Level::Settled => "settled",
            };
            let row = format!("| `{}` | {level} |", rule.name);
            assert!(document.contains(&row), "docs/lint.md has no row {row}");
        }
    }
}
