//! sql-migrate: `-- +migrate Up` and `-- +migrate Down`, in order of number, then of name.

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, annotation, sections};
use crate::import::source::{Source, file_name};
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    numbered::both_in_one(source, source.top(), style, split, &mut changes);
    numbered::by_value(&mut changes);
    for change in &mut changes.changes {
        // Its history holds the name of the file with its ending.
        change.key = Some(file_name(&change.up.file).to_owned());
    }
    changes
}

fn split(text: &Text) -> Sections {
    sections(text, Without::Refused, |line| {
        let Some(words) = annotation(line, "+migrate") else {
            return Mark::Line;
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let marked = |options: &[&str]| {
            if options.contains(&"notransaction") {
                Marked::Outside
            } else {
                Marked::Not
            }
        };
        match words.as_slice() {
            ["up", options @ ..] => Mark::Up(marked(options)),
            ["down", options @ ..] => Mark::Down(marked(options)),
            _ => Mark::Noise,
        }
    })
}
