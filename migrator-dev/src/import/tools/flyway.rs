//! Flyway: `V{version}__{name}.sql`, `U` undoes a `V`, `R` is repeatable, `B` is a baseline; in order of version.

use crate::import::change::{Change, Changes, Kind};
use crate::import::number::Number;
use crate::import::source::{Source, file_name};
use crate::import::text::{Marked, Text};

use super::numbered;

/// Files that the tool runs around migrations.
const CALLBACKS: [&str; 3] = ["before", "after", "createSchema"];

/// A file that undoes a version.
struct Undo {
    number: Number,
    text: Text,
}

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let mut undos: Vec<Undo> = Vec::new();
    for file in source.files() {
        let name = file_name(file);
        if let Some((stem, ending @ ("java" | "kt" | "groovy" | "class"))) = name.rsplit_once('.') {
            if matches!(
                parse(stem),
                Some((Letter::Version | Letter::Repeatable, _, _))
            ) {
                let message = format!("it is written in code (.{ending}), not in SQL");
                changes.refuse(
                    file,
                    message,
                    "write what it does as SQL, under the same name",
                );
            }
            continue;
        }
        let Some(stem) = name.strip_suffix(".sql") else {
            continue;
        };
        let Some((letter, number, words)) = parse(stem) else {
            if CALLBACKS.iter().any(|word| stem.starts_with(word)) {
                let hint = "what is to run again whenever it changed can be an R__ file";
                changes.refuse(
                    file,
                    "a callback of Flyway: it runs around migrations",
                    hint,
                );
            } else {
                changes.leave_out(file, "its name is not one that Flyway runs");
            }
            continue;
        };
        let text = match source.text(file) {
            Ok(text) => configured(source, text),
            Err(note) => {
                changes.refuse_at(note);
                continue;
            }
        };
        match (letter, number) {
            (Letter::Undo, Some(number)) => undos.push(Undo { number, text }),
            (letter, number) => {
                let mut change = Change::new(number.clone(), words, text);
                change.key = number.as_ref().map(Number::written);
                change.kind = match letter {
                    Letter::Baseline => Kind::Baseline,
                    Letter::Repeatable => Kind::Repeatable,
                    Letter::Version | Letter::Undo => Kind::Versioned,
                };
                changes.changes.push(change);
            }
        }
    }
    for undo in undos {
        let mut versioned = changes.changes.iter_mut();
        let undone = versioned.find(|change| {
            change.kind == Kind::Versioned && change.number.as_ref() == Some(&undo.number)
        });
        match undone {
            Some(change) if change.down.is_none() => change.down = Some(undo.text),
            _ => {
                let hint = "add the V file that it undoes, or remove it";
                changes.refuse(&undo.text.file, "it undoes no version of its own", hint);
            }
        }
    }
    for change in &mut changes.changes {
        let texts = std::iter::once(&change.up).chain(&change.down);
        let notes = texts
            .filter(|text| replaces(source, text))
            .flat_map(|text| {
                numbered::refuse_lines(text, |line| {
                    numbered::placeholder(line).map(numbered::declare)
                })
            });
        change.refusals.extend(notes);
    }
    let place = |change: &Change| (change.kind == Kind::Repeatable, change.number.clone());
    changes
        .changes
        .sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name)));
    changes
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Letter {
    Version,
    Undo,
    Repeatable,
    Baseline,
}

/// The letter, the version and the words of a stem. A version has dots or single underscores in it.
fn parse(stem: &str) -> Option<(Letter, Option<Number>, &str)> {
    let (head, words) = stem.split_once("__").unwrap_or((stem, ""));
    let letter = match head.chars().next()? {
        'V' => Letter::Version,
        'U' => Letter::Undo,
        'B' => Letter::Baseline,
        'R' if head == "R" && !words.is_empty() => return Some((Letter::Repeatable, None, words)),
        _ => return None,
    };
    let number = Number::parse(&head.get(1..)?.replace('_', "."))?;
    Some((letter, Some(number), words))
}

/// A file beside the script may say that it runs outside a transaction.
fn configured(source: &Source, mut text: Text) -> Text {
    if says(source, &text, "executeInTransaction=false") {
        text.marked = Marked::Outside;
    }
    text
}

fn replaces(source: &Source, text: &Text) -> bool {
    !says(source, text, "placeholderReplacement=false")
}

fn says(source: &Source, text: &Text, setting: &str) -> bool {
    let beside = source.optional(&format!("{}.conf", text.file));
    beside.is_some_and(|conf| {
        let mut lines = conf.sql.lines();
        lines.any(|line| line.replace(' ', "").trim_start_matches("flyway.") == setting)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_flyway_reads_them() {
        let check = |stem, expected: Option<(&str, &str)>| {
            let found = parse(stem).map(|(_, number, words)| {
                (
                    number.map_or_else(String::new, |number| number.written()),
                    words,
                )
            });
            let expected = expected.map(|(number, words)| (number.to_owned(), words));
            assert_eq!(found, expected, "{stem}");
        };
        check("V1__a_b", Some(("1", "a_b")));
        check("V1_2.3__a", Some(("1.2.3", "a")));
        check("V001", Some(("001", "")));
        check("R__view", Some(("", "view")));
        check("U1.1__a", Some(("1.1", "a")));
        check("B2__base", Some(("2", "base")));
        check("Vx__a", None);
        check("afterMigrate__grants", None);
        check("schema", None);
    }
}
