//! From what a tool's folder holds to files of ours: versions, names, headers, and the report.

use migrator_source::{Mode, suited};
use std::fmt::Write as _;

use crate::failure::Failure;
use crate::timestamp;

use super::change::{Change, Changes, Kind};
use super::check;
use super::downs::Downs;
use super::report::{Entry, Note, Outcome};
use super::source::Source;
use super::text::{Marked, Text};
use super::tool::Tool;
use super::versions::{self, Origin, Version, Versions};

const OUTSIDE: &str = "-- migrator: no-transaction\n";

/// A name is cut so that the file name stays within what file systems take.
const LONGEST_NAME: usize = 180;

/// A folder of ours, not written yet, and what is to be said about it.
#[derive(Debug)]
pub(crate) struct Conversion {
    pub(crate) files: Vec<Made>,
    /// In the order in which they run; what is no migration comes last.
    pub(crate) entries: Vec<Entry>,
    /// Names in the tool's history that stand for nothing of ours.
    pub(crate) nothing: Vec<String>,
}

/// One file of ours.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) sql: String,
    /// How many lines stand above what the other tool's file held.
    pub(crate) header: usize,
    pub(crate) text: Text,
    /// Whose it is, in the list of entries.
    pub(crate) entry: usize,
}

impl Conversion {
    pub(crate) fn count(&self, outcome: Outcome) -> usize {
        let entries = self.entries.iter();
        entries.filter(|entry| entry.outcome == outcome).count()
    }

    /// What the other tool's history calls each migration, and its version with us.
    pub(crate) fn map(&self) -> Vec<(&str, i64)> {
        let keys = self.entries.iter();
        keys.filter_map(|entry| Some((entry.key.as_deref()?, entry.version?)))
            .collect()
    }
}

/// Converts a folder. What cannot be converted is among the entries.
pub(crate) fn convert(
    source: &Source,
    tool: Tool,
    versions: Versions,
    downs: Downs,
) -> Result<Conversion, Failure> {
    let mut found = tool.read(source);
    for file in std::mem::take(&mut found.orphans) {
        let message = "a down without its up";
        match downs {
            Downs::All => {
                found.refuse(&file, message, "add what it undoes, or remove the file");
            }
            Downs::Readable | Downs::None => found.leave_out(&file, message),
        }
    }
    let Changes {
        mut changes,
        others,
        nothing,
        orphans: _,
    } = found;
    if downs == Downs::None {
        for change in &mut changes {
            change.down = None;
        }
    }
    if changes.is_empty() && others.iter().all(|entry| entry.outcome == Outcome::LeftOut) {
        let tool = tool.name();
        let left: Vec<&str> = others.iter().map(|entry| entry.source.as_str()).collect();
        return Err(Failure::new(format!("the folder holds no migration of {tool}"))
            .detail(if left.is_empty() {
                "it holds no file with a name that the tool reads".to_owned()
            } else {
                format!("files that the tool passes over: {}", left.join(", "))
            })
            .hint("Name the folder in which the files lie, and the tool that runs them with --from."));
    }
    let versions = assigned(&changes, versions)?;
    let mut conversion = Conversion {
        files: Vec::new(),
        entries: Vec::new(),
        nothing,
    };
    for (change, version) in changes.into_iter().zip(versions) {
        conversion.add(change, version.as_ref(), tool);
    }
    conversion.entries.extend(others);
    check::check(&mut conversion, downs)?;
    for entry in &mut conversion.entries {
        if entry.outcome == Outcome::Converted && !entry.notes.is_empty() {
            entry.outcome = Outcome::Remark;
        }
    }
    Ok(conversion)
}

/// A version for each; repeatables have none, and a baseline may share one with the migration that it ends with.
fn assigned(changes: &[Change], versions: Versions) -> Result<Vec<Option<Version>>, Failure> {
    let mut places: Vec<Option<usize>> = Vec::with_capacity(changes.len());
    let mut numbers = Vec::new();
    let mut previous: Option<&Change> = None;
    for change in changes {
        if change.kind == Kind::Repeatable {
            places.push(None);
            continue;
        }
        let shared = previous.is_some_and(|previous| {
            let kinds = [previous.kind, change.kind];
            kinds.iter().filter(|kind| **kind == Kind::Baseline).count() == 1
                && previous.number.is_some()
                && previous.number == change.number
        });
        if !shared {
            numbers.push(change.number.as_ref());
        }
        places.push(numbers.len().checked_sub(1));
        previous = Some(change);
    }
    let found = versions::assign(&numbers, versions, &timestamp::ago)?;
    let versions = places.into_iter().map(|place| found.get(place?).cloned());
    Ok(versions.collect())
}

