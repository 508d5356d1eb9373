//! goose: `{number}_{name}.sql` with `-- +goose Up` and `-- +goose Down`, in order of number.

use std::cell::Cell;

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, annotation, sections};
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_number, Unnumbered::PassedOver);
    numbered::both_in_one(source, source.top(), style, split, &mut changes);
    let hint = "write what it does as SQL, under the same number";
    numbered::refuse_code(source.top(), &[".go"], hint, &mut changes);
    numbered::by_value(&mut changes);
    changes
}

fn split(text: &Text) -> Sections {
    let replaced = Cell::new(Replaced::No);
    sections(text, Without::Refused, |line| {
        let Some(words) = annotation(line, "+goose") else {
            return match replaced.get() {
                Replaced::Variables if variable(line) => Mark::Refused(
                    "the tool puts environment variables in here (ENVSUB)",
                    "write the value; or convert with --partial, and declare a placeholder in migrator.toml",
                ),
                _ => Mark::Line,
            };
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["up"] => Mark::Up(Marked::Not),
            ["down"] => Mark::Down(Marked::Not),
            ["no", "transaction"] => Mark::Outside,
            ["statementbegin" | "statementend"] => Mark::Noise,
            ["envsub", "on"] => {
                replaced.set(Replaced::Variables);
                Mark::Noise
            }
            ["envsub", "off"] => {
                replaced.set(Replaced::No);
                Mark::Noise
            }
            _ => Mark::Refused("an unknown annotation of goose", "remove it"),
        }
    })
}

/// Whether a line has something like `$NAME` in it, which is neither a comment nor a dollar quote.
fn variable(line: &str) -> bool {
    let quoted = line.contains("$$");
    !line.trim_start().starts_with("--") && !quoted && line.contains('$')
}

#[derive(Clone, Copy)]
enum Replaced {
    No,
    Variables,
}
