//! Alembic: the SQL that `alembic upgrade --sql` prints, cut at its `-- Running upgrade` lines; `downgrade` likewise.
//!
//! The order is that of the SQL, which is the order in which Alembic runs. Python files give names, and are told where
//! the SQL lacks them.

use std::collections::BTreeMap;

use crate::import::change::{Change, Changes};
use crate::import::source::{Source, ends};
use crate::import::text::{Marked, Text};

use super::revision::{order, revisions};

/// What one line says that a run goes to.
struct Step {
    direction: Direction,
    /// The revision that is applied, or undone.
    revision: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Upgrade,
    Downgrade,
}

/// Whether the transaction of the script is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Open,
    Closed,
}

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let revisions = revisions(source);
    let mut downs: BTreeMap<String, Text> = BTreeMap::new();
    for file in source.files().filter(|file| ends(file, "sql")) {
        let text = match source.text(file) {
            Ok(text) => text,
            Err(note) => {
                changes.refuse_at(note);
                continue;
            }
        };
        let sections = sections(&text);
        if sections.is_empty() {
            changes.leave_out(file, "it is no output of `alembic upgrade --sql`");
        }
        for (step, text) in sections {
            match step.direction {
                Direction::Upgrade if has(&changes, &step.revision) => {
                    let note = text.note(format!("revision {} comes a second time", step.revision));
                    changes.refuse_at(note.hint("keep one script of it"));
                }
                Direction::Downgrade => {
                    downs.insert(step.revision, text);
                }
                Direction::Upgrade => {
                    let known = revisions.get(&step.revision);
                    let name = known.map_or(step.revision.as_str(), |known| &known.name);
                    let name = if name.is_empty() {
                        &step.revision
                    } else {
                        name
                    };
                    let change = Change::new(None, name, text).key(&*step.revision);
                    changes.changes.push(change);
                }
            }
        }
    }
    for change in &mut changes.changes {
        change.down = change.key.as_ref().and_then(|key| downs.remove(key));
    }
    let present: Vec<Option<String>> = changes
        .changes
        .iter()
        .map(|change| change.key.clone())
        .collect();
    for revision in order(&revisions) {
        let Some(known) = revisions.get(&revision) else {
            continue;
        };
        if !present.contains(&Some(revision)) {
            let hint = "write the SQL of all of them into the folder: `alembic upgrade head --sql > upgrade.sql` and \
                        `alembic downgrade head:base --sql > downgrade.sql`";
            changes.refuse(
                &known.file,
                "it is written in Python, and the folder holds no SQL of it",
                hint,
            );
        }
    }
    changes
}

fn has(changes: &Changes, revision: &str) -> bool {
    let mut keys = changes.changes.iter().map(|change| change.key.as_deref());
    keys.any(|key| key == Some(revision))
}

/// The steps of a script with their SQL, without what keeps Alembic's own table.
fn sections(script: &Text) -> Vec<(Step, Text)> {
    let mut sections: Vec<(Step, Text)> = Vec::new();
    let mut transaction = Transaction::Closed;
    let mut before = Vec::new();
    for (line, content) in script.numbered() {
        if let Some(step) = step(content) {
            before.push(transaction);
            let mut text = Text::of(&script.file);
            // The line stays, as a comment that says which revision this was.
            text.push(line, content);
            sections.push((step, text));
            continue;
        }
        match content.trim() {
            "BEGIN;" => transaction = Transaction::Open,
            "COMMIT;" => transaction = Transaction::Closed,
            _ => {}
        }
        if let Some((_, text)) = sections.last_mut()
            && !of_the_tool(content)
        {
            text.push(line, content);
        }
    }
    for ((_, text), before) in sections.iter_mut().zip(before) {
        *text = arranged(text, before);
    }
    sections
}

/// `-- Running upgrade a -> b`: to `b`; `-- Running downgrade b -> a`: undoes `b`.
fn step(line: &str) -> Option<Step> {
    let words = line.trim().strip_prefix("-- Running ")?;
    let (direction, path) = words.split_once(' ')?;
    let (from, to) = path.split_once("->")?;
    let (direction, revision) = match direction {
        "upgrade" => (Direction::Upgrade, to),
        "downgrade" => (Direction::Downgrade, from),
        _ => return None,
    };
    // The description follows where the script has it; a merge has several parents.
    let revision = revision.trim().split([',', ' ']).next()?;
    Some(Step {
        direction,
        revision: revision.to_owned(),
    })
}

