//! The statements around steps that only record. Consecutive ones share a transaction, so that a stamp or an adoption
//! is recorded as a whole or not at all.

use super::Composer;
use crate::bundle::{Baseline, Migration, Repeatable};
use crate::environment;
use crate::history::Record;
use crate::plan::{Action, Step, Work};

/// What the journal keeps beside a repeatable that is recorded without having been run.
const STAMPED: &str = "{\"stamped\": true}";

/// How many steps from the first one on only record.
pub(crate) fn recording(steps: &[Step<'_>]) -> usize {
    steps.iter().take_while(|step| step.only_records()).count()
}

impl Composer<'_> {
    /// The statements that record such steps, each with the number of steps that it records.
    pub(crate) fn records(&self, steps: &[Step<'_>]) -> Vec<(usize, String)> {
        steps
            .chunk_by(|step, next| {
                step.action() == next.action() && step.version.is_some() == next.version.is_some()
            })
            .map(|alike| {
                let action = alike.first().map_or(Action::Stamp, Step::action);
                (alike.len(), self.alike(action, alike))
            })
            .collect()
    }

    fn alike(&self, action: Action, steps: &[Step<'_>]) -> String {
        if action == Action::Unstamp {
            let gone: Vec<(i64, &str)> = steps
                .iter()
                .filter_map(|it| Some((it.version?, it.name)))
                .collect();
            return self.recorder.unstamp_all(&gone);
        }
        // What is skipped is so for one reason each: the environment is that of the run.
        let reasons: Vec<Option<String>> = steps.iter().map(|step| self.reason(step)).collect();
        let repeatables: Vec<(&Repeatable<'_>, &str)> = steps
            .iter()
            .zip(&reasons)
            .filter_map(|(step, reason)| match step.work {
                Work::StampRepeatable(repeatable) => Some((repeatable, STAMPED)),
                Work::SkipRepeatable(repeatable) => Some((repeatable, reason.as_deref()?)),
                _ => None,
            })
            .collect();
        if !repeatables.is_empty() {
            return match action {
                Action::Skip => self.recorder.skip_repeatables(&repeatables),
                _ => self.recorder.stamp_repeatables(&repeatables),
            };
        }
        let records: Vec<Record<'_>> = steps
            .iter()
            .zip(&reasons)
            .filter_map(|(step, reason)| record(step, reason.as_deref()))
            .collect();
        self.recorder.record_all(action, &records)
    }

    /// Why something is skipped, as JSON.
    fn reason(&self, step: &Step<'_>) -> Option<String> {
        let only = match step.work {
            Work::Skip(migration) => migration.only,
            Work::SkipRepeatable(repeatable) => repeatable.only,
            _ => return None,
        };
        let environment = self.settings.environment.as_deref().unwrap_or_default();
        Some(environment::reason(environment, only))
    }

    /// The statement that records a baseline: every migration that it stands for, and itself where none of them has its
    /// version.
    pub(super) fn baseline(&self, baseline: &Baseline<'_>, covered: &[Migration<'_>]) -> String {
        let own =
            Some(&baseline.record).filter(|own| covered.iter().all(|it| it.version != own.version));
        let detail = format!("{{\"baseline\": {}}}", baseline.version());
        let records: Vec<Record<'_>> = covered
            .iter()
            .chain(own)
            .map(|migration| Record {
                migration,
                detail: Some(&detail),
            })
            .collect();
        self.recorder.record_all(Action::Baseline, &records)
    }

    /// The statement that closes what is noted of unfinished scripts among such steps.
    pub(crate) fn close_recorded(&self, steps: &[Step<'_>]) -> Option<String> {
        let noted: Vec<i64> = steps
            .iter()
            .filter_map(|step| step.version)
            .filter(|version| self.unfinished.contains(version))
            .collect();
        (!noted.is_empty()).then(|| self.recorder.close_steps_of(&noted))
    }
}

fn record<'a>(step: &Step<'a>, reason: Option<&'a str>) -> Option<Record<'a>> {
    match step.work {
        Work::Skip(migration) => Some(Record {
            migration,
            detail: reason,
        }),
        Work::Stamp(migration) => Some(Record {
            migration,
            detail: None,
        }),
        Work::Adopt(migration, detail) => Some(Record {
            migration,
            detail: Some(detail),
        }),
        Work::Apply(_)
        | Work::Baseline(..)
        | Work::Revert(_)
        | Work::Unstamp
        | Work::Repeat(_)
        | Work::StampRepeatable(_)
        | Work::SkipRepeatable(_) => None,
    }
}
