//! squawk's rules, run on one statement.
//!
//! One statement at a time, so that what squawk would conclude from the file is left to `history`, which knows the
//! whole bundle. Where squawk is known to be wrong about PostgreSQL its violation is dropped here.

use std::ops::Range;

use squawk_linter::Linter;
use squawk_syntax::SourceFile;

use super::cursor::{Cursor, significant};
use super::rules::{self, Rule};

/// Data, not definitions: parsing it costs more than there is to find.
const LARGE: usize = 64 << 10;

/// A violation of one rule, in offsets of the statement.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) rule: &'static str,
    pub(super) range: Range<usize>,
}

/// What squawk has against a statement; a statement that it cannot parse says nothing.
pub(super) fn lint(statement: &str, looked_for: &[&'static Rule]) -> Vec<Violation> {
    if statement.len() > LARGE || looked_for.is_empty() {
        return Vec::new();
    }
    let parse = SourceFile::parse(statement);
    if !parse.errors().is_empty() {
        return Vec::new();
    }
    let known = looked_for
        .iter()
        .filter_map(|rule| squawk_linter::Rule::try_from(rule.name).ok());
    let mut linter = Linter::from(known);
    linter.settings.assume_in_transaction = true;
    // Rules that begin with a newer server are filtered by the one who knows the oldest server.
    linter.settings.pg_version = "99".parse().unwrap_or_default();
    let mut violations: Vec<Violation> = linter
        .lint(&parse, statement)
        .into_iter()
        .filter_map(|found| {
            let range = usize::from(found.text_range.start())..usize::from(found.text_range.end());
            let rule = rules::named(&found.code.to_string())?.name;
            Some(Violation { rule, range })
        })
        .filter(|violation| !is_wrong(statement, violation))
        .collect();
    drop_repeated(&mut violations);
    violations
}

/// The general rule of constraints is silent where one of its own kind speaks.
fn drop_repeated(violations: &mut Vec<Violation>) {
    const GENERAL: &str = "constraint-missing-not-valid";
    const SPECIAL: [&str; 3] = [
        "adding-foreign-key-constraint",
        "adding-serial-primary-key-field",
        "disallowed-unique-constraint",
    ];
    let special: Vec<Range<usize>> = violations
        .iter()
        .filter(|violation| SPECIAL.contains(&violation.rule))
        .map(|violation| violation.range.clone())
        .collect();
    violations.retain(|violation| {
        let range = &violation.range;
        let within = |it: &Range<usize>| range.start <= it.start && it.end <= range.end;
        violation.rule != GENERAL || !special.iter().any(within)
    });
    // It points at each of the columns that are named twice.
    let mut seen = Vec::new();
    violations.retain(|violation| {
        let repeated =
            violation.rule == "ban-duplicate-column-assignments" && seen.contains(&violation.rule);
        seen.push(violation.rule);
        !repeated
    });
}

fn is_wrong(statement: &str, violation: &Violation) -> bool {
    let text = statement.get(violation.range.clone()).unwrap_or_default();
    let tokens = significant(text);
    let words = Cursor::new(text, &tokens);
    match violation.rule {
        "adding-field-with-default" => {
            let generated = words.holds(&["GENERATED"]);
            // What is computed when it is read, or once for all rows, writes nothing.
            words.holds(&["VIRTUAL"]) || (!generated && is_constant(words))
        }
        // A new column without a value has nothing to be looked up, and PostgreSQL knows that.
        "adding-foreign-key-constraint" => {
            let tokens = significant(statement);
            let whole = Cursor::new(statement, &tokens);
            words.holds(&["REFERENCES"])
                && !words.holds(&["FOREIGN"])
                && !["DEFAULT", "GENERATED", "SERIAL", "BIGSERIAL"]
                    .iter()
                    .any(|word| whole.holds(&[word]))
        }
        _ => false,
    }
}

/// Whether an expression has one value for all rows: squawk knows neither signs nor parentheses nor arguments.
fn is_constant(mut words: Cursor<'_>) -> bool {
    const STABLE: [&str; 32] = [
        "now",
        "transaction_timestamp",
        "statement_timestamp",
        "timezone",
        "date_trunc",
        "interval",
        "numeric",
        "decimal",
        "varchar",
        "char",
        "character",
        "varying",
        "bit",
        "time",
        "timestamp",
        "timestamptz",
        "zone",
        "array",
        "row",
        "lower",
        "upper",
        "md5",
        "to_timestamp",
        "make_interval",
        "jsonb_build_object",
        "jsonb_build_array",
        "json_build_object",
        "json_build_array",
        "coalesce",
        "nullif",
        "current_setting",
        "to_jsonb",
    ];
    while !words.is_done() {
        let word = words.ahead(0).to_lowercase();
        let is_name = word.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"');
        if is_name && words.ahead(1) == "(" && !STABLE.contains(&word.as_str()) {
            return false;
        }
        words.at += 1;
    }
    true
}

#[cfg(test)]
mod tests;
