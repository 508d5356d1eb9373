//! What somebody is asked before a plan runs.

use super::Reading;
use crate::bundle::Bundle;
use crate::drift::compare;
use crate::error::Error;
use crate::plan::{Plan, Work};

/// Asks whoever is responsible whether a plan may run on what was read; an error is a no.
pub type Consent<'c> = &'c mut dyn FnMut(&Plan<'_>, &Reading) -> Result<(), Error>;

/// Whether a plan takes something away: a revert, or a record that is removed.
#[must_use]
pub fn takes_away(plan: &Plan<'_>) -> bool {
    plan.steps
        .iter()
        .any(|step| matches!(step.work, Work::Revert(_) | Work::Unstamp))
}

impl Reading {
    /// Whether a plan records as applied what is pending. Not where nothing is recorded yet: that such a database has
    /// it is what a stamp is there to say.
    #[must_use]
    pub fn records_pending(&self, bundle: &Bundle, plan: &Plan<'_>) -> bool {
        if self.applied.is_empty() {
            return false;
        }
        let pending = compare(bundle, &self.applied).pending;
        plan.steps.iter().any(|step| match step.work {
            Work::Stamp(migration) => pending.iter().any(|it| it.version == migration.version),
            Work::StampRepeatable(_) => true,
            _ => false,
        })
    }
}
