//! Lint: what is well formed and dangerous all the same.
//!
//! `observe` looks at each text by itself, once; `judge` goes through the history and decides what is a finding. Reading
//! a folder does not lint it: the macro and the workbench ask for it.

mod configuration;
mod cursor;
mod effect;
mod history;
mod judge;
mod memory;
mod newer;
mod object;
mod observe;
mod proof;
mod routine;
pub(crate) mod rules;
mod search_path;
mod squawk;
mod undo;

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use judge::Judge;
use memory::Memory;
use rules::{Level, Rule, Source};

use crate::digest::hex;
use crate::finding::{Finding, Severity};
use crate::folder::{Down, Folder, Script};
use crate::place::Text;
use crate::reading::position;
use crate::{listing, placeholder, workers};

/// The form of what is remembered; it changes whenever something else is observed.
const FORM: &str = "1";

const ABSENT: [io::ErrorKind; 2] = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];

/// What lint has against a folder.
#[derive(Clone, Debug, Default)]
pub struct Linting {
    /// What is dangerous, and what is wrong in `migrator.toml`, in order of file and line.
    pub problems: Vec<Finding>,
    /// What is odd, in the same order.
    pub warnings: Vec<Finding>,
    /// What to give as `memory` next time.
    pub memory: Vec<u8>,
}

/// A folder's own files about lint.
#[derive(Clone, Copy, Debug, Default)]
struct Papers<'a> {
    configuration: Option<&'a str>,
    lock: Option<&'a str>,
}

/// Lints what was read from the folder at `root`. Messages call it `shown_as`.
///
/// `memory` is what an earlier linting of the same folder returned, or nothing; it saves the parser for every file that
/// has not changed since.
#[must_use]
pub fn lint(root: &Path, shown_as: &str, folder: &Folder, memory: &[u8]) -> Linting {
    let mut unreadable = Vec::new();
    let mut paper = |name: &str| match fs::read_to_string(root.join(name)) {
        Ok(text) => Some(text),
        // Where there is no folder, its reader says so.
        Err(error) if ABSENT.contains(&error.kind()) => None,
        Err(error) => {
            unreadable.push(listing::unreadable(format!("{shown_as}/{name}"), &error));
            None
        }
    };
    let (configuration, lock) = (paper("migrator.toml"), paper("migrator.lock"));
    let papers = Papers {
        configuration: configuration.as_deref(),
        lock: lock.as_deref(),
    };
    let mut linting = with_papers(shown_as, folder, papers, memory);
    linting.problems.append(&mut unreadable);
    linting
}

fn with_papers(shown_as: &str, folder: &Folder, papers: Papers<'_>, memory: &[u8]) -> Linting {
    let mut linting = Linting::default();
    let file = format!("{shown_as}/migrator.toml");
    let text = Text {
        file: &file,
        sql: papers.configuration.unwrap_or_default(),
    };
    let configuration = configuration::read(text, &mut linting.problems);
    let looked_for: Vec<&'static Rule> = rules::all()
        .filter(|rule| rule.source == Source::Squawk)
        .filter(|rule| !matches!(configuration.level(rule), Level::Allow | Level::Settled))
        .collect();
    let names: Vec<&str> = looked_for.iter().map(|rule| rule.name).collect();
    // What stands for a placeholder depends on how it is declared.
    let declared = folder
        .placeholders
        .iter()
        .map(|it| format!(" {}:{:?}", it.name, it.quoting));
    let known_as = format!(
        "{FORM} {} {}{}",
        crate::PARSER_VERSION,
        names.join(" "),
        declared.collect::<String>()
    );

    let mut memory = Memory::decode(memory, &known_as);
    let mut observed = BTreeMap::new();
    let mut unseen = Vec::new();
    for script in scripts(folder) {
        let sha256 = hex(&script.sha256);
        match memory.take(&sha256) {
            Some(known) => {
                observed.insert(sha256, known);
            }
            None if observed.contains_key(&sha256) => {}
            None => unseen.push((sha256, script)),
        }
    }
    let seen = workers::map(&unseen, |(_, script)| {
        let sql = placeholder::masked(&script.sql, &script.spots);
        observe::observe(&sql, script.mode, &looked_for)
    });
    for ((sha256, _), seen) in unseen.into_iter().zip(seen) {
        // A linter that panics has nothing to say of a file.
        observed.insert(sha256, seen.unwrap_or_default());
    }

    let proven = proof::read(papers.lock.unwrap_or_default());
    let judge = Judge {
        shown_as,
        configuration: &configuration,
        proven: &proven,
        observed: &observed,
    };
    let (mut problems, warnings) = judge
        .judge(folder)
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    linting.problems.append(&mut problems);
    linting.problems.sort_by_cached_key(position);
    linting.warnings = warnings;
    linting.warnings.sort_by_cached_key(position);
    linting.memory = Memory::encode(known_as, observed);
    linting
}

fn scripts(folder: &Folder) -> impl Iterator<Item = &Script> {
    let migrations = folder.migrations.iter().flat_map(|migration| {
        let down = match &migration.down {
            Down::Script(script) => Some(script),
            Down::Absent | Down::Irreversible(_) => None,
        };
        std::iter::once(&migration.up).chain(down)
    });
    migrations.chain(folder.repeatables.iter().map(|it| &it.script))
}

#[cfg(test)]
mod tests;