impl Conversion {
    /// The stem of a file, with a number behind it where two repeatables have one name.
    fn unused(&self, stem: &str) -> String {
        let taken = |stem: &str| {
            let name = format!("{stem}.sql");
            self.files.iter().any(|file| file.name == name)
        };
        let mut unused = stem.to_owned();
        let mut number = 2_u32;
        while stem.starts_with('R') && taken(&unused) {
            unused = format!("{stem}_{number}");
            number += 1;
        }
        unused
    }

    fn add(&mut self, change: Change, version: Option<&Version>, tool: Tool) {
        let entry = self.entries.len();
        let letter = match change.kind {
            Kind::Versioned => "V",
            Kind::Unordered => "U",
            Kind::Repeatable => "R",
            Kind::Baseline => "B",
        };
        let digits = version.map_or("", |version| &version.digits);
        let mut notes = change.remarks;
        notes.extend(tool.table().and_then(|table| naming(&change.up, table)));
        let stem = self.unused(&format!("{letter}{digits}__{}", name(&change.name)));
        let written = change.number.as_ref().map(super::number::Number::written);
        if let (
            Some(written),
            Some(Version {
                value,
                origin: Origin::Changed,
                ..
            }),
        ) = (written, version)
        {
            notes.push(change.up.note(format!("version {written} is {value} here")));
        }
        let mut files = Vec::new();
        let down = change.down.filter(|down| {
            if down.is_empty() {
                notes.push(down.note("its down does nothing, and is left out"));
            }
            !down.is_empty()
        });
        let alone = runs_outside(&change.up);
        let verify = change.verify.filter(|verify| {
            if alone {
                notes.push(verify.note(
                    "a migration outside a transaction has no verify script: it is left out",
                ));
            }
            !alone && !verify.is_empty()
        });
        let texts = [
            (".sql", Some(change.up)),
            (".down.sql", down),
            (".verify.sql", verify),
        ];
        let mut source = String::new();
        for (ending, text) in texts {
            let Some(text) = text else { continue };
            if source.is_empty() {
                source.clone_from(&text.file);
            }
            let outside = runs_outside(&text);
            if outside && text.marked == Marked::Not {
                notes.push(
                    text.note("it cannot run in a transaction: each statement commits by itself"),
                );
            }
            let mut header = String::new();
            if outside {
                header.push_str(OUTSIDE);
            }
            // What undoes it, and what checks it, go with it.
            if !change.only.is_empty() && ending == ".sql" {
                let _ = writeln!(header, "-- migrator: only({})", change.only.join(", "));
            }
            let sql = format!("{header}{}", text.sql);
            let header = header.lines().count();
            let name = format!("{stem}{ending}");
            files.push(name.clone());
            self.files.push(Made {
                name,
                sql,
                header,
                text,
                entry,
            });
        }
        let refused = !change.refusals.is_empty();
        let mut all: Vec<Note> = change.refusals;
        all.extend(notes);
        self.entries.push(Entry {
            source,
            key: change.key,
            version: version.map(|version| version.value),
            files,
            outcome: if refused {
                Outcome::NotConverted
            } else {
                Outcome::Converted
            },
            notes: all,
        });
    }
}

/// A note about the first line that names the table of the other tool.
fn naming(text: &Text, table: &str) -> Option<Note> {
    let mut lines = text.numbered();
    let (line, _) = lines.find(|(_, content)| {
        !content.trim_start().starts_with("--") && content.to_lowercase().contains(table)
    })?;
    let note = Note::at(
        &text.file,
        line,
        format!("it names {table}, the table of the other tool"),
    );
    Some(note.hint(
        "a new database has no such table; IF EXISTS, or a DO block that looks first, runs on both",
    ))
}

/// Whether a text runs statement by statement: it was told to, or cannot do otherwise.
fn runs_outside(text: &Text) -> bool {
    text.marked == Marked::Outside || suited(&text.sql) == Mode::NoTransaction
}

/// Letters, digits and underscores, as our file names have them.
fn name(written: &str) -> String {
    let ours = |c: char| c.is_alphanumeric() || c == '_';
    if written.len() <= LONGEST_NAME
        && written.chars().all(ours)
        && written.contains(char::is_alphanumeric)
    {
        return written.to_owned();
    }
    let words = written.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let mut name = words.join("_");
    while name.len() > LONGEST_NAME {
        name.pop();
    }
    if name.is_empty() {
        "migration".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ours() {
        assert_eq!(name("add-users (2nd)"), "add_users_2nd");
        assert_eq!(name("AddÜsers__2_"), "AddÜsers__2_");
        assert_eq!(name("--"), "migration");
        assert_eq!(name(&"é".repeat(200)).len(), LONGEST_NAME);
    }
}
