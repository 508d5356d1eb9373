//! What the reader of our own files says of the converted ones, told of the lines that they come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use migrator_source::{Down, Finding, Folder, Place, Script};

use crate::failure::Failure;

use super::convert::Conversion;
use super::downs::Downs;
use super::report::{Note, Outcome};

/// Reads the converted files in a folder of their own, which is gone afterwards.
pub(super) fn check(conversion: &mut Conversion, downs: Downs) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new("could not write the converted files to check them").detail(error)
    };
    let folder = tempfile::tempdir().map_err(failed)?;
    for file in &conversion.files {
        fs::write(folder.path().join(&file.name), &file.sql).map_err(failed)?;
    }
    judge(conversion, folder.path(), downs);
    Ok(())
}

fn judge(conversion: &mut Conversion, folder: &Path, downs: Downs) {
    if conversion.files.is_empty() {
        return;
    }
    let reading = migrator_source::read(folder, "", &|_| false);
    let places: BTreeMap<String, usize> = (0..)
        .zip(&conversion.files)
        .map(|(at, file)| (file.name.clone(), at))
        .collect();
    let mut left_out = BTreeSet::new();
    for problem in &reading.problems {
        let of_a_down = |place: &Place| place.file.ends_with(".down.sql");
        if downs == Downs::Readable && problem.places.iter().all(of_a_down) {
            leave_out(conversion, &places, problem, &mut left_out);
        } else {
            refuse(conversion, &places, problem);
        }
    }
    for script in scripts(&reading.folder) {
        read_from_disk(conversion, &places, script);
    }
    conversion
        .files
        .retain(|file| !left_out.contains(&file.name));
    for entry in &mut conversion.entries {
        entry.files.retain(|file| !left_out.contains(file));
    }
}

/// A down that cannot be read is none; what is wrong first in it tells why.
fn leave_out(
    conversion: &mut Conversion,
    places: &BTreeMap<String, usize>,
    problem: &Finding,
    left_out: &mut BTreeSet<String>,
) {
    for place in &problem.places {
        let message = format!("its down is left out: {}", problem.message);
        let found = told(conversion, places, &place.file, place.line, &message);
        let file = place.file.trim_start_matches('/').to_owned();
        if let Some((entry, note)) = found
            && left_out.insert(file)
            && let Some(entry) = conversion.entries.get_mut(entry)
        {
            entry.notes.push(note);
        }
    }
}

/// Each file that a problem names is not converted; the first of them tells why.
fn refuse(conversion: &mut Conversion, places: &BTreeMap<String, usize>, problem: &Finding) {
    let mut first = true;
    for place in &problem.places {
        let Some((entry, mut note)) = told(
            conversion,
            places,
            &place.file,
            place.line,
            &problem.message,
        ) else {
            continue;
        };
        note.hint.clone_from(&problem.hint);
        let Some(entry) = conversion.entries.get_mut(entry) else {
            continue;
        };
        // Several places in one file are one problem; in several files each has to be mended.
        if first || entry.outcome != Outcome::NotConverted {
            entry.notes.push(note);
        }
        entry.outcome = Outcome::NotConverted;
        first = false;
    }
}

/// A note about a line of a converted file, at the line that it comes from.
fn told(
    conversion: &Conversion,
    places: &BTreeMap<String, usize>,
    file: &str,
    line: usize,
    message: &str,
) -> Option<(usize, Note)> {
    let at = places.get(file.trim_start_matches('/'))?;
    let made = conversion.files.get(*at)?;
    let place = line.saturating_sub(1).saturating_sub(made.header);
    let line = made.text.lines.get(place).or(made.text.lines.last());
    let note = Note::at(&made.text.file, line.copied().unwrap_or(1), message);
    Some((made.entry, note))
}

/// `COPY … FROM` a file is a statement of the server's, and the file need not be there.
fn read_from_disk(conversion: &mut Conversion, places: &BTreeMap<String, usize>, script: &Script) {
    for statement in &script.statements {
        let Some(text) = script.sql.get(statement.start..statement.end) else {
            continue;
        };
        let upper = text.to_ascii_uppercase();
        let words: Vec<&str> = upper.split_whitespace().collect();
        let copy = words.first() == Some(&"COPY");
        let from = words.windows(2).any(|pair| {
            matches!(pair, ["FROM", source] if source.starts_with('\'') || *source == "PROGRAM")
        });
        if copy && from {
            let line = script
                .sql
                .get(..statement.start)
                .map_or(0, |before| before.matches('\n').count())
                + 1;
            let message = "it reads a file of the server's machine";
            if let Some((entry, note)) = told(conversion, places, &script.file, line, message) {
                let note = note.hint("COPY … FROM stdin with the rows below it needs no file");
                if let Some(entry) = conversion.entries.get_mut(entry) {
                    entry.notes.push(note);
                }
            }
        }
    }
}

fn scripts(folder: &Folder) -> impl Iterator<Item = &Script> {
    let downs = folder
        .migrations
        .iter()
        .filter_map(|migration| match &migration.down {
            Down::Script(script) => Some(script),
            _ => None,
        });
    let repeatables = folder
        .repeatables
        .iter()
        .map(|repeatable| &repeatable.script);
    let baselines = folder
        .baselines
        .iter()
        .flat_map(|baseline| &baseline.scripts);
    let ups = folder.migrations.iter().map(|migration| &migration.up);
    ups.chain(downs).chain(repeatables).chain(baselines)
}
