//! The way through a history: what has not changed at once, each further migration on its own.
//!
//! What is done with one migration is `round`; other ways through the same history are `orders`.

use std::time::{Duration, Instant};

use migrator::snapshot::Snapshot;
use migrator::{Interrupt, Target};
use migrator_source::Proven;

use super::history::{Facts, History, Known};
use super::outcome::{Outcome, failed};
use super::place::Place;
use super::round::{self, Round};
use super::scratch::Scratch;
use super::{baselines, commuting, environments, orders, repeatables, scope};
use crate::failure::Failure;

/// A walk on one server.
pub(super) struct Walk<'w> {
    pub(super) place: &'w Place,
    pub(super) history: &'w History,
    pub(super) interrupt: &'w Interrupt,
    pub(super) say: fn(&str),
}

/// Proves a folder on one server; what is known need not be proven again.
pub(super) fn prove(
    place: &Place,
    history: &History,
    known: Known<'_>,
    interrupt: &Interrupt,
    say: fn(&str),
) -> Result<Outcome, Failure> {
    let walk = Walk {
        place,
        history,
        interrupt,
        say,
    };
    let mut scratch = walk.scratch()?;
    let mut outcome = Outcome {
        version: place.version.clone(),
        proven: history.beginning.migrations.clone(),
        baselines: history.beginning.baselines.clone(),
        head: Snapshot::default(),
        repeated: Vec::new(),
        whole: Snapshot::default(),
        commuting: Vec::new(),
        complaints: Vec::new(),
    };
    let everything = known.migrations.len() == history.migrations.len();
    baselines::begin(&walk, &mut scratch, &mut outcome)?;
    if !outcome.complaints.is_empty() {
        return Ok(outcome);
    }
    outcome.proven.extend_from_slice(known.migrations);
    outcome.head = walk.replay_known(&mut scratch, known.migrations)?;
    for at in known.migrations.len()..history.migrations.len() {
        match round::prove(
            &walk,
            &mut scratch,
            at,
            &outcome.head,
            &mut outcome.complaints,
        )? {
            Some(Round { proven, after }) => {
                outcome.proven.push(proven);
                outcome.head = after;
            }
            // What follows would only say the same again.
            None => return Ok(outcome),
        }
    }
    outcome.whole = outcome.head.clone();
    repeatables::prove(&walk, &mut scratch, &mut outcome)?;
    drop(scratch);
    let changed = !everything || !history.is_proven();
    if changed && outcome.complaints.is_empty() {
        orders::prove(&walk, &mut outcome)?;
        environments::prove(&walk, &mut outcome)?;
    }
    commuting::prove(&walk, known.migrations, &mut outcome)?;
    if outcome.complaints.is_empty() {
        baselines::prove(&walk, known, &mut outcome)?;
    }
    Ok(outcome)
}

impl<'w> Walk<'w> {
    pub(super) fn scratch(&self) -> Result<Scratch<'w>, Failure> {
        let scope = scope(&self.history.settings.scope);
        Scratch::create(self.place, scope, &self.history.values, self.interrupt)
    }

    /// A signal ends the proof; what failed because of it is no finding.
    pub(super) fn refuse_interrupted(&self) -> Result<(), Failure> {
        if self.interrupt.is_requested() {
            return Err(Failure::new("interrupted; nothing was written"));
        }
        Ok(())
    }

    /// One line of output.
    pub(super) fn line(&self, title: &str, verdict: &str, took: Duration) {
        let width = self
            .history
            .migrations
            .iter()
            .map(|it| it.title().chars().count())
            .chain(
                self.history
                    .baselines
                    .iter()
                    .map(|it| it.title().chars().count()),
            )
            .max()
            .unwrap_or(0);
        (self.say)(&format!(
            "  {:width$}  {verdict:12}  {:>6} ms",
            title,
            took.as_millis()
        ));
    }

    /// What has not changed, without round trips; it has to lead where it led before.
    fn replay_known(
        &self,
        scratch: &mut Scratch<'_>,
        known: &[Proven],
    ) -> Result<Snapshot, Failure> {
        let start = Instant::now();
        self.replay(scratch, known.len())?;
        let found = scratch.snapshot()?;
        let Some(last) = known.last() else {
            return Ok(found);
        };
        (self.say)(&format!(
            "  {} unchanged since the last proof  {} ms",
            known.len(),
            start.elapsed().as_millis()
        ));
        if found.fingerprint().0 == last.fingerprint {
            return Ok(found);
        }
        let failure = Failure::new(format!(
            "after {} \"{}\" the schema is not the one in migrator.lock",
            last.version, last.name
        ));
        // The text of the schema is there where nothing was added since.
        let schema = &self.history.proof.schema;
        let expected = (Some(last.version)
            == self.history.proof.proven.last().map(|it| it.version)
            && !schema.is_empty())
        .then(|| Snapshot::from_sql(schema).ok())
        .flatten();
        let failure = match expected {
            Some(expected) => failure.detail(super::outcome::explained(&expected, &found)),
            None => failure.detail(format!(
                "It was proven on {}.",
                self.history.proof.servers.join(", ")
            )),
        };
        Err(failure.hint("Prove all of it again: `migrator-dev prove --all`."))
    }

    /// Applies the first migrations to an empty database, with the rows and assertions of the folder.
    pub(super) fn replay(&self, scratch: &mut Scratch<'_>, count: usize) -> Result<(), Failure> {
        let replayed = self.history.migrations.get(..count).unwrap_or_default();
        let mut applied = None;
        for facts in replayed.iter().filter(|it| it.assertions.are_there()) {
            let before = replayed.iter().rev().find(|it| it.version < facts.version);
            if let Some(before) = before {
                self.up(scratch, before)?;
            }
            if let Some(script) = &facts.assertions.before {
                script.run(scratch.url())?;
            }
            self.up(scratch, facts)?;
            if let Some(script) = &facts.assertions.after {
                script.run(scratch.url())?;
            }
            applied = Some(facts.version);
        }
        match replayed.last() {
            Some(last) if applied != Some(last.version) => self.up(scratch, last),
            _ => Ok(()),
        }
    }

    fn up(&self, scratch: &mut Scratch<'_>, to: &Facts) -> Result<(), Failure> {
        let target = Target::Version(to.version);
        match scratch.up(self.history.bundle, target) {
            Ok(_) => Ok(()),
            Err(error) => {
                let message = match error.failure() {
                    Some(failure) => format!("{} fails", failure.label()),
                    None => format!("{} cannot be reached", to.title()),
                };
                Err(failed(message, &error))
            }
        }
    }
}
