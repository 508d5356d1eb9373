//! Files whose names begin with a number: one file with both directions, or one for each.

use std::collections::BTreeMap;

use crate::import::change::{Change, Changes};
use crate::import::marker::Sections;
use crate::import::number::Number;
use crate::import::report::Note;
use crate::import::source::{Source, file_name};
use crate::import::text::Text;

/// How a tool spells the endings of two directions.
pub(super) const ENDINGS: [(&str, Direction); 2] =
    [(".up.sql", Direction::Up), (".down.sql", Direction::Down)];

/// Where a file leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    Up,
    Down,
}

/// Whether the tool runs a file without a number in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unnumbered {
    Runs,
    PassedOver,
}

/// What the tool's history calls a migration: by its number, and its file's name without the ending.
pub(super) type Key = fn(Option<&Number>, &str) -> String;

/// The number without zeros in front.
pub(super) fn by_number(number: Option<&Number>, stem: &str) -> String {
    number.map_or_else(|| stem.to_owned(), Number::canonical)
}

/// The digits as they are written.
pub(super) fn by_digits(number: Option<&Number>, stem: &str) -> String {
    number.map_or_else(|| stem.to_owned(), Number::written)
}

/// The name of the file.
pub(super) fn by_name(_: Option<&Number>, stem: &str) -> String {
    stem.to_owned()
}

/// Reads files in order of name, each with both directions in it.
pub(super) fn both_in_one<'a>(
    source: &Source,
    files: impl Iterator<Item = &'a str>,
    (key, unnumbered): (Key, Unnumbered),
    sections: impl Fn(&Text) -> Sections,
    changes: &mut Changes,
) {
    for file in files {
        let Some((number, name, stem)) = named(file, ".sql", unnumbered, changes) else {
            continue;
        };
        match source.text(file) {
            Ok(text) => {
                let sections = sections(&text);
                let mut change = Change::new(number.clone(), &name, sections.up)
                    .key(key(number.as_ref(), &stem))
                    .down(sections.down);
                change.refusals = sections.refusals;
                changes.changes.push(change);
            }
            Err(note) => changes.refuse_at(note),
        }
    }
}

/// Reads files in order of name, one for each direction.
pub(super) fn one_for_each<'a>(
    source: &Source,
    files: impl Iterator<Item = &'a str>,
    (key, unnumbered): (Key, Unnumbered),
    changes: &mut Changes,
) {
    let mut pairs: BTreeMap<(String, String), BTreeMap<Direction, Vec<String>>> = BTreeMap::new();
    for file in files {
        let ending = ENDINGS.iter().find(|(ending, _)| file.ends_with(ending));
        let (ending, direction) = ending.copied().unwrap_or((".sql", Direction::Up));
        if let Some((_, _, stem)) = named(file, ending, unnumbered, changes) {
            // A down file may be called otherwise than its up: the number tells.
            let mark = Number::leading(&stem).map(|(number, _)| number.canonical());
            let of_number = mark.as_ref().and_then(|mark| {
                let from = (mark.clone(), String::new());
                let known = pairs
                    .range(from..)
                    .take_while(|((known, _), _)| known == mark);
                let mut free = known.filter(|(_, pair)| !pair.contains_key(&direction));
                free.next().map(|(place, _)| place.clone())
            });
            let exact = (mark.unwrap_or_default(), stem);
            let place = match of_number {
                Some(near) if !pairs.contains_key(&exact) => near,
                _ => exact,
            };
            let pair = pairs.entry(place).or_default();
            pair.entry(direction).or_default().push(file.to_owned());
        }
    }
    let mut found: Vec<(String, BTreeMap<Direction, Vec<String>>)> = pairs
        .into_iter()
        .map(|((_, stem), pair)| (stem, pair))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, pair) in found {
        let first = |direction| pair.get(&direction).and_then(|files| files.first());
        for extra in pair.values().flat_map(|files| files.iter().skip(1)) {
            changes.refuse(
                extra,
                "another file has the same version and direction",
                "remove one of them",
            );
        }
        let (Some(up), down) = (first(Direction::Up), first(Direction::Down)) else {
            if let Some(down) = first(Direction::Down) {
                changes.orphans.push(down.clone());
            }
            continue;
        };
        let ending = ENDINGS.iter().find(|(ending, _)| up.ends_with(ending));
        let ending = ending.map_or(".sql", |(ending, _)| *ending);
        let Some((number, name, stem)) = named(up, ending, unnumbered, changes) else {
            continue;
        };
        let down = down.map(|down| source.text(down)).transpose();
        match (source.text(up), down) {
            (Ok(up), Ok(down)) => changes.changes.push(
                Change::new(number.clone(), &name, up)
                    .key(key(number.as_ref(), &stem))
                    .down(down),
            ),
            (up, down) => {
                let notes = up.err().into_iter().chain(down.err());
                notes.for_each(|note| changes.refuse_at(note));
            }
        }
    }
}

/// The number, the words and the stem of a file's name; what has another ending is passed over.
fn named(
    file: &str,
    ending: &str,
    unnumbered: Unnumbered,
    changes: &mut Changes,
) -> Option<(Option<Number>, String, String)> {
    let stem = file_name(file).strip_suffix(ending)?;
    match (Number::leading(stem), unnumbered) {
        (Some((number, name)), _) => Some((Some(number), name.to_owned(), stem.to_owned())),
        (None, Unnumbered::Runs) => Some((None, stem.to_owned(), stem.to_owned())),
        (None, Unnumbered::PassedOver) => {
            changes.leave_out(file, "its name begins with no number");
            None
        }
    }
}

/// Puts the changes in order of their numbers; equal ones stay in order of name.
pub(super) fn by_value(changes: &mut Changes) {
    changes.changes.sort_by(|a, b| a.number.cmp(&b.number));
}

/// Refuses the files with an ending of code whose names begin with a number.
pub(super) fn refuse_code<'a>(
    files: impl Iterator<Item = &'a str>,
    endings: &[&str],
    hint: &str,
    changes: &mut Changes,
) {
    for file in files {
        let name = file_name(file);
        let ending = endings.iter().find(|ending| name.ends_with(**ending));
        if let Some(ending) = ending
            && Number::leading(name).is_some()
            && !name.ends_with(&format!("_test{ending}"))
        {
            let message = format!("it is written in code ({ending}), not in SQL");
            changes.refuse(file, message, hint);
        }
    }
}

/// Refuses the lines of a text that hold something which the tool replaces before it runs them.
pub(super) fn refuse_lines(
    text: &Text,
    found: impl Fn(&str) -> Option<(String, String)>,
) -> Vec<Note> {
    let lines = text
        .numbered()
        .filter(|(_, content)| !content.trim_start().starts_with("--"));
    lines
        .filter_map(|(line, content)| {
            let (message, hint) = found(content)?;
            Some(Note::at(&text.file, line, message).hint(hint))
        })
        .collect()
}

/// The first `${name}` of a line.
pub(super) fn placeholder(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("${")?;
    rest.split_once('}').map(|(name, _)| name)
}

/// What to do about a placeholder.
pub(super) fn declare(name: &str) -> (String, String) {
    (
        format!("\"${{{name}}}\" is a placeholder, which the tool replaces"),
        "write its value; or convert with --partial, and declare it in migrator.toml".to_owned(),
    )
}
