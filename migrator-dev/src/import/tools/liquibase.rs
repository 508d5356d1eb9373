//! Liquibase: change sets in formatted SQL; those in XML, YAML and JSON are told.
//!
//! A changelog that includes others gives the order; without one it is that of the file names, as `includeAll` has it.

mod changelog;

use crate::import::change::{Change, Changes, Kind};
use crate::import::marker::annotation;
use crate::import::report::{Note, Outcome};
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    for file in changelog::order(source, &mut changes) {
        match source.text(&file) {
            Ok(text) if is_formatted(&text) => formatted(&text, &mut changes),
            Ok(_) => changes.refuse(
                &file,
                "it does not begin with \"--liquibase formatted sql\"",
                "add that line and a \"--changeset\" line where the tool runs it; remove it otherwise",
            ),
            Err(note) => changes.refuse_at(note),
        }
    }
    shorten(&mut changes);
    changes
}

/// An id that is used once is enough of a name; otherwise file and author belong to it.
fn shorten(changes: &mut Changes) {
    let ids: Vec<String> = changes
        .changes
        .iter()
        .map(|change| change.name.clone())
        .collect();
    for change in &mut changes.changes {
        if ids.iter().filter(|id| **id == change.name).count() == 1 {
            change.key = Some(change.name.clone());
        }
    }
}

fn is_formatted(text: &Text) -> bool {
    let first = text.sql.lines().find(|line| !line.trim().is_empty());
    let words = first.and_then(|line| annotation(line, "liquibase"));
    words.is_some_and(|words| words.starts_with(&["formatted".to_owned(), "sql".to_owned()]))
}

/// A change set while its lines are read.
struct Set {
    change: Change,
    rollback: Text,
}

fn formatted(text: &Text, changes: &mut Changes) {
    let mut current: Option<Set> = None;
    let mut block = Block::Sql;
    for (line, content) in text.numbered() {
        let at = |message: &str, hint: &str| Note::at(&text.file, line, message).hint(hint);
        if let Some(words) = comment(content, "changeset") {
            finish(current.take(), changes);
            block = Block::Sql;
            match begin(text, words, &at) {
                Ok(set) => current = Some(set),
                Err((outcome, note)) => changes.other(outcome, note),
            }
            continue;
        }
        let Some(set) = &mut current else { continue };
        if block == Block::Ignored {
            if comment(content, "ignoreLines").is_some_and(|words| words.trim() == ":end") {
                block = Block::Sql;
            }
        } else if block == Block::Rollback {
            let (sql, end) = content
                .split_once("*/")
                .map_or((content, false), |(sql, _)| (sql, true));
            set.rollback.push(line, if end { "\n" } else { sql });
            block = if end { Block::Sql } else { block };
        } else if content
            .trim_start()
            .to_lowercase()
            .starts_with("/* liquibase rollback")
        {
            block = Block::Rollback;
        } else if let Some(words) = comment(content, "rollback") {
            rollback(set, line, words, &at);
        } else if let Some(words) = comment(content, "ignoreLines") {
            block = if words.trim() == ":start" {
                Block::Ignored
            } else {
                block
            };
        } else if comment(content, "preconditions").is_some()
            || comment(content, "precondition-").is_some()
        {
            let note = at(
                "its preconditions are not kept",
                "let a DO block check what has to hold",
            );
            set.change.remarks.push(note);
        } else if comment(content, "property").is_some() || comment(content, "include").is_some() {
            set.change
                .refusals
                .push(at("this is not kept", "write what it stands for"));
        } else {
            set.change.up.push(line, content);
            if let Some(name) = super::numbered::placeholder(content) {
                let (message, hint) = super::numbered::declare(name);
                set.change.refusals.push(at(&message, &hint));
            }
        }
    }
    finish(current.take(), changes);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Sql,
    Rollback,
    Ignored,
}

