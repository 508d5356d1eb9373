//! The checked files as one history: versions are unique, and each down file and verify script has its migration.

use std::collections::BTreeMap;

use crate::baseline;
use crate::file_name::FileName;
use crate::finding::{Finding, Place};
use crate::folder::{Baseline, Down, Folder, Migration, Mode, Order};
use crate::header::Irreversible;
use crate::listing::Entry;
use crate::misplaced;
use crate::repeatable;
use crate::script::Checked;

/// One file with what became of it.
struct Part {
    order: Order,
    name: String,
    shown: String,
    checked: Checked,
}

impl Part {
    fn place(&self) -> Place {
        Place::whole(&self.shown)
    }
}

/// The files of a folder by what they are.
#[derive(Default)]
struct Parts {
    ups: BTreeMap<i64, Vec<Part>>,
    downs: BTreeMap<i64, Vec<Part>>,
    verifies: BTreeMap<i64, Vec<Part>>,
    baselines: BTreeMap<i64, Vec<Part>>,
    repeatables: BTreeMap<String, Vec<Part>>,
}

impl Parts {
    fn sorted(
        files: Vec<(Entry, String, Checked)>,
        environments: &[String],
        problems: &mut Vec<Finding>,
    ) -> Self {
        let mut parts = Self::default();
        for (entry, shown, checked) in files {
            misplaced::check(&entry.name, &checked, problems);
            misplaced::undeclared(&checked, environments, problems);
            let part = |order, name| Part {
                order,
                name,
                shown,
                checked,
            };
            match entry.name {
                FileName::Up {
                    order,
                    version,
                    name,
                } => parts
                    .ups
                    .entry(version)
                    .or_default()
                    .push(part(order, name)),
                FileName::Down {
                    order,
                    version,
                    name,
                } => parts
                    .downs
                    .entry(version)
                    .or_default()
                    .push(part(order, name)),
                FileName::Verify {
                    order,
                    version,
                    name,
                } => parts
                    .verifies
                    .entry(version)
                    .or_default()
                    .push(part(order, name)),
                FileName::Baseline { version, name } => {
                    parts
                        .baselines
                        .entry(version)
                        .or_default()
                        .push(part(Order::Versioned, name));
                }
                FileName::Repeatable { name } => {
                    parts
                        .repeatables
                        .entry(name.clone())
                        .or_default()
                        .push(part(Order::Versioned, name));
                }
            }
        }
        parts
    }

    /// Files beside a migration are called like it.
    fn match_names(&self, problems: &mut Vec<Finding>) {
        match_names(&self.ups, &self.downs, &DOWN, problems);
        match_names(&self.ups, &self.verifies, &VERIFY, problems);
    }
}

/// Puts the files of a folder together; what contradicts is a problem.
pub(crate) fn assemble(
    files: Vec<(Entry, String, Checked)>,
    environments: Vec<String>,
    problems: &mut Vec<Finding>,
) -> Folder {
    let parts = Parts::sorted(files, &environments, problems);
    parts.match_names(problems);
    let Parts {
        ups,
        downs,
        verifies,
        baselines,
        repeatables,
    } = parts;
    let mut folder = Folder {
        environments,
        ..Folder::default()
    };
    let mut downs = unique(downs, problems, |version| {
        (
            format!("version {version} has several down files"),
            "keep one of them",
        )
    });
    let mut verifies = unique(verifies, problems, |version| {
        (
            format!("version {version} has several verify scripts"),
            "keep one of them",
        )
    });
    let ups = unique(ups, problems, |version| {
        (
            format!("version {version} is used more than once"),
            "give each migration a version of its own",
        )
    });
    for (version, up) in ups {
        let beside = (downs.remove(&version), verifies.remove(&version));
        folder
            .migrations
            .extend(migration(version, up, beside, problems));
    }
    folder.baselines = all_baselines(baselines, problems);
    let repeatables = unique(repeatables, problems, |name| {
        (
            format!("repeatable \"{name}\" exists more than once"),
            "give each a name of its own",
        )
    });
    let repeatables = repeatables
        .into_iter()
        .map(|(name, part)| repeatable::Part {
            name,
            shown: part.shown,
            checked: part.checked,
        });
    folder.repeatables = repeatable::assemble(repeatables.collect(), problems);
    folder
}

fn all_baselines(parts: BTreeMap<i64, Vec<Part>>, problems: &mut Vec<Finding>) -> Vec<Baseline> {
    let baselines = parts.into_iter().filter_map(|(version, parts)| {
        let parts = parts.into_iter().map(|part| baseline::Part {
            name: part.name,
            shown: part.shown,
            checked: part.checked,
        });
        baseline::assemble(version, parts.collect(), problems)
    });
    baselines.collect()
}

