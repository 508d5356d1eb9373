//! Rails: its migrations are Ruby, but `structure.sql` is what they made, and names the versions in it.

use crate::import::change::{Change, Changes, Kind};
use crate::import::number::Number;
use crate::import::source::{Source, ends, file_name};
use crate::import::text::Text;

/// Tables that only Rails itself uses.
const OWN: [&str; 2] = ["schema_migrations", "ar_internal_metadata"];

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let mut covered: Vec<Number> = Vec::new();
    let structure = source
        .files()
        .find(|file| file_name(file) == "structure.sql");
    match structure.map(|file| source.text(file)) {
        Some(Ok(text)) => {
            covered = versions(&text);
            covered.sort();
            match covered.last() {
                Some(newest) => {
                    let mut change = Change::new(Some(newest.clone()), "structure", without_own(&text));
                    change.kind = Kind::Baseline;
                    changes.changes.push(change.key(newest.canonical()));
                }
                None => changes.refuse(
                    &text.file,
                    "it does not say which versions it holds",
                    "write it anew: `bin/rails db:schema:dump` with config.active_record.schema_format = :sql",
                ),
            }
        }
        Some(Err(note)) => changes.refuse_at(note),
        None => {}
    }
    for file in source.files().filter(|file| ends(file, "rb")) {
        let Some((number, _)) = Number::leading(file_name(file)) else {
            continue;
        };
        if covered.contains(&number) {
            changes.leave_out(file, "structure.sql has what it made");
        } else {
            let hint = "dump the schema as SQL: config.active_record.schema_format = :sql, then `bin/rails \
                        db:schema:dump`, and convert the folder `db`";
            changes.refuse(file, "it is written in Ruby, not in SQL", hint);
        }
    }
    changes
}

/// The versions that the last statement of the file inserts.
fn versions(text: &Text) -> Vec<Number> {
    let insert = text.sql.rfind("INSERT INTO \"schema_migrations\"");
    let rows = insert.and_then(|at| text.sql.get(at..)).unwrap_or("");
    rows.split('\'')
        .skip(1)
        .step_by(2)
        .filter_map(Number::parse)
        .collect()
}

/// Without the tables of Rails and the rows in them. pg_dump begins each object with `-- Name:`.
fn without_own(text: &Text) -> Text {
    let mut kept = Text::of(&text.file);
    let mut held: Vec<(usize, &str)> = Vec::new();
    let mut own = Part::Ours;
    for (line, content) in text.numbered() {
        if content.starts_with("INSERT INTO \"schema_migrations\"") {
            own = Part::Rails;
        } else if let Some(name) = content.strip_prefix("-- Name: ") {
            let name = name.split([' ', ';']).next().unwrap_or(name);
            own = if OWN.contains(&name) {
                Part::Rails
            } else {
                Part::Ours
            };
        } else if content.trim() == "--" && held.is_empty() {
            held.push((line, content));
            continue;
        }
        let heading = std::mem::take(&mut held);
        if own == Part::Ours {
            for (line, content) in heading {
                kept.push(line, content);
            }
            kept.push(line, content);
        }
    }
    kept
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Ours,
    Rails,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRUCTURE: &str = "SET x = 1;\n\n--\n-- Name: users; Type: TABLE\n--\n\nCREATE TABLE users (id int);\n\n--\n\
        -- Name: schema_migrations; Type: TABLE\n--\n\nCREATE TABLE schema_migrations (version text);\n\n--\n\
        -- Name: i; Type: INDEX\n--\n\nCREATE INDEX i ON users (id);\n\nSET search_path TO public;\n\n\
        INSERT INTO \"schema_migrations\" (version) VALUES\n('20240102000000'),\n('20240101000000');\n\n";

    #[test]
    fn a_structure_names_its_versions() {
        let found = versions(&Text::whole("f", STRUCTURE));
        let found: Vec<String> = found.iter().map(Number::canonical).collect();
        assert_eq!(found, ["20240102000000", "20240101000000"]);
    }

    #[test]
    fn what_is_rails_own_is_left_out() {
        let kept = without_own(&Text::whole("f", STRUCTURE)).sql;
        assert!(kept.contains("CREATE TABLE users") && kept.contains("CREATE INDEX i"));
        assert!(
            !kept.contains("schema_migrations") && kept.contains("search_path"),
            "{kept}"
        );
    }
}
