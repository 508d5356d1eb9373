//! tern: `{number}_{name}.sql`, what undoes it below a line of its own; templates are no SQL.

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, sections};
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

const SEPARATOR: &str = "---- create above / drop below ----";
const OUTSIDE: &str = "---- tern: disable-tx ----";

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_number, Unnumbered::PassedOver);
    numbered::both_in_one(source, source.top(), style, split, &mut changes);
    numbered::by_value(&mut changes);
    changes
}

fn split(text: &Text) -> Sections {
    let mut found = sections(text, Without::AllUp, |line| {
        if line.contains(SEPARATOR) {
            Mark::Down(Marked::Not)
        } else if line.contains("{{") {
            Mark::Refused(
                "\"{{\" begins a template, which the tool fills in",
                "write what it stands for; what is meant as it is can stay: convert with --partial",
            )
        } else {
            Mark::Line
        }
    });
    // Each direction says so for itself; the line is a comment, and stays.
    mark(&mut found.up);
    found.down.iter_mut().for_each(mark);
    found
}

fn mark(text: &mut Text) {
    if text.sql.lines().any(|line| line == OUTSIDE) {
        text.marked = Marked::Outside;
    }
}
