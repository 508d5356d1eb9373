//! What stands in the way of a plan beside the history: the number of transactions, and the width of a column.

use crate::bundle::Mode;
use crate::error::{Error, Kind};
use crate::plan::Plan;
use crate::session::Session;

pub(super) fn refuse_outside_transaction(plan: Plan<'_>) -> Result<Plan<'_>, Error> {
    let outside: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| {
            step.script()
                .is_some_and(|script| script.mode == Mode::NoTransaction)
        })
        .map(|step| format!("{} runs outside a transaction.", step.label()))
        .collect();
    if outside.is_empty() {
        return Ok(plan);
    }
    let error = Error::new(Kind::Usage, "the plan cannot run in a single transaction");
    Err(outside
        .into_iter()
        .fold(error, Error::with_detail)
        .with_hint(
            "Leave out `--single-transaction`, or go there in stages: `migrator up VERSION`.",
        ))
}

/// refinery makes its version column four bytes wide by default; a timestamp does not fit.
pub(crate) fn refuse_wide_versions(
    session: &Session,
    mut versions: impl Iterator<Item = i64>,
) -> Result<(), Error> {
    let location = &session.probe().location;
    let Some(version) = versions.find(|version| !location.fits(*version)) else {
        return Ok(());
    };
    Err(Error::new(
        Kind::Usage,
        format!(
            "version {version} does not fit into \"{}\"",
            location.shown()
        ),
    )
    .with_detail("Its version column is four bytes wide, as refinery makes it by default.")
    .with_hint(format!(
        "Widen it: `{}`. refinery then needs its feature int8-versions.",
        location.widen()
    )))
}
