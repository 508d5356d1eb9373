//! dbmate: `-- migrate:up` and `-- migrate:down`, in order of the file's name.

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, annotation, sections};
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_digits, Unnumbered::PassedOver);
    numbered::both_in_one(source, source.top(), style, split, &mut changes);
    changes
}

fn split(text: &Text) -> Sections {
    sections(text, Without::Refused, |line| {
        // Here the comment has to begin the line.
        let words = annotation(line, "migrate:").filter(|_| line.starts_with("--"));
        let words: Option<Vec<&str>> = words
            .as_ref()
            .map(|words| words.iter().map(String::as_str).collect());
        let marked = |options: &[&str]| {
            if options.contains(&"transaction:false") {
                Marked::Outside
            } else {
                Marked::Not
            }
        };
        match words.as_deref() {
            Some(["up", options @ ..]) => Mark::Up(marked(options)),
            Some(["down", options @ ..]) => Mark::Down(marked(options)),
            _ => Mark::Line,
        }
    })
}
