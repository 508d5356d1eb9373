//! Drizzle: the files that `meta/_journal.json` names, in its order. A file that it does not name is never run.

use serde_json::Value;

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::source::{Source, ends};

const JOURNAL: &str = "meta/_journal.json";

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let Some(tags) = tags(source, &mut changes) else {
        return changes;
    };
    for tag in &tags {
        let file = format!("{tag}.sql");
        let (number, name) = match Number::leading(tag) {
            Some((number, name)) => (Some(number), name),
            None => (None, tag.as_str()),
        };
        if !source.has(&file) {
            let message = format!("{JOURNAL} names it, and it is not there");
            changes.refuse(&file, message, "restore the file, or remove its entry");
            continue;
        }
        match source.text(&file) {
            Ok(up) => changes.changes.push(Change::new(number, name, up)),
            Err(note) => changes.refuse_at(note),
        }
    }
    for file in source.top().filter(|file| ends(file, "sql")) {
        let tag = file.strip_suffix(".sql").unwrap_or(file);
        if !tags.iter().any(|it| it == tag) {
            changes.leave_out(file, format!("{JOURNAL} does not name it"));
        }
    }
    changes
}

/// The names in the journal.
fn tags(source: &Source, changes: &mut Changes) -> Option<Vec<String>> {
    let journal = match source.text(JOURNAL) {
        Ok(journal) => journal,
        Err(note) => {
            let hint = "name the folder with the SQL files and `meta`; folders with a migration.sql each are read with \
                        --from prisma";
            changes.refuse_at(note.hint(hint));
            return None;
        }
    };
    let document: Option<Value> = serde_json::from_str(&journal.sql).ok();
    let entries = document
        .as_ref()
        .and_then(|it| it.get("entries")?.as_array());
    let tags = entries.and_then(|entries| {
        let tags = entries
            .iter()
            .map(|entry| Some(entry.get("tag")?.as_str()?.to_owned()));
        tags.collect::<Option<Vec<String>>>()
    });
    if tags.is_none() {
        let message = "it is no journal of Drizzle: its entries have no \"tag\"";
        changes.refuse(JOURNAL, message, "let drizzle-kit write it again");
    }
    tags
}
