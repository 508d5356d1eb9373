//! A folder, read and checked in one pass: everything that is wrong with it is found at once.

use std::path::Path;

use crate::assemble::assemble;
use crate::baseline;
use crate::file_name::FileName;
use crate::finding::{Finding, Place};
use crate::folder::Folder;
use crate::script::{self, Checked};
use crate::{listing, settings, workers};

/// What a folder holds, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The scripts. With problems present it holds what could be read, and nothing should be run from it.
    pub folder: Folder,
    /// What makes the folder unusable, in order of file and line.
    pub problems: Vec<Finding>,
    /// What is odd, in the same order.
    pub warnings: Vec<Finding>,
    /// SHA-256 of every text whose syntax is known to be good now: what to answer `true` for next time.
    pub checked: Vec<[u8; 32]>,
}

/// Reads a folder. Messages call it `shown_as`.
///
/// `accepted_before` says of a SHA-256 whether an earlier reading found the syntax of that text good. It saves the
/// parser, which takes most of the time; everything else is always checked.
#[must_use]
pub fn read(
    folder: &Path,
    shown_as: &str,
    accepted_before: &(dyn Fn(&[u8; 32]) -> bool + Sync),
) -> Reading {
    let mut problems = Vec::new();
    let entries = listing::list(folder, shown_as, &mut problems);
    if problems.is_empty()
        && !entries
            .iter()
            .any(|entry| matches!(entry.name, FileName::Up { .. } | FileName::Baseline { .. }))
    {
        let finding = Finding::new(format!("folder \"{shown_as}\" holds no migration"));
        problems.push(finding.hint("add one, such as \"V1__first.sql\""));
    }
    let shown = |file: &str| format!("{shown_as}/{file}");
    // What is wrong with the file itself, the reader of the settings says.
    let settings = settings::settings(folder, shown_as).ok();
    let declared = settings.as_ref().map(|it| it.placeholders.as_slice());
    let results = workers::map(&entries, |entry| {
        script::read(entry, &shown(&entry.file), declared, accepted_before)
    });
    let settings = settings.unwrap_or_default();

    let mut warnings = Vec::new();
    let mut checked = Vec::new();
    let mut files = Vec::with_capacity(entries.len());
    for (entry, result) in entries.into_iter().zip(results) {
        let shown = shown(&entry.file);
        let mut result = result.unwrap_or_else(|| gave_up(&shown));
        problems.append(&mut result.problems);
        warnings.append(&mut result.warnings);
        checked.extend(result.accepted);
        files.push((entry, shown, result));
    }
    let mut folder = assemble(files, settings.environments, &mut problems);
    folder.placeholders = settings.placeholders;
    problems.extend(baseline::bound_to_environments(&folder, shown_as));
    problems.sort_by_cached_key(position);
    warnings.sort_by_cached_key(position);
    checked.sort_unstable();
    checked.dedup();
    Reading {
        folder,
        problems,
        warnings,
        checked,
    }
}

pub(crate) fn position(finding: &Finding) -> Option<(String, usize, usize)> {
    finding
        .places
        .first()
        .map(|place| (place.file.clone(), place.line, place.column))
}

/// The parser panicked, or there was no thread to run it on.
fn gave_up(shown: &str) -> Checked {
    let finding = Finding::new("the file could not be analysed");
    let finding = finding.hint(
        "this is a defect of the parser; add -- migrator: allow(syntax) \"why\" to go around it",
    );
    Checked {
        problems: vec![finding.at(Place::whole(shown))],
        ..Checked::default()
    }
}

#[cfg(test)]
mod tests;
