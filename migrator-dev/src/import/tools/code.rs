//! Knex, whose migrations are programs: every one is told, with what makes SQL of it.

use crate::import::change::Changes;
use crate::import::source::{Source, file_name, folder_of};

use super::numbered::{self, Unnumbered};

fn numbered_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// Knex: JavaScript. SQL files of the same name beside it are taken.
pub(crate) fn knex(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    numbered::one_for_each(source, source.files(), style, &mut changes);
    for file in source.files() {
        let name = file_name(file);
        let code = [".js", ".ts", ".mjs", ".cjs"].into_iter();
        let Some(stem) = code
            .into_iter()
            .find_map(|ending| name.strip_suffix(ending))
        else {
            continue;
        };
        let folder = folder_of(file);
        let beside = [".sql", ".up.sql"].map(|ending| format!("{folder}{stem}{ending}"));
        if numbered_name(stem) && !beside.iter().any(|sql| source.has(sql)) {
            let hint = format!(
                "write its SQL beside it, as \"{stem}.up.sql\" and \"{stem}.down.sql\": `.toSQL()` of each builder has it"
            );
            changes.refuse(file, "it is written in JavaScript, not in SQL", &hint);
        }
    }
    changes.changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}
