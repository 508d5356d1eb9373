//! refinery: its file names are ours, and its files stay as they are.

use crate::import::change::{Change, Changes, Kind};
use crate::import::number::Number;
use crate::import::source::{Source, file_name};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    for file in source.files() {
        let name = file_name(file);
        let Some((stem, ending)) = name.rsplit_once('.') else {
            continue;
        };
        let Some((head, words)) = stem.split_once("__") else {
            if ending == "sql" {
                changes.leave_out(file, "its name is not V{number}__{name}.sql");
            }
            continue;
        };
        let kind = match head.chars().next() {
            Some('V') => Kind::Versioned,
            Some('U') => Kind::Unordered,
            _ => continue,
        };
        let Some(number) = head.get(1..).and_then(Number::parse) else {
            continue;
        };
        match (ending, source.text(file)) {
            ("sql", Ok(up)) => {
                let key = number.canonical();
                let mut change = Change::new(Some(number), words, up).key(key);
                change.kind = kind;
                changes.changes.push(change);
            }
            ("sql", Err(note)) => changes.refuse_at(note),
            ("rs", _) => changes.refuse(
                file,
                "it is written in Rust, not in SQL",
                "write the SQL that it makes, under the same name",
            ),
            _ => {}
        }
    }
    changes.changes.sort_by(|a, b| a.number.cmp(&b.number));
    changes
}
