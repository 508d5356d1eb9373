//! Prisma: a folder for each migration with `migration.sql`, in order of the folder's name.

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::source::{Source, file_name};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    for file in source.files() {
        let Some(folder) = file.strip_suffix("/migration.sql") else {
            continue;
        };
        let folder = file_name(folder);
        let (number, name) = match Number::leading(folder) {
            Some((number, name)) => (Some(number), name),
            None => (None, folder),
        };
        match source.text(file) {
            Ok(up) => changes
                .changes
                .push(Change::new(number, name, up).key(folder)),
            Err(note) => changes.refuse_at(note),
        }
    }
    changes.changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}
