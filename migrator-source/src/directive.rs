//! One directive: a comment such as `-- migrator: no-transaction`.
//!
//! Where directives may stand and which exclude each other is `header`.

use crate::duration;
use crate::lint::rules;
use crate::settings::environments;

const NAMES: [&str; 8] = [
    "no-transaction",
    "irreversible",
    "lock-timeout",
    "statement-timeout",
    "last-release",
    "requires",
    "allow",
    "only",
];

/// What a directive asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    NoTransaction,
    Irreversible(String),
    LockTimeout(String),
    StatementTimeout(String),
    /// The last release that carries databases older than a baseline.
    LastRelease(String),
    /// The repeatables that run before this one, by name.
    Requires(Vec<String>),
    /// Switches off one rule; the reason is for the reader of the file.
    Allow(Rule, String),
    /// The environments in which the migration is applied.
    Only(Vec<String>),
}

/// Whom an `allow` is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// The parser's verdict on the text.
    Syntax,
    /// The proof's verdict on what undoes the migration.
    Down,
    /// The linter.
    Lint,
}

impl Directive {
    /// What makes two directives duplicates of each other.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::NoTransaction => "no-transaction".to_owned(),
            Self::Irreversible(_) => "irreversible".to_owned(),
            Self::LockTimeout(_) => "lock-timeout".to_owned(),
            Self::StatementTimeout(_) => "statement-timeout".to_owned(),
            Self::LastRelease(_) => "last-release".to_owned(),
            Self::Requires(names) => format!("requires {}", names.join(", ")),
            Self::Allow(_, name) => format!("allow({name})"),
            Self::Only(_) => "only".to_owned(),
        }
    }
}

/// What is wrong with a directive, and what to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// Whether a line comment is a directive, or was meant to be one.
pub(crate) fn looks_like_one(comment: &str) -> bool {
    let Some(rest) = after_tool(comment) else {
        return false;
    };
    rest.starts_with(':') || NAMES.contains(&word(rest))
}

/// Reads a comment that looks like a directive.
pub(crate) fn parse(comment: &str) -> Result<Directive, Malformed> {
    let rest = after_tool(comment).unwrap_or_default();
    let Some(written) = rest.strip_prefix(':').map(str::trim) else {
        let hint = format!("write \"-- migrator: {}\"", rest.trim());
        return Err(malformed("a colon is missing after \"migrator\"", hint));
    };
    let name = word(written);
    let argument = written[name.len()..].trim();
    match name {
        "no-transaction" if argument.is_empty() => Ok(Directive::NoTransaction),
        "no-transaction" => Err(malformed(
            "\"no-transaction\" takes no argument",
            "write \"-- migrator: no-transaction\" alone",
        )),
        "irreversible" => match reason(argument) {
            Some(why) => Ok(Directive::Irreversible(why.to_owned())),
            None => Err(malformed(
                "\"irreversible\" needs a reason in double quotes",
                "write it as in -- migrator: irreversible \"the old column is dropped\"",
            )),
        },
        "last-release" => match reason(argument) {
            Some(release) => Ok(Directive::LastRelease(release.to_owned())),
            None => Err(malformed(
                "\"last-release\" needs a name in double quotes",
                "write it as in -- migrator: last-release \"v2.3\"",
            )),
        },
        "lock-timeout" => limit(argument).map(Directive::LockTimeout),
        "statement-timeout" => limit(argument).map(Directive::StatementTimeout),
        "requires" => requires(argument),
        "allow" => allow(argument),
        "only" => only(argument),
        _ => Err(malformed(
            &format!("unknown directive \"{name}\""),
            unknown_hint(),
        )),
    }
}

fn unknown_hint() -> String {
    format!(
        "known ones are {}",
        NAMES.map(|name| format!("\"{name}\"")).join(", ")
    )
}

/// What follows `-- migrator`.
fn after_tool(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix("--")?.trim_start();
    let (tool, rest) = text.split_at_checked("migrator".len())?;
    tool.eq_ignore_ascii_case("migrator")
        .then(|| rest.trim_start())
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | ':' | '='));
    &text[..end.unwrap_or(text.len())]
}

fn reason(argument: &str) -> Option<&str> {
    let why = argument.strip_prefix('"')?.strip_suffix('"')?.trim();
    (!why.is_empty() && !why.contains('"')).then_some(why)
}

fn requires(argument: &str) -> Result<Directive, Malformed> {
    let names: Option<Vec<String>> = argument
        .split(',')
        .map(|name| {
            let name = name.trim().strip_prefix("R__")?;
            let name = name.strip_suffix(".sql").unwrap_or(name);
            (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| name.to_owned())
        })
        .collect();
    names.map(Directive::Requires).ok_or_else(|| {
        malformed(
            "\"requires\" needs the names of repeatables",
            "write it as in -- migrator: requires R__tables, R__functions",
        )
    })
}

fn limit(argument: &str) -> Result<String, Malformed> {
    match duration::check(argument) {
        Ok(()) => Ok(argument.to_owned()),
        Err(message) => Err(malformed(
            &message,
            "write a whole number and one of the units us, ms, s, min, h and d, such as 10s, or 0 for no limit",
        )),
    }
}

