//! Which files a changelog in XML or YAML includes, in order, and which change sets it holds itself.
//!
//! Lines are searched for what matters; nothing else of the two formats is understood.

use std::collections::BTreeSet;

use crate::import::change::Changes;
use crate::import::report::Note;
use crate::import::source::{Source, ends, folder_of};

const ENDINGS: [&str; 4] = [".xml", ".yaml", ".yml", ".json"];

/// The SQL files in the order in which the changelogs include them; those that none includes in order of name.
pub(super) fn order(source: &Source, changes: &mut Changes) -> Vec<String> {
    let mut logs: Vec<(String, Vec<String>)> = Vec::new();
    for file in source.files() {
        let log = ENDINGS.iter().any(|ending| file.ends_with(ending));
        if log
            && let Some(text) = source.optional(file)
            && text.sql.contains("databaseChangeLog")
        {
            let mut included = Vec::new();
            let mut kind = Include::File;
            let mut set = false;
            for (line, content) in text.numbered() {
                let trimmed = content.trim_start().trim_start_matches("- ");
                set |= trimmed.starts_with("<changeSet") || trimmed.starts_with("changeSet:");
                if trimmed.starts_with("<changeSet") || trimmed.starts_with("id:") && set {
                    let id = attribute(content, "id").unwrap_or("");
                    let message = format!("change set \"{id}\" is not written in SQL");
                    let hint =
                        "`liquibase update-sql` prints its SQL: put it into a formatted SQL file";
                    changes.refuse_at(Note::at(file, line, message).hint(hint));
                    set = false;
                }
                if content.contains("includeAll") {
                    kind = Include::All;
                } else if content.contains("include") {
                    kind = Include::File;
                }
                let name = if kind == Include::All { "path" } else { "file" };
                if let Some(path) = attribute(content, name) {
                    included.extend(resolve(source, file, path, kind));
                }
            }
            logs.push((file.to_owned(), included));
        }
    }
    let included: BTreeSet<&String> = logs.iter().flat_map(|(_, files)| files).collect();
    let mut ordered: Vec<String> = Vec::new();
    let roots = logs.iter().filter(|(file, _)| !included.contains(file));
    for (root, _) in roots {
        visit(root, &logs, &mut ordered, &mut BTreeSet::new());
    }
    for file in source.files().filter(|file| ends(file, "sql")) {
        if ordered.iter().all(|known| known != file) {
            ordered.push(file.to_owned());
        }
    }
    ordered
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Include {
    File,
    All,
}

fn visit<'a>(
    file: &'a str,
    includes: &'a [(String, Vec<String>)],
    ordered: &mut Vec<String>,
    within: &mut BTreeSet<&'a str>,
) {
    if ends(file, "sql") {
        if ordered.iter().all(|known| known != file) {
            ordered.push(file.to_owned());
        }
    } else if within.insert(file)
        && let Some((_, files)) = includes.iter().find(|(log, _)| log == file)
    {
        for file in files {
            visit(file, includes, ordered, within);
        }
    }
}

/// The value of `name="…"`, or of `name: …`.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    if let Some((_, rest)) = line.split_once(&format!("{name}=\"")) {
        return rest.split_once('"').map(|(value, _)| value);
    }
    let line = line
        .trim()
        .trim_start_matches("- ")
        .trim_matches([',', '{', '}', ' ']);
    let (key, value) = line.split_once(':')?;
    (key.trim().trim_matches('"') == name).then(|| value.trim().trim_matches(['"', '\'']))
}

/// The files that a path means: beside the changelog, or from a root that lies above our folder.
fn resolve(source: &Source, log: &str, path: &str, kind: Include) -> Vec<String> {
    let path = path
        .trim_start_matches("classpath:")
        .trim_start_matches("./");
    let beside = format!("{}{path}", folder_of(log));
    let matches = |file: &str, path: &str| match kind {
        Include::File => file == path,
        Include::All => file.starts_with(&format!("{}/", path.trim_end_matches('/'))),
    };
    let mut candidates = vec![beside, path.to_owned()];
    let mut rest = path;
    while let Some((_, shorter)) = rest.split_once('/') {
        candidates.push(shorter.to_owned());
        rest = shorter;
    }
    for candidate in candidates.iter().filter(|candidate| !candidate.is_empty()) {
        let found: Vec<String> = source
            .files()
            .filter(|file| *file != log && matches(file, candidate))
            .map(str::to_owned)
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_either_format() {
        assert_eq!(
            attribute("  <include file=\"a/b.sql\"/>", "file"),
            Some("a/b.sql")
        );
        assert_eq!(attribute("      file: 'a.sql'", "file"), Some("a.sql"));
        assert_eq!(attribute("  - path: changes/", "path"), Some("changes/"));
        assert_eq!(attribute("  - include:", "file"), None);
    }
}
