//! What would run, in order: computed from bundle, history and target. Pure: no database, no clock.
//!
//! Everything hard about ordering is decided here. All problems that stand in the way are reported at once.

mod adopt;
mod down;
mod stamp;

use std::collections::BTreeMap;

use crate::bundle::{Baseline, Bundle, Limits, Migration, Repeatable, Script};
use crate::drift::{Policies, compare, refuse_stranded};
use crate::error::{Error, Kind};
use crate::history::Applied;
use crate::label::Label;
use crate::target::Target;

pub use adopt::Adopted;
pub use down::{down, redo};
pub use stamp::stamp;

/// The steps that lead to a target, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The steps.
    pub steps: Vec<Step<'a>>,
}

/// One step: a migration and what is done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The version concerned; `None` of a repeatable.
    pub version: Option<i64>,
    /// The name of the migration.
    pub name: &'a str,
    /// What is done.
    pub work: Work<'a>,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work<'a> {
    /// Runs the up SQL and records it.
    Apply(&'a Migration<'a>),
    /// Runs a baseline, and records the migrations that it stands for.
    Baseline(&'a Baseline<'a>, &'a [Migration<'a>]),
    /// Runs this down SQL and removes the record.
    Revert(Script<'a>),
    /// Records that it is not for this environment; runs nothing.
    Skip(&'a Migration<'a>),
    /// Records it without running anything.
    Stamp(&'a Migration<'a>),
    /// Records it without running anything, because the database had it before it had a history; the text is JSON that
    /// says how that is known.
    Adopt(&'a Migration<'a>, &'a str),
    /// Removes the record without running anything.
    Unstamp,
    /// Runs a repeatable and records it in the journal.
    Repeat(&'a Repeatable<'a>),
    /// Records a repeatable without running it.
    StampRepeatable(&'a Repeatable<'a>),
    /// Records that a repeatable is not for this environment; runs nothing.
    SkipRepeatable(&'a Repeatable<'a>),
}

/// The word for what a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Up.
    Apply,
    /// Up to a version at once.
    Baseline,
    /// Down.
    Revert,
    /// Recorded as not for this environment.
    Skip,
    /// Recorded only.
    Stamp,
    /// Recorded only, as what the database had before it had a history.
    Adopt,
    /// Removed from the record only.
    Unstamp,
    /// A repeatable.
    Repeat,
}

impl Action {
    /// The word in the journal and in JSON output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Baseline => "baseline",
            Self::Revert => "revert",
            Self::Skip => "skip",
            Self::Stamp => "stamp",
            Self::Adopt => "adopt",
            Self::Unstamp => "unstamp",
            Self::Repeat => "repeat",
        }
    }
}

impl Plan<'_> {
    /// The version of the last step that has one.
    pub(crate) fn last_version(&self) -> Option<i64> {
        self.steps.iter().rev().find_map(|step| step.version)
    }
}

impl<'a> Step<'a> {
    /// The word for what it does.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self.work {
            Work::Apply(_) => Action::Apply,
            Work::Baseline(..) => Action::Baseline,
            Work::Revert(_) => Action::Revert,
            Work::Skip(_) | Work::SkipRepeatable(_) => Action::Skip,
            Work::Stamp(_) | Work::StampRepeatable(_) => Action::Stamp,
            Work::Adopt(..) => Action::Adopt,
            Work::Unstamp => Action::Unstamp,
            Work::Repeat(_) => Action::Repeat,
        }
    }

    /// The one script that it runs; a baseline may have several.
    #[must_use]
    pub const fn script(&self) -> Option<Script<'a>> {
        match self.work {
            Work::Apply(migration) => Some(migration.up),
            Work::Repeat(repeatable) => Some(repeatable.script),
            Work::Revert(script) => Some(script),
            Work::Baseline(..)
            | Work::Skip(_)
            | Work::Stamp(_)
            | Work::Adopt(..)
            | Work::Unstamp
            | Work::StampRepeatable(_)
            | Work::SkipRepeatable(_) => None,
        }
    }

    /// What it concerns, as it is named to people.
    #[must_use]
    pub const fn label(&self) -> Label<'a> {
        Label {
            version: self.version,
            name: self.name,
        }
    }

    /// What has to hold once it has run, if anything.
    #[must_use]
    pub const fn verify(&self) -> Option<Script<'a>> {
        match self.work {
            Work::Apply(migration) => migration.verify,
            _ => None,
        }
    }

    /// Every script that it runs, in order.
    pub fn scripts(&self) -> impl Iterator<Item = Script<'a>> + use<'a> {
        let several = match self.work {
            Work::Baseline(baseline, _) => baseline.scripts,
            _ => &[],
        };
        self.script().into_iter().chain(several.iter().copied())
    }

    /// Whether it runs no SQL of a file.
    #[must_use]
    pub fn only_records(&self) -> bool {
        self.scripts().next().is_none()
    }

    /// The limits with which it begins.
    #[must_use]
    pub fn limits(&self) -> Limits<'a> {
        let mut scripts = self.scripts();
        scripts
            .next()
            .map_or_else(Limits::default, |first| first.limits)
    }

    pub(crate) const fn apply(migration: &'a Migration<'a>) -> Self {
        Self {
            version: Some(migration.version),
            name: migration.name,
            work: Work::Apply(migration),
        }
    }
}