fn allow(argument: &str) -> Result<Directive, Malformed> {
    let hint = "write it as in -- migrator: allow(syntax) \"newer than the parser\"";
    let inner = argument
        .strip_prefix('(')
        .and_then(|argument| argument.split_once(')'));
    let Some((rule, why)) = inner else {
        return Err(malformed("\"allow\" needs a rule in parentheses", hint));
    };
    let rule = rule.trim();
    let known = match rule {
        "syntax" => Some(Rule::Syntax),
        "down" => Some(Rule::Down),
        _ => rules::named(rule).map(|_| Rule::Lint),
    };
    let Some(known) = known else {
        let hint =
            "write \"syntax\", \"down\", or the name of a rule of lint such as \"ban-drop-column\"";
        return Err(malformed(&format!("unknown rule \"{rule}\""), hint));
    };
    match reason(why.trim()) {
        Some(_) => Ok(Directive::Allow(known, rule.to_owned())),
        None => Err(malformed(
            &format!("\"allow({rule})\" needs a reason in double quotes"),
            hint,
        )),
    }
}

fn only(argument: &str) -> Result<Directive, Malformed> {
    let hint = "write it as in -- migrator: only(dev, test)";
    let inner = argument
        .strip_prefix('(')
        .and_then(|argument| argument.strip_suffix(')'));
    let Some(inner) = inner else {
        return Err(malformed(
            "\"only\" needs environments in parentheses",
            hint,
        ));
    };
    let mut names: Vec<String> = Vec::new();
    for name in inner.split(',').map(str::trim) {
        if !environments::is_name(name) {
            return Err(malformed(
                &format!("\"{name}\" is not the name of an environment"),
                "names are made of letters, digits, \"-\" and \"_\"",
            ));
        }
        if names.iter().any(|other| other == name) {
            return Err(malformed(
                &format!("environment \"{name}\" is named twice"),
                "name it once",
            ));
        }
        names.push(name.to_owned());
    }
    Ok(Directive::Only(names))
}

fn malformed(message: &str, hint: impl Into<String>) -> Malformed {
    Malformed {
        message: message.to_owned(),
        hint: hint.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(comment: &str, expected: &str) {
        let shown = match parse(comment) {
            _ if !looks_like_one(comment) => "a comment".to_owned(),
            Ok(directive) => format!("{directive:?}"),
            Err(malformed) => malformed.message,
        };
        assert_eq!(shown, expected, "{comment}");
    }

    #[test]
    fn directives_are_read() {
        check("-- migrator: no-transaction", "NoTransaction");
        check("--migrator:no-transaction  ", "NoTransaction");
        check(
            "-- migrator: irreversible \"data is lost\"",
            "Irreversible(\"data is lost\")",
        );
        check(
            "-- migrator: last-release \"v2.3\"",
            "LastRelease(\"v2.3\")",
        );
        check(
            "-- migrator: requires R__a, R__b.sql",
            "Requires([\"a\", \"b\"])",
        );
        check("-- migrator: lock-timeout 10s", "LockTimeout(\"10s\")");
        check(
            "-- migrator: statement-timeout 0",
            "StatementTimeout(\"0\")",
        );
        check(
            "-- migrator: allow(syntax) \"newer grammar\"",
            "Allow(Syntax, \"syntax\")",
        );
        check(
            "-- migrator: only( dev,test-2 )",
            "Only([\"dev\", \"test-2\"])",
        );
    }

    #[test]
    fn malformed_ones_say_why() {
        check(
            "-- migrator: no-transactions",
            "unknown directive \"no-transactions\"",
        );
        check("-- migrator: onyl(x)", "unknown directive \"onyl\"");
        check(
            "-- migrator: only dev",
            "\"only\" needs environments in parentheses",
        );
        check(
            "-- migrator: only()",
            "\"\" is not the name of an environment",
        );
        check(
            "-- migrator: only(dev, de v)",
            "\"de v\" is not the name of an environment",
        );
        check(
            "-- migrator: only(dev, dev)",
            "environment \"dev\" is named twice",
        );
        check("-- migrator:", "unknown directive \"\"");
        check(
            "-- migrator: no-transaction please",
            "\"no-transaction\" takes no argument",
        );
        check(
            "-- migrator: irreversible",
            "\"irreversible\" needs a reason in double quotes",
        );
        check(
            "-- migrator: irreversible \" \"",
            "\"irreversible\" needs a reason in double quotes",
        );
        check(
            "-- migrator: last-release v2.3",
            "\"last-release\" needs a name in double quotes",
        );
        for nothing in ["", " a", " R__", " R__a R__b", " R__a,"] {
            check(
                &format!("-- migrator: requires{nothing}"),
                "\"requires\" needs the names of repeatables",
            );
        }
        check("-- migrator: lock-timeout", "invalid duration \"\"");
        check(
            "-- migrator: lock-timeout 10",
            "duration \"10\" has no unit",
        );
        check(
            "-- migrator: allow syntax",
            "\"allow\" needs a rule in parentheses",
        );
        check(
            "-- migrator: allow(sintax) \"x\"",
            "unknown rule \"sintax\"",
        );
        check(
            "-- migrator: allow(syntax)",
            "\"allow(syntax)\" needs a reason in double quotes",
        );
        check(
            "-- migrator no-transaction",
            "a colon is missing after \"migrator\"",
        );
    }

    #[test]
    fn prose_is_no_directive() {
        check("-- migrator runs this", "a comment");
        check("-- the migrator: a tool", "a comment");
        check("-- migrators: all of us", "a comment");
        check("-- é", "a comment");
    }
}
