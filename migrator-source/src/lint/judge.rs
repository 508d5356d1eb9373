//! From what was observed in each text to findings: what the history, the folder and the file itself say about it.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::Configuration;
use super::history::{History, Proof};
use super::object::{Effect, Kind, Object};
use super::observe::{Observed, Sighting, Step};
use super::rules::{self, Concern, Level, Rule, own};
use super::undo::{self, Gap};
use crate::finding::{Finding, Place, Severity};
use crate::folder::{Down, Folder, Migration, Script};
use crate::place::Text;

/// What is known when a folder is judged.
pub(super) struct Judge<'a> {
    pub(super) shown_as: &'a str,
    pub(super) configuration: &'a Configuration,
    pub(super) proven: &'a BTreeSet<String>,
    pub(super) observed: &'a BTreeMap<String, Observed>,
}

impl Judge<'_> {
    /// The findings of a folder, in order of migration.
    pub(super) fn judge(&self, folder: &Folder) -> Vec<Finding> {
        let mut history = History::default();
        let mut findings = Vec::new();
        for migration in &folder.migrations {
            self.migration(migration, &mut history, &mut findings);
        }
        for repeatable in &folder.repeatables {
            self.repeatable(&repeatable.script, &mut history, &mut findings);
        }
        findings
    }

    fn migration(&self, migration: &Migration, history: &mut History, findings: &mut Vec<Finding>) {
        let Some(up) = self.observed(&migration.up) else {
            return;
        };
        let proof = self.proof(&migration.up);
        let file = File::new(self.shown_as, &migration.up);
        for step in &up.steps {
            if proof == Proof::Unproven {
                self.step(step, &file, up, history, findings);
            }
            for effect in &step.effects {
                history.apply(effect, proof);
            }
        }
        if let Down::Script(script) = &migration.down
            && let Some(down) = self.observed(script)
            && proof == Proof::Unproven
        {
            self.down(&file, up, &File::new(self.shown_as, script), down, findings);
        }
    }

    /// A repeatable runs after all migrations, again and again.
    fn repeatable(&self, script: &Script, history: &mut History, findings: &mut Vec<Finding>) {
        let Some(observed) = self.observed(script) else {
            return;
        };
        let proof = self.proof(script);
        let file = File::new(self.shown_as, script);
        for step in &observed.steps {
            if proof == Proof::Unproven {
                self.step(step, &file, observed, history, findings);
            }
            for effect in &step.effects {
                history.apply(effect, proof);
            }
        }
    }

    fn proof(&self, script: &Script) -> Proof {
        if self.proven.contains(&super::hex(&script.sha256)) {
            Proof::Proven
        } else {
            Proof::Unproven
        }
    }

    fn observed(&self, script: &Script) -> Option<&Observed> {
        self.observed.get(&super::hex(&script.sha256))
    }

    fn step(
        &self,
        step: &Step,
        file: &File<'_>,
        observed: &Observed,
        history: &History,
        findings: &mut Vec<Finding>,
    ) {
        for sighting in &step.sightings {
            let Some(rule) = rules::named(&sighting.rule) else {
                continue;
            };
            if self.applies(rule, sighting, &step.subjects, history) {
                findings.extend(self.finding(rule, sighting, file, observed));
            }
        }
        let called = step.effects.iter().filter_map(|effect| match effect {
            Effect::Call(procedure) => Some(procedure),
            _ => None,
        });
        for procedure in called {
            if step.transaction.is_some() && history.commits(procedure) {
                let mut sighting = Sighting::new(own::COMMIT, step.start..step.end);
                sighting.detail = Some(format!("procedure \"{procedure}\" ends it"));
                if let Some(rule) = rules::named(own::COMMIT) {
                    findings.extend(self.finding(rule, &sighting, file, observed));
                }
            }
        }
    }

    /// A down file is run by people who know that it takes things away: only what is wrong in itself is found there.
    fn down(
        &self,
        up_file: &File<'_>,
        up: &Observed,
        down_file: &File<'_>,
        down: &Observed,
        findings: &mut Vec<Finding>,
    ) {
        for sighting in down.steps.iter().flat_map(|step| &step.sightings) {
            let rule = rules::named(&sighting.rule);
            if let Some(rule) = rule.filter(|rule| rule.concern == Concern::Text)
                && self.applies(rule, sighting, &[], &History::default())
            {
                findings.extend(self.finding(rule, sighting, down_file, down));
            }
        }
        let Some(rule) = rules::named(own::UNDO) else {
            return;
        };
        if up.allowed.iter().any(|it| it == rule.name) {
            return;
        }
        for gap in undo::gaps(&up.steps, &down.steps) {
            let (detail, places) = match gap {
                Gap::Left(object, at) => (
                    format!("{object} is left"),
                    vec![
                        Place::whole(down_file.shown.clone()),
                        up_file.place(at, &up.steps),
                    ],
                ),
                Gap::Lost(object, at) => (
                    format!("{object} is not brought back"),
                    vec![
                        Place::whole(down_file.shown.clone()),
                        up_file.place(at, &up.steps),
                    ],
                ),
                Gap::Taken(object, at) => (
                    format!("{object} is dropped, which the migration did not create"),
                    vec![down_file.place(at, &down.steps)],
                ),
            };
            findings.extend(self.found(rule, Some(&detail), places, down));
        }
    }

    fn applies(
        &self,
        rule: &Rule,
        sighting: &Sighting,
        subjects: &[Object],
        history: &History,
    ) -> bool {
        let oldest = self.configuration.oldest();
        let exists = match rule.name {
            own::NEWER => {
                let named = self.configuration.oldest_server;
                return named
                    .zip(sighting.since)
                    .is_some_and(|(oldest, since)| oldest < since);
            }
            // The safe form is not there yet.
            "require-concurrent-partition-detach" => oldest >= 14,
            "prefer-repack" => oldest >= 19,
            "adding-not-nullable-field" => {
                let table = subjects.iter().find(|it| it.kind == Kind::Table);
                let column = table.zip(sighting.column.as_ref());
                !column.is_some_and(|(table, column)| history.is_never_null(&table.name, column))
            }
            _ => true,
        };
        let new = !subjects.is_empty() && subjects.iter().all(|it| history.is_new(it));
        exists && (rule.concern == Concern::Text || !new)
    }

    fn finding(
        &self,
        rule: &Rule,
        sighting: &Sighting,
        file: &File<'_>,
        observed: &Observed,
    ) -> Option<Finding> {
        let place = file.text().place(&(sighting.start..sighting.end));
        self.found(rule, sighting.detail.as_deref(), vec![place], observed)
    }

    fn found(
        &self,
        rule: &Rule,
        detail: Option<&str>,
        places: Vec<Place>,
        observed: &Observed,
    ) -> Option<Finding> {
        let severity = match self.configuration.level(rule) {
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
            Level::Allow | Level::Settled => return None,
        };
        let mut answers = observed.allowed.iter().chain(&observed.answered);
        if answers.any(|it| it == rule.name) {
            return None;
        }
        let message = match detail {
            Some(detail) => format!("{}: {detail}", rule.message),
            None => rule.message.to_owned(),
        };
        Some(Finding {
            rule: Some(rule.name),
            severity,
            message,
            explanation: Some(rule.why.to_owned()),
            hint: Some(rule.instead.to_owned()),
            places,
        })
    }
}

/// A file and how messages call it.
struct File<'a> {
    shown: String,
    sql: &'a str,
}

impl<'a> File<'a> {
    fn new(shown_as: &str, script: &'a Script) -> Self {
        Self {
            shown: format!("{shown_as}/{}", script.file),
            sql: &script.sql,
        }
    }

    fn text(&self) -> Text<'_> {
        Text {
            file: &self.shown,
            sql: self.sql,
        }
    }

    /// The place of the statement that begins at an offset.
    fn place(&self, start: usize, steps: &[Step]) -> Place {
        let end = steps.iter().find(|step| step.start == start);
        self.text()
            .place(&(start..end.map_or(start, |step| step.end)))
    }
}
