//! The statements around steps that only record. Consecutive ones share a transaction, so that a stamp or an adoption
//! is recorded as a whole or not at all.

use super::Composer;
use crate::history::Record;
use crate::plan::{Action, Step, Work};

/// How many steps from the first one on only record.
pub(crate) fn recording(steps: &[Step<'_>]) -> usize {
    steps
        .iter()
        .take_while(|step| step.script().is_none())
        .count()
}

impl Composer<'_> {
    /// The statements that record such steps, each with the number of steps that it records.
    pub(crate) fn records(&self, steps: &[Step<'_>]) -> Vec<(usize, String)> {
        steps
            .chunk_by(|step, next| step.action() == next.action())
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
        let records: Vec<Record<'_>> = steps.iter().filter_map(record).collect();
        self.recorder.record_all(action, &records)
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

fn record<'a>(step: &Step<'a>) -> Option<Record<'a>> {
    match step.work {
        Work::Stamp(migration) => Some(Record {
            migration,
            detail: None,
        }),
        Work::Adopt(migration, detail) => Some(Record {
            migration,
            detail: Some(detail),
        }),
        Work::Apply(_) | Work::Revert(_) | Work::Unstamp => None,
    }
}
