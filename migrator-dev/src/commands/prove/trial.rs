//! A baseline that is not in the folder yet: what its migrations make, and whether it makes the same.

use std::path::Path;

use migrator::snapshot::{Extra, Scope, Snapshot};
use migrator::{Interrupt, Target};

use super::baselines;
use super::history::History;
use super::outcome::{Outcome, failed};
use super::place::Place;
use super::scratch::Scratch;
use super::walk::Walk;
use crate::commands::server::Choice;
use crate::failure::Failure;

/// The migrations that a baseline is to stand for, and a server to run them on.
pub(crate) struct Trial {
    history: History,
    place: Place,
    interrupt: Interrupt,
    to: i64,
}

/// What the migrations make.
pub(crate) struct Source<'s> {
    /// Where the database is.
    pub(crate) url: &'s str,
    /// Its schema, nothing left out.
    pub(crate) snapshot: &'s Snapshot,
}

impl Trial {
    /// Refuses what cannot become a baseline, all reasons at once, before anything is run.
    pub(crate) fn open(
        path: &Path,
        shown: &str,
        url: Option<&str>,
        server: &Choice,
        to: i64,
    ) -> Result<Self, Failure> {
        let history = History::read(path, shown)?;
        let problems = problems(&history, to);
        if !problems.is_empty() {
            return Err(Failure::new(format!(
                "the migrations up to {to} cannot become a baseline"
            ))
            .detail(problems.join("\n"))
            .hint("`migrator-dev prove` proves the folder; nothing was written."));
        }
        Ok(Self {
            interrupt: super::interrupt()?,
            place: Place::one(url, server)?,
            history,
            to,
        })
    }

    /// Runs the migrations, and calls with what they made.
    pub(crate) fn with<R>(
        &self,
        write: impl FnOnce(&Source<'_>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let scope = Scope {
            extras: vec![Extra::Comments, Extra::Grants],
            ..Scope::default()
        };
        let mut scratch =
            Scratch::create(&self.place, scope, &self.history.values, &self.interrupt)?;
        scratch
            .up(self.history.bundle, Target::Version(self.to))
            .map_err(|error| failed("the migrations fail".to_owned(), &error))?;
        let snapshot = scratch.snapshot()?;
        write(&Source {
            url: scratch.url(),
            snapshot: &snapshot,
        })
    }

    /// Compares the baseline that is in a copy of the folder with the migrations.
    pub(crate) fn compare(&self, copy: &Path, shown: &str) -> Result<(), Failure> {
        let history = History::read(copy, shown)?;
        let walk = Walk {
            place: &self.place,
            history: &history,
            interrupt: &self.interrupt,
            say: |_| {},
        };
        let base = history.baselines.iter().find(|it| it.version == self.to);
        let base = base.ok_or_else(|| Failure::new("the baseline cannot be read back"))?;
        let mut scratch = walk.scratch()?;
        scratch
            .up(history.bundle, Target::Head)
            .map_err(|error| failed("the migrations fail".to_owned(), &error))?;
        let head = scratch.snapshot()?;
        scratch
            .up(history.whole, Target::Head)
            .map_err(|error| failed("the repeatables fail".to_owned(), &error))?;
        let mut outcome = Outcome {
            version: self.place.version.clone(),
            proven: Vec::new(),
            baselines: Vec::new(),
            head,
            repeated: Vec::new(),
            whole: scratch.snapshot()?,
            commuting: Vec::new(),
            complaints: Vec::new(),
        };
        baselines::compare(&walk, base, &mut outcome)?;
        if outcome.complaints.is_empty() {
            return Ok(());
        }
        for complaint in &outcome.complaints {
            complaint.print();
        }
        Err(Failure::new(format!(
            "the baseline would not be equal to the migrations up to {}",
            self.to
        ))
        .hint(
            "Nothing was written. Write the baseline by hand; `migrator-dev prove` tells whether it is equal.",
        ))
    }
}

fn problems(history: &History, to: i64) -> Vec<String> {
    let mut problems = Vec::new();
    if history.baselines.iter().any(|it| it.version == to) {
        problems.push(format!("there is a baseline of version {to} already"));
    } else if history.migrations.iter().all(|it| it.version != to) {
        problems.push(format!("there is no migration of version {to}"));
    }
    let unproven: Vec<String> = history
        .proof
        .all_unproven()
        .iter()
        .map(ToString::to_string)
        .collect();
    if !unproven.is_empty() {
        problems.push(format!("not proven: {}", unproven.join(", ")));
    }
    let covered = history.migrations.iter().filter(|it| it.version <= to);
    for facts in covered.filter(|it| !it.only.is_empty()) {
        problems.push(format!(
            "{} is for {} only, and a baseline runs in every environment",
            facts.title(),
            facts.only.join(", ")
        ));
    }
    if !history.bundle.placeholders.is_empty() {
        problems.push(
            "the folder has placeholders, and a baseline would hold their values for a proof"
                .to_owned(),
        );
    }
    problems
}