/// A statement that keeps `alembic_version`, which the tool writes on one line.
fn of_the_tool(line: &str) -> bool {
    let line = line.trim_start();
    ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "DROP TABLE "]
        .iter()
        .any(|words| {
            line.strip_prefix(words).is_some_and(|rest| {
                let table = rest.split([' ', ';']).next().unwrap_or(rest);
                table.rsplit('.').next() == Some("alembic_version")
            })
        })
}

/// A step has a transaction of its own with us. One that leaves the script's for a while runs as it is written.
fn arranged(text: &Text, before: Transaction) -> Text {
    let control = |line: &str| matches!(line.trim(), "BEGIN;" | "COMMIT;");
    let plain: Vec<&str> = text
        .sql
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let statement = |line: &&str| !control(line) && !line.starts_with("--");
    let first = plain.iter().position(statement).unwrap_or(plain.len());
    let last = plain.iter().rposition(statement).map_or(first, |at| at + 1);
    let within = plain.get(first..last).unwrap_or_default();
    if !within.iter().any(|line| control(line)) {
        return text.without(control);
    }
    let mut outside = Text {
        marked: Marked::Outside,
        ..Text::of(&text.file)
    };
    let mut transaction = before;
    if before == Transaction::Open {
        outside.push(text.lines.first().copied().unwrap_or(1), "BEGIN;\n");
    }
    let mut end = 1;
    for (line, content) in text.numbered() {
        match content.trim() {
            "BEGIN;" => transaction = Transaction::Open,
            "COMMIT;" => transaction = Transaction::Closed,
            _ => {}
        }
        outside.push(line, content);
        end = line;
    }
    if transaction == Transaction::Open {
        outside.push(end, "COMMIT;\n");
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &[(&str, &str)]) {
        let found = sections(&Text::whole("f", script));
        let shown: Vec<(&str, &str)> = found
            .iter()
            .map(|(step, text)| (step.revision.as_str(), text.sql.as_str()))
            .collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_script_is_cut_into_its_steps() {
        check(
            "BEGIN;\n\nCREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL\n);\n\n-- Running upgrade  -> a1\n\n\
             SELECT 1;\n\nINSERT INTO alembic_version (version_num) VALUES ('a1') RETURNING alembic_version.version_num;\n\n\
             -- Running upgrade a1 -> b2\n\nSELECT 2;\n\nUPDATE alembic_version SET version_num='b2' WHERE \
             alembic_version.version_num = 'a1';\n\nCOMMIT;\n\n",
            &[
                ("a1", "-- Running upgrade  -> a1\n\nSELECT 1;\n\n\n"),
                ("b2", "-- Running upgrade a1 -> b2\n\nSELECT 2;\n\n\n\n"),
            ],
        );
        check(
            "-- Running downgrade b2 -> a1\nSELECT 3;\nDELETE FROM app.alembic_version WHERE x;\nDROP TABLE alembic_version;\n",
            &[("b2", "-- Running downgrade b2 -> a1\nSELECT 3;\n")],
        );
        check(
            "-- Running upgrade a1, b2 -> c3\nDELETE FROM users;\n",
            &[(
                "c3",
                "-- Running upgrade a1, b2 -> c3\nDELETE FROM users;\n",
            )],
        );
    }

    #[test]
    fn a_step_that_leaves_the_transaction_is_kept_as_it_is() {
        check(
            "BEGIN;\n-- Running upgrade a -> b\nSELECT 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN;\n\
             -- Running upgrade b -> c\nSELECT 2;\nCOMMIT;\n",
            &[
                (
                    "b",
                    "BEGIN;\n-- Running upgrade a -> b\nSELECT 1;\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON t (a);\nBEGIN;\nCOMMIT;\n",
                ),
                ("c", "-- Running upgrade b -> c\nSELECT 2;\n"),
            ],
        );
    }
}
