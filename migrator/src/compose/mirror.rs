//! The statements of a mirror: those that begin a transaction with the other tool's locks, and those that follow a
//! record.

use super::Composer;
use crate::plan::Step;

impl Composer<'_> {
    /// What holds the other tool's locks until the transaction ends, where these steps write its table.
    pub(crate) fn hold(&self, steps: &[Step<'_>]) -> Vec<String> {
        let mirror = self.mirror.as_ref();
        let mirror = mirror.filter(|_| steps.iter().any(|step| step.version.is_some()));
        mirror.map(|mirror| mirror.guard.hold()).unwrap_or_default()
    }

    /// What follows the record of these steps.
    pub(crate) fn mirrored(&self, steps: &[Step<'_>]) -> Vec<String> {
        let location = self.recorder.location();
        self.mirror
            .as_ref()
            .map(|mirror| mirror.follow(location, steps))
            .unwrap_or_default()
    }
}