/// `--changeset author:id attribute:value …`
fn begin(
    text: &Text,
    words: &str,
    at: &impl Fn(&str, &str) -> Note,
) -> Result<Set, (Outcome, Note)> {
    let unreadable = || {
        let note = at(
            "a change set without author and id",
            "write --changeset author:id",
        );
        (Outcome::NotConverted, note)
    };
    let words = words.trim();
    let (author, rest) = quoted(words, ':').ok_or_else(unreadable)?;
    let (id, attributes) = quoted(rest, ' ').unwrap_or((rest, ""));
    if author.is_empty() || id.is_empty() {
        return Err(unreadable());
    }
    let mut up = Text::of(&text.file);
    let has = |name: &str, value: &str| {
        let wanted = format!("{name}:{value}").to_lowercase();
        attributes
            .split_whitespace()
            .any(|word| word.replace('"', "").to_lowercase() == wanted)
    };
    let given = |name: &str| attribute(attributes, name);
    if has("runInTransaction", "false") {
        up.marked = Marked::Outside;
    }
    let mut change = Change::new(None, id, up).key(format!("{}::{id}::{author}", text.file));
    if has("runOnChange", "true") {
        change.kind = Kind::Repeatable;
    }
    if has("runAlways", "true") {
        change.refusals.push(at(
            "it runs whenever the tool runs (runAlways)",
            "make it an R__ file",
        ));
    }
    if has("ignore", "true") || given("dbms").is_some_and(|dbms| !dbms.contains("postgres")) {
        let note = at(
            "it is not for PostgreSQL, or ignored",
            "nothing is to be done",
        );
        return Err((Outcome::LeftOut, note));
    }
    if let Some(delimiter) = given("endDelimiter").filter(|delimiter| *delimiter != ";") {
        let message = format!("its statements end with \"{delimiter}\"");
        change
            .refusals
            .push(at(&message, "end them with semicolons"));
    }
    for name in ["context", "contextFilter"] {
        let Some(written) = given(name) else { continue };
        match contexts(written) {
            Some(names) => {
                let message = format!(
                    "it is for {} only; the tool runs it also where no context is named",
                    names.join(", ")
                );
                change
                    .remarks
                    .push(at(&message, "name the environment: MIGRATOR_ENVIRONMENT"));
                change.only = names;
            }
            None => change.remarks.push(at(
                &format!("it runs where \"{written}\" holds, which is not kept"),
                "-- migrator: only(…) says with us for which environments it is",
            )),
        }
    }
    if given("labels").is_some() {
        change.remarks.push(at(
            "it runs for some labels only",
            "-- migrator: only(…) says so with us, of environments",
        ));
    }
    let rollback = Text {
        marked: change.up.marked,
        ..Text::of(&text.file)
    };
    Ok(Set { change, rollback })
}

/// The value of an attribute: a word, or what stands in double quotes.
fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let end = rest.find([':', ' ']).unwrap_or(rest.len());
        let (found, after) = rest.split_at(end);
        let Some(after) = after.strip_prefix(':') else {
            rest = after.trim_start();
            continue;
        };
        let (value, left) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = left.trim_start();
    }
    None
}

/// A plain list of contexts; `None` of an expression.
fn contexts(written: &str) -> Option<Vec<String>> {
    let words = written.replace(" or ", ",").replace(" OR ", ",");
    let is_name = |name: &String| {
        let ours = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !name.is_empty() && name.chars().all(ours)
    };
    let mut names: Vec<String> = Vec::new();
    for name in words.split(',') {
        let name = name.trim();
        let name = name.strip_prefix('@').unwrap_or(name).to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().all(is_name).then_some(names)
}

/// A word, or what stands in double quotes, up to a separator.
fn quoted(words: &str, separator: char) -> Option<(&str, &str)> {
    match words.strip_prefix('"') {
        Some(rest) => {
            let (word, rest) = rest.split_once('"')?;
            Some((word, rest.trim_start_matches(separator)))
        }
        None => words
            .split_once(separator)
            .map(|(word, rest)| (word.trim(), rest.trim_start())),
    }
}

fn rollback(set: &mut Set, line: usize, words: &str, at: &impl Fn(&str, &str) -> Note) {
    let sql = words.trim_start_matches([' ', ':']);
    let first = sql.split_whitespace().next().unwrap_or("").to_lowercase();
    match first.trim_end_matches(';') {
        "empty" => {}
        "not" if sql.to_lowercase().contains("required") => {}
        word if word.starts_with("changesetid") || word.starts_with("changesetauthor") => {
            let note = at(
                "its rollback is another change set",
                "copy that one's statements here",
            );
            set.change.refusals.push(note);
        }
        _ => set.rollback.push(line, sql),
    }
}

fn finish(set: Option<Set>, changes: &mut Changes) {
    let Some(Set {
        mut change,
        rollback,
    }) = set
    else {
        return;
    };
    match change.kind {
        Kind::Repeatable if !rollback.is_empty() => {
            let note = rollback.note("its rollback is left out: a repeatable has none");
            change.remarks.push(note);
        }
        _ => change.down = (!rollback.sql.is_empty()).then_some(rollback),
    }
    changes.changes.push(change);
}

/// What follows a tag right behind the two dashes.
fn comment<'a>(line: &'a str, tag: &str) -> Option<&'a str> {
    let comment = line.trim_start().strip_prefix("--")?.trim_start();
    let (start, rest) = comment.split_at_checked(tag.len())?;
    start.eq_ignore_ascii_case(tag).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_names_or_an_expression() {
        let check = |attributes, expected: Option<&str>| {
            let written = attribute(attributes, "context").unwrap_or("!");
            let names = contexts(written).map(|names| names.join(" "));
            assert_eq!(names.as_deref(), expected, "{attributes}");
        };
        check("context:dev", Some("dev"));
        check(
            "runOnChange:true context:\"dev, test\" x:y",
            Some("dev test"),
        );
        check("Context:dev,dev", Some("dev"));
        check("context:\"dev or @qa-2\"", Some("dev qa-2"));
        check("context:!prod", None);
        check("context:\"dev and test\"", None);
        check("context:\"(dev)\"", None);
        check("labels:\"context:dev\"", None);
        check("", None);
    }
}
