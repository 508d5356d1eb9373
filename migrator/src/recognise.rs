//! What a database is before anything is planned: empty, ours, another tool's, a legacy one that is known, or unknown.
//!
//! Rows in the history say that it is ours, and then nothing else is asked. What is there otherwise is
//! `recognise/objects`, the rules of `migrator.toml` are `recognise/rule`, and what is done about a database that is
//! none of ours is `recognise/refusal`. Nothing is written here.

mod class;
mod objects;
mod refusal;
mod rule;

pub use class::{Class, Evidence, Known, Resemblance, Unknown};
pub use objects::{Kind, Objects};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::event::Observer;
use crate::foreign;
use crate::history;
use crate::session::{Rows, Session};
use crate::verify::{Identity, nearest};

/// Where a database stands, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub(crate) rows: Rows,
    pub(crate) class: Class,
}

/// Reads the history; where it has no rows, finds out what the database is.
pub(crate) fn stand(
    session: &mut Session,
    bundle: &Bundle,
    observer: Observer<'_>,
) -> Result<Standing, Error> {
    let rows = session.standing(bundle)?;
    if let Some(class) = ours(bundle, &rows) {
        return Ok(Standing { rows, class });
    }
    let seen = see(session, bundle)?;
    if seen.objects.is_none() && seen.found.is_empty() {
        return Ok(Standing {
            rows,
            class: Class::Empty,
        });
    }
    // Objects were seen first and the history is read after them: they may be another runner's, which has committed
    // both in between.
    let rows = session.standing(bundle)?;
    let class = match ours(bundle, &rows) {
        Some(class) => class,
        None if session.has_journal()? => Class::Ours(None),
        None => judge(session, bundle, seen, observer)?,
    };
    Ok(Standing { rows, class })
}

/// What the history alone says; `None` when it says nothing.
fn ours(bundle: &Bundle, rows: &Rows) -> Option<Class> {
    let head = bundle.head();
    let open = rows.open.as_deref().unwrap_or_default();
    match rows.applied.last().map(|row| row.version) {
        Some(newest) if head.is_none_or(|head| newest > head) => Some(Class::Newer(newest)),
        Some(newest) => Some(Class::Ours(Some(newest))),
        None if open.is_empty() => None,
        None => Some(Class::Ours(None)),
    }
}

/// What is there.
struct Seen {
    objects: Objects,
    found: Vec<foreign::Found>,
}

/// Looks for objects and for the histories of other tools, and once more for ours, by one message.
fn see(session: &mut Session, bundle: &Bundle) -> Result<Seen, Error> {
    let schema = session.probe().location.schema.clone();
    let sql = format!(
        "{}; {}; {}",
        objects::query(&bundle.proof.scope),
        foreign::detect::candidates(),
        history::probe(Some(&schema)),
    );
    let mut answers = session
        .answers("looking at the database", &sql, 3)?
        .into_iter();
    let mut next = || answers.next().unwrap_or_default();
    let objects = objects::read(&next());
    let candidates: Vec<foreign::Candidate> =
        next().iter().map(foreign::detect::read_candidate).collect();
    let found = foreign::detect::recognise(&candidates, &schema);
    session.probe = history::read_probe(&next().into_iter().next().unwrap_or_default())?;
    Ok(Seen { objects, found })
}

/// What a database is that has objects and no history of ours.
fn judge(
    session: &mut Session,
    bundle: &Bundle,
    seen: Seen,
    observer: Observer<'_>,
) -> Result<Class, Error> {
    if let Some(known) = rule::matching(session, bundle, &seen.found, observer)? {
        return Ok(Class::Known(known));
    }
    if !seen.found.is_empty() {
        return Ok(Class::Foreign(seen.found));
    }
    let unknown = |resembles| {
        Class::Unknown(Unknown {
            objects: seen.objects.clone(),
            resembles,
        })
    };
    let proof = &bundle.proof;
    if proof.is_absent() {
        return Ok(unknown(Resemblance::Unproven));
    }
    let found = session.snapshot(&proof.scope(), observer)?;
    Ok(match nearest(proof, &found) {
        Identity::Empty | Identity::Unlike => unknown(Resemblance::None),
        Identity::Exactly(versions) => match versions.as_slice() {
            [version] => Class::Known(Known {
                version: *version,
                evidence: Evidence::Fingerprint,
            }),
            _ => unknown(Resemblance::Ambiguous(versions)),
        },
        Identity::Nearest {
            version,
            differences,
        } => unknown(Resemblance::Nearest {
            version,
            differing: differences.len(),
        }),
    })
}
