//! What a plan begins with on a database that is known to be at a version, and has no history yet: the records that
//! say so. Pure.

use super::{Plan, Step, Work, stamp};
use crate::bundle::Bundle;
use crate::error::Error;
use crate::history::Applied;
use crate::target::Target;

/// What a database will have been recorded to have, before anything runs.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The version that it is at.
    version: i64,
    /// The rows that its history will have.
    applied: Vec<Applied>,
    /// How that is known, as JSON.
    detail: String,
}

impl Adopted {
    /// Everything up to a version.
    pub fn up_to(bundle: &Bundle, version: i64, detail: String) -> Result<Self, Error> {
        let stamped = stamp(bundle, &[], Target::Version(version))?;
        let row = |step: &Step<'_>| match step.work {
            Work::Stamp(migration) => Some(Applied {
                version: migration.version,
                name: migration.name.to_owned(),
                applied_on: String::new(),
                checksum: migration.checksum.to_string(),
            }),
            _ => None,
        };
        let mut applied: Vec<Applied> = stamped.steps.iter().filter_map(row).collect();
        applied.sort_by_key(|row| row.version);
        Ok(Self {
            version,
            applied,
            detail,
        })
    }

    /// The rows that its history will have.
    #[must_use]
    pub fn applied(&self) -> &[Applied] {
        &self.applied
    }

    /// The plan with these records before it.
    pub fn before<'a>(&'a self, bundle: &Bundle, plan: Plan<'a>) -> Result<Plan<'a>, Error> {
        let stamped = stamp(bundle, &[], Target::Version(self.version))?;
        let adopted = stamped.steps.into_iter().map(|step| match step.work {
            Work::Stamp(migration) => Step {
                work: Work::Adopt(migration, &self.detail),
                ..step
            },
            _ => step,
        });
        Ok(Plan {
            steps: adopted.chain(plan.steps).collect(),
        })
    }
}
