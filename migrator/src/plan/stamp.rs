//! What makes the history say that exactly the bundle up to a target is applied. Pure.

use std::collections::HashMap;

use super::{Plan, Step, Work, find, holds, no_such_version};
use crate::bundle::{Baseline, Bundle};
use crate::error::{Error, Kind};
use crate::history::Applied;
use crate::target::Target;

/// Makes the history say that exactly the bundle up to the target is applied. Runs none of it.
pub fn stamp<'a>(
    bundle: &Bundle,
    applied: &'a [Applied],
    target: Target,
) -> Result<Plan<'a>, Error> {
    let last = match target {
        Target::Head => i64::MAX,
        Target::Base => i64::MIN,
        Target::Version(version) if holds(bundle, version) => version,
        Target::Version(version) => return Err(no_such_version(bundle, version)),
        Target::Forward(_) | Target::Back(_) => {
            return Err(
                Error::new(Kind::Usage, format!("\"{target}\" is not a place to stamp"))
                    .with_hint("Name a version, head or base: `migrator stamp VERSION`."),
            );
        }
    };
    let recorded: HashMap<i64, &Applied> = applied.iter().map(|row| (row.version, row)).collect();
    let wanted = bundle
        .migrations
        .iter()
        .filter(|migration| migration.version <= last);
    let stamped = wanted
        .filter(|migration| {
            recorded
                .get(&migration.version)
                .is_none_or(|row| !row.is(migration))
        })
        .map(|migration| Step {
            work: Work::Stamp(migration),
            ..Step::apply(migration)
        });
    let baseline = bundle
        .baseline_up_to(last)
        .map(|it| &it.record)
        .filter(|it| find(bundle, it.version).is_none() && !recorded.contains_key(&it.version))
        .map(|record| Step {
            work: Work::Stamp(record),
            ..Step::apply(record)
        });
    let covered = bundle.baselines.last().map_or(i64::MIN, Baseline::version);
    let surplus = applied
        .iter()
        .rev()
        .filter(|row| {
            row.version > last || (find(bundle, row.version).is_none() && row.version > covered)
        })
        .map(|row| Step {
            version: Some(row.version),
            name: &row.name,
            work: Work::Unstamp,
        });
    Ok(Plan {
        steps: surplus.chain(stamped).chain(baseline).collect(),
    })
}
