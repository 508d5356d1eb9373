//! graphile-migrate: `committed/{number}.sql` in order of name; `current.sql` is not committed yet.

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, sections};
use crate::import::source::{Source, file_name};
use crate::import::text::Text;

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let committed = |file: &&str| file.starts_with("committed/") || !file.contains('/');
    let current = |file: &&str| file_name(file) == "current.sql" || file.starts_with("current/");
    let files = source.files().filter(committed);
    let files = files.filter(|file| !current(file));
    let style: (numbered::Key, Unnumbered) = (by_file, Unnumbered::PassedOver);
    numbered::both_in_one(source, files, style, split, &mut changes);
    for file in source.files().filter(current) {
        if !source.optional(file).is_none_or(|text| text.is_empty()) {
            let hint = "commit it first: graphile-migrate commit";
            changes.refuse(file, "it is not committed yet", hint);
        }
    }
    changes
}

fn by_file(_: Option<&crate::import::number::Number>, stem: &str) -> String {
    format!("{stem}.sql")
}

fn split(text: &Text) -> Sections {
    let mut found = sections(text, Without::AllUp, |line| {
        let Some(words) = line.trim().strip_prefix("--!") else {
            return if line.contains(":DATABASE_") {
                Mark::Refused(
                    "a placeholder, which the tool replaces",
                    "write its value; or convert with --partial, and declare it in migrator.toml",
                )
            } else {
                Mark::Line
            };
        };
        match words.trim() {
            "no-transaction" => Mark::Outside,
            words if words.starts_with("include") => Mark::Refused(
                "it includes another file",
                "paste the statements of that file here",
            ),
            _ => Mark::Noise,
        }
    });
    found.down = None;
    found
}
