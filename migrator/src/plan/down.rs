//! The way down, and down and up again. Pure.

use super::{Plan, Step, Work, counted, find, holds, no_such_version};
use crate::bundle::{Bundle, Down};
use crate::error::{Error, Kind};
use crate::history::{Kept, Undoable};
use crate::target::Target;

/// The way down to a target, in reverse order of application.
///
/// `undoable` is in the order in which it was applied. The baked down SQL is used where the bundle knows the
/// migration unchanged, else what the journal kept.
pub fn down<'a>(
    bundle: &Bundle,
    undoable: &'a [Undoable],
    target: Target,
) -> Result<Plan<'a>, Error> {
    let chosen: Vec<&Undoable> = match target {
        Target::Base => undoable.iter().rev().collect(),
        Target::Back(steps) if steps <= undoable.len() => {
            undoable.iter().rev().take(steps).collect()
        }
        Target::Back(steps) => {
            return Err(Error::new(
                Kind::Usage,
                format!(
                    "target -{steps} does not exist: {} applied",
                    counted(undoable.len())
                ),
            )
            .with_hint("`migrator status` shows them."));
        }
        Target::Version(version) => {
            if !undoable.iter().any(|row| row.applied.version == version) && !holds(bundle, version)
            {
                return Err(no_such_version(bundle, version));
            }
            undoable
                .iter()
                .rev()
                .filter(|row| row.applied.version > version)
                .collect()
        }
        Target::Head | Target::Forward(_) => {
            return Err(Error::new(
                Kind::Usage,
                format!("target \"{target}\" does not lead down"),
            )
            .with_hint(format!("Run `migrator up {target}`.")));
        }
    };
    let mut steps = Vec::with_capacity(chosen.len());
    let mut problems = Vec::new();
    let mut first_blocking = None;
    for row in chosen {
        let label = row.applied.label();
        match undo(bundle, row) {
            Ok(work) => steps.push(Step {
                version: label.version,
                name: label.name,
                work,
            }),
            Err(why) => {
                first_blocking.get_or_insert(row.applied.version);
                problems.push(format!("{label} {why}"));
            }
        }
    }
    if problems.is_empty() {
        return Ok(Plan { steps });
    }
    let error = Error::new(
        Kind::Usage,
        format!("the way down to \"{target}\" is blocked; nothing was undone"),
    );
    let past = "past it leads a new migration that takes the change back, or a backup";
    let hint = match first_blocking.filter(|blocking| leads_to(bundle, undoable, *blocking)) {
        Some(open) => format!(
            "`migrator down {open}` undoes what is newer, and `migrator plan --down {open}` shows what that is; {past}."
        ),
        None => format!("Nothing newer can be undone; {past}."),
    };
    Err(problems
        .into_iter()
        .fold(error, Error::with_detail)
        .with_hint(hint))
}

/// Whether something is newer than a version, and all of that can be undone.
fn leads_to(bundle: &Bundle, undoable: &[Undoable], version: i64) -> bool {
    let newer = || undoable.iter().filter(|row| row.applied.version > version);
    newer().next().is_some() && newer().all(|row| undo(bundle, row).is_ok())
}

fn undo<'a>(bundle: &Bundle, row: &'a Undoable) -> Result<Work<'a>, String> {
    if row.kept == Kept::Skipped {
        return Ok(Work::Unstamp);
    }
    let irreversible = |reason: &str| Err(format!("is irreversible: {reason}"));
    if let Some(migration) = find(bundle, row.applied.version)
        && row.applied.is(migration)
    {
        match migration.down {
            Down::Script(script) => return Ok(Work::Revert(script)),
            Down::Irreversible(reason) => return irreversible(reason),
            Down::Absent => {}
        }
    }
    match &row.kept {
        Kept::Irreversible(reason) => irreversible(reason),
        kept => kept.script().map(Work::Revert).ok_or_else(|| {
            "has no down file, neither in this binary nor in the journal".to_owned()
        }),
    }
}

/// Undoes the newest applied migration and applies it again.
pub fn redo<'a>(bundle: &Bundle, undoable: &'a [Undoable]) -> Result<Plan<'a>, Error> {
    if undoable.is_empty() {
        return Err(
            Error::new(Kind::Usage, "nothing is applied, so nothing can be redone")
                .with_hint("Run `migrator up`."),
        );
    }
    let mut plan = down(bundle, undoable, Target::Back(1))?;
    let Some(version) = plan.steps.first().and_then(|step| step.version) else {
        return Ok(plan);
    };
    let migration = find(bundle, version).ok_or_else(|| {
        Error::new(
            Kind::Drift,
            format!("migration {version} is not in this binary, so it cannot be applied again"),
        )
        .with_hint("Run the binary that applied it.")
    })?;
    plan.steps.push(Step::apply(migration));
    Ok(plan)
}
