//! What came of an adoption: what was recorded, and what is pending afterwards. Pure.

use std::collections::HashSet;
use std::time::Duration;

use crate::bundle::Bundle;
use crate::drift::compare;
use crate::foreign::Found;
use crate::foreign::assign::{Adopted, Assigned};
use crate::foreign::checksum::is_as_applied;
use crate::foreign::mirror::known::Known;
use crate::history::Applied;

/// What was adopted, or would be.
#[derive(Clone, Debug)]
pub struct Adoption {
    /// From where.
    pub found: Found,
    /// What was done.
    pub outcome: Outcome,
    /// What the other tool has applied, in our terms, in order of version.
    pub taken: Vec<Taken>,
    /// What it has applied, and a baseline of ours stands for now.
    pub covered: Vec<String>,
    /// The repeatables of ours that it has applied, in order of name.
    pub repeatables: Vec<(&'static str, Text)>,
    /// Rows of its that stand for nothing of ours.
    pub left: Vec<String>,
    /// What is pending afterwards.
    pub pending: Vec<Pending>,
    /// The mirror that was turned on, or would be.
    pub mirror: Option<Mirrored>,
    /// From the first connection attempt to the commit.
    pub took: Duration,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was recorded.
    Adopted,
    /// It would be.
    WouldAdopt,
    /// Everything is recorded already.
    Already,
    /// The other tool has applied nothing of ours, so that nothing was written.
    Nothing,
}

/// One migration that another tool has applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The version.
    pub version: i64,
    /// The name.
    pub name: &'static str,
    /// What it is there.
    pub rows: Vec<String>,
}

/// One migration that is pending afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The version.
    pub version: i64,
    /// The name.
    pub name: &'static str,
    /// Whether it is older than the newest one that was applied.
    pub age: Age,
}

/// Whether the text of a repeatable is the one that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// It is, so that it does not run again.
    Same,
    /// It is not, or nobody can tell.
    Other,
}

/// What a mirror does with the pending migrations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// Those that are written into the other tool's table when they are applied.
    pub written: Vec<i64>,
    /// Those that are not, because the old image would not start.
    pub left_out: Vec<i64>,
}

impl Adoption {
    /// The same, with what a mirror knows.
    pub(super) fn mirrored(mut self, known: Option<&Known>) -> Self {
        self.mirror = known.map(|known| {
            let versions = self.pending.iter().map(|it| it.version);
            let (written, left_out) = versions.partition(|version| known.writes(*version));
            Mirrored { written, left_out }
        });
        self
    }
}

/// Where a pending migration stands among the applied ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// After all of them, or its place does not matter.
    Next,
    /// Before some of them.
    Late,
}

/// Tells what came of it; the time is not known here.
pub(super) fn told(
    bundle: &Bundle,
    found: Found,
    assigned: &Assigned<'_>,
    existing: &[Applied],
    outcome: Outcome,
) -> Adoption {
    let adopted: Vec<Applied> = match outcome {
        Outcome::Already => existing.to_vec(),
        Outcome::Adopted | Outcome::WouldAdopt | Outcome::Nothing => {
            assigned.adopted.values().map(applied).collect()
        }
    };
    let comparison = compare(bundle, &adopted);
    let late: HashSet<i64> = comparison.drift.late.iter().map(|it| it.version).collect();
    let pending: HashSet<i64> = comparison.pending.iter().map(|it| it.version).collect();
    Adoption {
        outcome,
        taken: assigned
            .adopted
            .values()
            .map(|adopted| Taken {
                version: adopted.migration.version,
                name: adopted.migration.name,
                rows: adopted.rows.iter().map(|row| row.key.clone()).collect(),
            })
            .collect(),
        covered: assigned
            .covered
            .values()
            .flatten()
            .map(|row| row.key.clone())
            .collect(),
        repeatables: assigned
            .repeated
            .values()
            .map(|repeated| {
                let same = is_as_applied(found.tool, repeated);
                let text = if same { Text::Same } else { Text::Other };
                (repeated.repeatable.name, text)
            })
            .collect(),
        left: assigned.left.iter().map(|row| row.key.clone()).collect(),
        pending: bundle
            .migrations
            .iter()
            .filter(|it| pending.contains(&it.version))
            .map(|it| Pending {
                version: it.version,
                name: it.name,
                age: if late.contains(&it.version) {
                    Age::Late
                } else {
                    Age::Next
                },
            })
            .collect(),
        found,
        mirror: None,
        took: Duration::ZERO,
    }
}

fn applied(adopted: &Adopted<'_>) -> Applied {
    Applied {
        version: adopted.migration.version,
        name: adopted.migration.name.to_owned(),
        applied_on: String::new(),
        checksum: adopted.migration.checksum.to_string(),
    }
}