/// The first of each; further ones are one problem that lists all.
fn unique<Key: Ord>(
    parts: BTreeMap<Key, Vec<Part>>,
    problems: &mut Vec<Finding>,
    describe: impl Fn(&Key) -> (String, &'static str),
) -> BTreeMap<Key, Part> {
    let mut first = BTreeMap::new();
    for (key, parts) in parts {
        if parts.len() > 1 {
            let (message, hint) = describe(&key);
            let mut finding = Finding::new(message).hint(hint);
            finding.places.extend(parts.iter().map(Part::place));
            problems.push(finding);
        }
        first.extend(parts.into_iter().next().map(|part| (key, part)));
    }
    first
}

/// What a file is called that stands beside a migration.
struct Beside {
    called: &'static str,
    ending: &'static str,
    does: &'static str,
}

const DOWN: Beside = Beside {
    called: "down file",
    ending: "down",
    does: "undoes",
};

const VERIFY: Beside = Beside {
    called: "verify script",
    ending: "verify",
    does: "verifies",
};

/// Each file beside a migration is called as that migration.
fn match_names(
    ups: &BTreeMap<i64, Vec<Part>>,
    others: &BTreeMap<i64, Vec<Part>>,
    beside: &Beside,
    problems: &mut Vec<Finding>,
) {
    let Beside {
        called,
        ending,
        does,
    } = beside;
    for (version, other) in others
        .iter()
        .flat_map(|(version, parts)| parts.iter().map(move |part| (version, part)))
    {
        let Some(ups) = ups.get(version) else {
            let finding =
                Finding::new(format!("version {version} has a {called} and no migration"));
            let hint = format!("add the migration that it {does}, or remove the file");
            problems.push(finding.hint(hint).at(other.place()));
            continue;
        };
        let Some(first) = ups.first() else { continue };
        if !ups
            .iter()
            .any(|up| up.name == other.name && up.order == other.order)
        {
            let finding = Finding::new(format!(
                "the {called} of version {version} is not called like its migration"
            ));
            let letter = if first.order == Order::Unordered {
                'U'
            } else {
                'V'
            };
            let digits: String = file_digits(&first.shown);
            let hint = format!(
                "rename it to \"{letter}{digits}__{}.{ending}.sql\"",
                first.name
            );
            problems.push(finding.hint(hint).at(other.place()).at(first.place()));
        }
    }
}

/// The version as the file spells it, with its zeros.
fn file_digits(shown: &str) -> String {
    let file_name = shown.rsplit('/').next().unwrap_or(shown);
    file_name
        .chars()
        .skip(1)
        .take_while(char::is_ascii_digit)
        .collect()
}

fn migration(
    version: i64,
    up: Part,
    (down, verify): (Option<Part>, Option<Part>),
    problems: &mut Vec<Finding>,
) -> Option<Migration> {
    let outside = matches!(&up.checked.script, Some(script) if script.mode == Mode::NoTransaction);
    if let Some(verify) = verify.as_ref().filter(|_| outside) {
        let finding = Finding::new(format!(
            "version {version} runs outside a transaction and has a verify script"
        ));
        let hint = "remove the script, or put it beside a later migration: it runs in the transaction of its own";
        problems.push(finding.hint(hint).at(verify.place()).at(up.place()));
    }
    if let (Some(Irreversible { place, .. }), Some(down)) = (&up.checked.irreversible, &down) {
        let finding = Finding::new(format!(
            "version {version} is irreversible and has a down file"
        ));
        let hint = "remove the directive or the down file";
        problems.push(finding.hint(hint).at(place.clone()).at(down.place()));
    }
    let down = match (
        up.checked.irreversible,
        down.and_then(|part| part.checked.script),
    ) {
        (_, Some(script)) => Down::Script(script),
        (Some(irreversible), None) => Down::Irreversible(irreversible.why),
        (None, None) => Down::Absent,
    };
    let accepted = up.checked.checksums;
    let checksum = *accepted.first()?;
    Some(Migration {
        version,
        name: up.name,
        order: up.order,
        up: up.checked.script?,
        down,
        verify: verify.and_then(|part| part.checked.script),
        only: up
            .checked
            .only
            .map_or_else(Vec::new, |only| only.environments),
        down_check: up.checked.down_check,
        checksum,
        accepted,
    })
}
