//! What came of proving a folder on one server, and how differences read.

use migrator::difference::differences;
use migrator::snapshot::Snapshot;
use migrator_source::{Commuting, Proven, ProvenBaseline, Repeated};

use crate::failure::Failure;

/// How many differing objects are shown; the rest is counted.
const SHOWN: usize = 8;

/// What came of proving a folder on one server.
pub(super) struct Outcome {
    /// The server's version.
    pub(super) version: String,
    /// What was found, in order of version; all of it where there is no complaint.
    pub(super) proven: Vec<Proven>,
    /// What was found of the baselines, in order of version.
    pub(super) baselines: Vec<ProvenBaseline>,
    /// The schema after the last migration.
    pub(super) head: Snapshot,
    /// What was found of the repeatables, in the order in which they run.
    pub(super) repeated: Vec<Repeated>,
    /// The schema after the last of them.
    pub(super) whole: Snapshot,
    /// Which migrations may come late, and after which newer one.
    pub(super) commuting: Vec<Commuting>,
    /// What stands in the way.
    pub(super) complaints: Vec<Failure>,
}

impl Outcome {
    /// What two servers disagree about, if they do.
    pub(super) fn disagrees(&self, other: &Self) -> Option<Failure> {
        let (label, ours, theirs) = self.differing(other)?;
        let failure = Failure::new(format!(
            "after {label} the schema is not the same on PostgreSQL {} and {}",
            self.version, other.version
        ));
        let surplus = |a: &[String], b: &[String], version: &str| {
            let lines = a.iter().filter(|line| !b.contains(line));
            lines
                .take(SHOWN)
                .map(|line| format!("{version}: {line}"))
                .collect::<Vec<_>>()
        };
        let mut lines = surplus(ours, theirs, &self.version);
        lines.extend(surplus(theirs, ours, &other.version));
        Some(
            failure
                .detail(lines.join("\n"))
                .hint("Prove on the version that runs in production, or write it for both."),
        )
    }
}

impl Outcome {
    /// The first step after which two servers differ, and what it changed on each.
    fn differing<'o>(&'o self, other: &'o Self) -> Option<(String, &'o [String], &'o [String])> {
        let migrations = self.proven.iter().zip(&other.proven);
        let migration = migrations
            .filter(|(ours, theirs)| ours.fingerprint != theirs.fingerprint)
            .map(|(ours, theirs)| {
                let label = format!("{} \"{}\"", ours.version, ours.name);
                (label, ours.changes.as_slice(), theirs.changes.as_slice())
            })
            .next();
        let repeatables = self.repeated.iter().zip(&other.repeated);
        migration.or_else(|| {
            repeatables
                .filter(|(ours, theirs)| ours.fingerprint != theirs.fingerprint)
                .map(|(ours, theirs)| {
                    let label = format!("R \"{}\"", ours.name);
                    (label, ours.changes.as_slice(), theirs.changes.as_slice())
                })
                .next()
        })
    }
}

/// Every object that differs, as expected and as found.
pub(super) fn explained(expected: &Snapshot, found: &Snapshot) -> String {
    let all = differences(expected, found);
    let mut lines: Vec<String> = Vec::new();
    for difference in all.iter().take(SHOWN) {
        lines.push(format!(
            "{} {}: {}",
            difference.fault.word(),
            difference.kind,
            difference.name
        ));
        if let (Some(expected), Some(found)) = (&difference.expected, &difference.found) {
            lines.extend(differing(expected, found));
        }
    }
    if all.len() > SHOWN {
        lines.push(format!("and {} more", all.len() - SHOWN));
    }
    lines.join("\n")
}

/// The lines that only one of two definitions has.
fn differing(expected: &str, found: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> {
        let trimmed = text.lines().map(|it| it.trim().trim_end_matches(','));
        trimmed.map(str::to_owned).collect()
    };
    let (expected, found) = (lines(expected), lines(found));
    let only = |these: &[String], those: &[String], word: &str| -> Vec<String> {
        let surplus = these.iter().filter(|line| !those.contains(line));
        surplus.map(|line| format!("    {word}: {line}")).collect()
    };
    let mut shown = only(&expected, &found, "expected");
    shown.extend(only(&found, &expected, "found"));
    if shown.is_empty() {
        shown.push("    the same lines in another order".to_owned());
    }
    shown
}

/// A failure of the engine while a migration was run.
pub(super) fn failed(message: String, error: &migrator::Error) -> Failure {
    let mut detail = vec![error.to_string()];
    if let Some(excerpt) = error.failure().and_then(|failure| failure.excerpt.as_ref()) {
        detail.push(excerpt.to_string());
    }
    detail.extend(error.detail().iter().cloned());
    let failure = Failure::new(message).detail(detail.join("\n"));
    let sqlstate = error
        .failure()
        .and_then(|failure| failure.sqlstate.as_deref());
    let no_extension = error.to_string().contains("extension")
        && matches!(sqlstate, Some("0A000" | "58P01" | "42704"));
    match (no_extension, sqlstate, error.hint()) {
        (true, ..) => failure.hint(
            "Install the extension where the scratch server's programs are, or name a server that has it with --url.",
        ),
        // What a server does not know may be newer than the server.
        (false, Some("42601" | "42704" | "42883"), _) => failure.hint(
            "Correct it, or prove on a newer server, if it needs one: --major or --url.",
        ),
        (false, _, Some(hint)) => failure.hint(hint),
        (false, _, None) => failure,
    }
}
