//! What a run has done: the steps that are committed, and how the database was left.

use std::time::Duration;

use crate::backup::Backup;
use crate::label::Label;
use crate::plan::Action;
use crate::recognise::Class;
use crate::verify::Verification;

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The committed steps, in the order in which they ran.
    pub steps: Vec<Finished>,
    /// The newest applied version afterwards; `None` when nothing is applied.
    pub current: Option<i64>,
    /// What the database was before; `None` where that was not asked.
    pub class: Option<Class>,
    /// From the first connection attempt to the last commit.
    pub took: Duration,
    /// The backup that was made before the first of them; `None` when none was asked for or needed.
    pub backup: Option<Backup>,
    /// What came of comparing the schema with the proof; `None` when it was not compared.
    pub verification: Option<Verification>,
}

/// One committed step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// What the step did.
    pub action: Action,
    /// The version concerned; `None` of a repeatable.
    pub version: Option<i64>,
    /// The name of the migration.
    pub name: String,
    /// From its first statement to its commit.
    pub took: Duration,
}

impl Finished {
    /// What the step concerned, as it is named to people.
    #[must_use]
    pub fn label(&self) -> Label<'_> {
        Label {
            version: self.version,
            name: &self.name,
        }
    }
}
