//! The end of `up`: whether the schema is the one that was proven. How schemas are compared is `verify`.

use super::Change;
use crate::bundle::Bundle;
use crate::error::Error;
use crate::event::Observer;
use crate::report::Report;
use crate::session::Session;
use crate::settings::Verify;
use crate::verify::{self, Verification};

/// Compares the schema with the proof at the end of `up`. What the run has done stays done, and is in the error.
pub(super) fn verified(
    session: &mut Session,
    bundle: &Bundle,
    change: Change,
    mut report: Report,
    observer: Observer<'_>,
) -> Result<Report, Error> {
    let wanted = match session.settings().verify {
        Verify::Always => true,
        Verify::Changed => !report.steps.is_empty(),
        Verify::Never => false,
    };
    if !wanted || bundle.proof.is_absent() || !matches!(change, Change::Up(_)) {
        return Ok(report);
    }
    match compared(session, bundle, &report, observer).and_then(Verification::refuse_drift) {
        Ok(verification) => {
            report.verification = Some(verification);
            Ok(report)
        }
        Err(error) => Err(error.with_report(report)),
    }
}

/// Compares once more where another runner may be at work: after a run that did nothing, which holds no lock, what that
/// one has done meanwhile is no drift.
fn compared(
    session: &mut Session,
    bundle: &Bundle,
    report: &Report,
    observer: Observer<'_>,
) -> Result<Verification, Error> {
    let standing = session.standing(bundle)?;
    let verification = verify::compare(session, bundle, &standing, observer)?;
    if matches!(verification, Verification::Drifted { .. }) && report.steps.is_empty() {
        let again = session.standing(bundle)?;
        if again != standing {
            return verify::compare(session, bundle, &again, observer);
        }
    }
    Ok(verification)
}
