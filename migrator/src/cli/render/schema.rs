//! How schemas compare, as text for people: what differs, and SQL that a person could review. Prints nothing itself.

use std::fmt::Write as _;

use crate::difference::{Difference, Fault};
use crate::verify::{Identified, Identity};

/// Every object that is not as proven, with the lines that differ: `-` as proven, `+` as found.
pub(super) fn differing(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}: {} {}",
            difference.fault.word(),
            difference.kind,
            difference.name
        );
        let (expected, found) = (
            lines(difference.expected.as_ref()),
            lines(difference.found.as_ref()),
        );
        if difference.fault == Fault::Different && !expected.is_empty() {
            for line in expected.iter().filter(|line| !found.contains(line)) {
                let _ = writeln!(text, "  - {}", line.trim());
            }
            for line in found.iter().filter(|line| !expected.contains(line)) {
                let _ = writeln!(text, "  + {}", line.trim());
            }
        }
    }
    text
}

fn lines(definition: Option<&String>) -> Vec<&str> {
    definition
        .map(|definition| {
            definition
                .lines()
                .map(|line| line.trim_end_matches(','))
                .collect()
        })
        .unwrap_or_default()
}

/// SQL that would remove the differences, for a person to review.
pub(super) fn explained(differences: &[Difference]) -> String {
    let mut text = String::from(
        "-- What would make this schema the proven one. Nothing of it was run: review it, and put it into a migration\n\
         -- if the history is what is wrong. Statements that lose data are comments.\n",
    );
    for difference in differences {
        let _ = writeln!(
            text,
            "\n-- {}: {} {}",
            difference.fault.word(),
            difference.kind,
            difference.name
        );
        match difference.fault {
            Fault::Different if difference.kind == "table" => text.push_str(&altered(difference)),
            fault => {
                if fault != Fault::Missing {
                    text.push_str(&dropped(difference));
                }
                if fault != Fault::Unexpected {
                    text.push_str(&made(difference));
                }
            }
        }
    }
    text
}

fn made(difference: &Difference) -> String {
    match &difference.expected {
        Some(definition) => format!("{definition};\n"),
        None => "-- Its definition is known for the newest proven version only: see schema.sql of that release.\n"
            .to_owned(),
    }
}

fn dropped(difference: &Difference) -> String {
    let Difference { kind, name, .. } = difference;
    let parent = || name.rsplit_once('.').unwrap_or(("", name));
    match kind.as_str() {
        "table" | "view" | "sequence" | "schema" | "type" | "domain" | "extension" => {
            let materialized = difference
                .found
                .as_ref()
                .is_some_and(|found| found.starts_with("CREATE MATERIALIZED"));
            let word = if materialized {
                "MATERIALIZED VIEW".to_owned()
            } else {
                kind.to_uppercase()
            };
            format!("-- DROP {word} {name};\n")
        }
        "index" | "statistics" | "aggregate" => format!("DROP {} {name};\n", kind.to_uppercase()),
        "function" => format!("DROP ROUTINE {name};\n"),
        "constraint" => {
            let (table, constraint) = parent();
            format!("ALTER TABLE {table} DROP CONSTRAINT {constraint};\n")
        }
        "trigger" | "rule" | "policy" => {
            let (table, own) = parent();
            format!("DROP {} {own} ON {table};\n", kind.to_uppercase())
        }
        "row security" => format!("ALTER TABLE {name} DISABLE ROW LEVEL SECURITY;\n"),
        _ => format!("-- Remove {kind} {name}.\n"),
    }
}

/// The columns that differ, one statement each.
fn altered(difference: &Difference) -> String {
    let (expected, found) = (
        lines(difference.expected.as_ref()),
        lines(difference.found.as_ref()),
    );
    if expected.is_empty() {
        return made(difference);
    }
    let table = &difference.name;
    let mut text = String::new();
    for line in expected.iter().filter(|line| !found.contains(line)) {
        let column = column_of(line);
        let _ = match found.iter().find(|other| column_of(other) == column) {
            Some(other) if column.is_some() => writeln!(
                text,
                "-- ALTER TABLE {table} ALTER COLUMN …: \"{}\" should be \"{}\".",
                other.trim(),
                line.trim()
            ),
            _ if column.is_some() => {
                writeln!(text, "ALTER TABLE {table} ADD COLUMN {};", line.trim())
            }
            _ => writeln!(text, "-- It should be \"{}\".", line.trim()),
        };
    }
    for line in found.iter().filter(|line| !expected.contains(line)) {
        if let Some(column) = column_of(line)
            && !expected
                .iter()
                .any(|other| column_of(other) == Some(column))
        {
            let _ = writeln!(text, "-- ALTER TABLE {table} DROP COLUMN {column};");
        }
    }
    text
}

/// The column that a line of a table describes.
fn column_of(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("    ")?;
    let end = match rest.strip_prefix('"') {
        Some(quoted) => quoted.find("\" ").map(|at| at + 2),
        None => rest.find(' '),
    };
    rest.get(..end?)
}

/// Which version a schema corresponds to.
pub(super) fn identity(found: &Identified) -> String {
    match &found.identity {
        Identity::Empty => "Nothing is there in the schemas of this history.\n".to_owned(),
        Identity::Exactly(exactly) => {
            let versions: Vec<String> = exactly.iter().map(i64::to_string).collect();
            let newest = versions.last().cloned().unwrap_or_default();
            let told = match found.recorded {
                None => format!("If that is its history: `migrator stamp {newest}`."),
                Some(recorded) if exactly.contains(&recorded) => {
                    format!("Its history says {recorded} as well.")
                }
                Some(recorded) => format!(
                    "Its history says {recorded}; `migrator verify` says what differs from that."
                ),
            };
            format!(
                "The schema is the one after {}.\n{told}\n",
                versions.join(", and the one after ")
            )
        }
        Identity::Unlike => {
            "The schema is that of no version, and resembles none: nothing of this history is there.\n"
                .to_owned()
        }
        Identity::Nearest {
            version,
            differences,
        } => format!(
            "The schema is that of no version; nearest is {version}, from which {} differ{}:\n{}",
            match differences.len() {
                1 => "1 object".to_owned(),
                count => format!("{count} objects"),
            },
            if differences.len() == 1 { "s" } else { "" },
            differing(differences)
        ),
    }
}
