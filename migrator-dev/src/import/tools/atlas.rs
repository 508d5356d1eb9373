//! Atlas: `{version}_{name}.sql` in order of name, with its directives; `atlas.sum` is not needed.

use crate::import::change::{Changes, Kind};
use crate::import::marker::Sections;
use crate::import::report::Note;
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_digits, Unnumbered::Runs);
    let files = source.top().filter(|file| !file.ends_with(".down.sql"));
    numbered::both_in_one(source, files, style, split, &mut changes);
    for file in source.top().filter(|file| file.ends_with(".down.sql")) {
        let refused = "Atlas does not pair files with a direction";
        changes.refuse(
            file,
            refused,
            "name it for golang-migrate: --from golang-migrate",
        );
    }
    for change in &mut changes.changes {
        if directives(&change.up).any(|(_, words)| words.starts_with("checkpoint")) {
            change.kind = Kind::Baseline;
        }
    }
    changes
}

/// The directives at the head of a file.
fn directives(text: &Text) -> impl Iterator<Item = (usize, &str)> {
    let head = text
        .numbered()
        .take_while(|(_, line)| line.trim().is_empty() || line.starts_with("--"));
    head.filter_map(|(number, line)| {
        let words = line.trim().strip_prefix("--")?.trim_start();
        Some((number, words.strip_prefix("atlas:")?.trim()))
    })
}

/// Whether a delimiter is more than white space or a comment: then the text would not be SQL without the tool.
fn in_the_way(delimiter: &str) -> bool {
    let delimiter = delimiter.trim().replace("\\n", "").replace("\\t", "");
    !matches!(delimiter.trim(), "" | ";") && !delimiter.trim().starts_with("--")
}

fn split(text: &Text) -> Sections {
    let mut sections = Sections {
        up: text.clone(),
        ..Sections::default()
    };
    for (line, words) in directives(text) {
        let mut refuse = |message: &str, hint: &str| {
            let note = Note::at(&text.file, line, message).hint(hint);
            sections.refusals.push(note);
        };
        if words.starts_with("txmode none") {
            sections.up.marked = Marked::Outside;
        } else if words.strip_prefix("delimiter").is_some_and(in_the_way) {
            refuse(
                "the file has a delimiter of its own",
                "end its statements with semicolons",
            );
        } else if words.starts_with("import") || words.starts_with("txtar") {
            refuse(
                "the file is made of several",
                "paste the statements of the others here",
            );
        }
    }
    sections
}
