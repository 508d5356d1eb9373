//! Diesel: a folder for each migration with `up.sql`, `down.sql` and perhaps `metadata.toml`, in order of version.

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::source::{Source, file_name};
use crate::import::text::Marked;

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    for file in source.files() {
        let Some(folder) = file.strip_suffix("/up.sql") else {
            continue;
        };
        let (version, name) = file_name(folder).split_once('_').unwrap_or((folder, ""));
        let version = version.replace('-', "");
        let down = format!("{folder}/down.sql");
        let down = source.has(&down).then(|| source.text(&down)).transpose();
        let metadata = format!("{folder}/metadata.toml");
        match (source.text(file), down) {
            (Ok(mut up), Ok(mut down)) => {
                let outside = source.optional(&metadata).is_some_and(|metadata| {
                    let mut lines = metadata.sql.lines();
                    lines.any(|line| {
                        line.replace(' ', "")
                            .starts_with("run_in_transaction=false")
                    })
                });
                if outside {
                    up.marked = Marked::Outside;
                    if let Some(down) = &mut down {
                        down.marked = Marked::Outside;
                    }
                }
                let number = Number::parse(&version);
                let change = Change::new(number, name, up).key(&*version).down(down);
                changes.changes.push(change);
            }
            (up, down) => {
                let notes = up.err().into_iter().chain(down.err());
                notes.for_each(|note| changes.refuse_at(note));
            }
        }
    }
    // Versions are compared as text.
    changes.changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}