/// What a database holds before anything is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Nothing: a baseline may run.
    Empty,
    /// Something, be it a history or a script that has not ended.
    Taken,
}

/// The way up to a target.
pub fn up<'a>(
    bundle: &Bundle,
    (applied, ground): (&'a [Applied], Ground),
    target: Target,
    policies: Policies,
) -> Result<Plan<'a>, Error> {
    let comparison = compare(bundle, applied);
    comparison.drift.refuse(policies)?;
    let pending = comparison.pending;
    let last = match target {
        Target::Head => i64::MAX,
        Target::Version(version) if holds(bundle, version) => version,
        Target::Version(version) => return Err(no_such_version(bundle, version)),
        Target::Forward(steps) if steps <= pending.len() => steps
            .checked_sub(1)
            .and_then(|at| pending.get(at))
            .map_or(i64::MIN, |migration| migration.version),
        Target::Forward(steps) => {
            return Err(Error::new(
                Kind::Usage,
                format!(
                    "target +{steps} does not exist: {} pending",
                    counted(pending.len())
                ),
            )
            .with_hint("Run `migrator status` to see them."));
        }
        Target::Base | Target::Back(_) => {
            return Err(
                Error::new(Kind::Usage, format!("target \"{target}\" does not lead up"))
                    .with_hint(format!("Run `migrator down {target}`.")),
            );
        }
    };
    let baseline = match ground {
        Ground::Empty => bundle.baseline_up_to(last),
        Ground::Taken => None,
    };
    if baseline.is_none() {
        refuse_stranded(bundle, applied, last)?;
    }
    let first = baseline.map(|baseline| Step {
        version: Some(baseline.version()),
        name: baseline.name(),
        work: Work::Baseline(baseline, bundle.covered_by(baseline)),
    });
    let covered = baseline.map_or(i64::MIN, Baseline::version);
    let rest = pending
        .into_iter()
        .filter(|it| it.version > covered && it.version <= last)
        .map(Step::apply);
    Ok(Plan {
        steps: first.into_iter().chain(rest).collect(),
    })
}

/// The migration of a version.
#[must_use]
pub fn find(bundle: &Bundle, version: i64) -> Option<&'static Migration<'static>> {
    let at = bundle
        .migrations
        .binary_search_by_key(&version, |migration| migration.version)
        .ok()?;
    bundle.migrations.get(at)
}

/// Whether a version is one that a database can be at.
pub(crate) fn holds(bundle: &Bundle, version: i64) -> bool {
    let same = bundle.baseline_up_to(version);
    find(bundle, version).is_some() || same.is_some_and(|it| it.version() == version)
}

/// "1 migration is", "2 migrations are".
fn counted(count: usize) -> String {
    match count {
        1 => "1 migration is".to_owned(),
        _ => format!("{count} migrations are"),
    }
}

fn no_such_version(bundle: &Bundle, version: i64) -> Error {
    let error = Error::new(
        Kind::Usage,
        format!("version {version} does not exist in this binary"),
    );
    let migrations = bundle.migrations.iter().map(|it| (it.version, it.name));
    let baselines = bundle.baselines.iter().map(|it| (it.version(), it.name()));
    let all: BTreeMap<i64, &str> = baselines.chain(migrations).collect();
    let before = all.range(..version).next_back();
    let after = all.range(version..).next();
    let near: Vec<String> = before
        .into_iter()
        .chain(after)
        .map(|(version, name)| format!("{version} \"{name}\""))
        .collect();
    if near.is_empty() {
        return error.with_hint("This binary holds no migrations at all.");
    }
    error
        .with_detail(format!("Nearest: {}.", near.join(", ")))
        .with_hint("Run `migrator info` to see every version.")
}

#[cfg(test)]
pub(crate) mod tests;
