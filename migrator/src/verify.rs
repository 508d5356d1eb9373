//! Whether the schema of a database is the one that was proven, and which version a database without history is at.
//!
//! Reading the schema is `snapshot`, what is expected is `expected`. Nothing is repaired here, or anywhere.

mod gap;

pub use gap::Gap;

use crate::bundle::{Bundle, Proof};
use crate::difference::{Difference, Fault, unexpected};
use crate::drift::compare as compare_history;
use crate::error::{Error, Kind};
use crate::event::Observer;
use crate::expected::{Expected, Extent, digits};
use crate::foreign::remains::is_left;
use crate::history::{Applied, Repetition};
use crate::repeat;
use crate::session::{Purpose, Rows, Session};
use crate::settings::Settings;
use crate::snapshot::{Object, Snapshot};

/// What came of comparing a database with the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is as proven after this version.
    AsProven(i64),
    /// It is not.
    Drifted {
        /// The version that the history says it is at.
        version: i64,
        /// Every object that is not as proven.
        differences: Vec<Difference>,
    },
    /// There is nothing to compare it with, for this reason.
    Unproven(Gap),
}

impl Verification {
    /// The error of a database that is not as proven.
    ///
    /// # Errors
    ///
    /// `SchemaDrift` when it is not.
    pub fn refuse_drift(self) -> Result<Self, Error> {
        let Self::Drifted {
            version,
            differences,
        } = self
        else {
            return Ok(self);
        };
        let count = match differences.len() {
            1 => "1 object differs".to_owned(),
            count => format!("{count} objects differ"),
        };
        let message = format!("the schema is not the one that was proven for {version}: {count}");
        Err(Error::new(Kind::SchemaDrift, message)
            .with_differences(differences)
            .with_hint(
                "`migrator verify --explain` prints SQL to review; what is not this history's can be left out: \
                 `[verify] ignore` in migrator.toml.",
            ))
    }
}

/// Compares a database with the proof of a bundle.
pub fn verify(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Verification, Error> {
    let mut session = Session::open(settings, Purpose::Read, observer)?;
    let rows = session.standing(bundle)?;
    compare(&mut session, bundle, &rows, observer)
}

/// Compares the database of a session with what is expected after the applied migrations.
pub(crate) fn compare(
    session: &mut Session,
    bundle: &Bundle,
    rows: &Rows,
    observer: Observer<'_>,
) -> Result<Verification, Error> {
    let proven = proven_version(bundle, &rows.applied).and_then(|version| {
        let extent = proven_extent(bundle, version, &rows.repetitions)?;
        Ok((version, extent))
    });
    let (version, extent) = match proven {
        Ok(proven) => proven,
        Err(gap) => return Ok(Verification::Unproven(gap)),
    };
    let proof = &bundle.proof;
    let Some((fingerprint, expected)) = proof.at(version, extent) else {
        return Ok(Verification::Unproven(Gap::Version(version)));
    };
    let found = session.snapshot(&proof.scope(), observer)?;
    if found.fingerprint() == fingerprint {
        return Ok(Verification::AsProven(version));
    }
    let mut differences = against(&expected, proof.definitions(version).as_ref(), &found);
    if differences.iter().any(|it| it.fault == Fault::Unexpected) {
        let left = session.remains()?;
        differences.retain(|difference| !is_left(&left, difference));
    }
    if differences.is_empty() {
        return Ok(Verification::AsProven(version));
    }
    Ok(Verification::Drifted {
        version,
        differences,
    })
}

/// The version after which the proof expects exactly what is applied.
fn proven_version(bundle: &Bundle, applied: &[Applied]) -> Result<i64, Gap> {
    let proof = &bundle.proof;
    if proof.is_absent() {
        return Err(Gap::Proofless);
    }
    let Some(newest) = applied.last() else {
        return Err(Gap::Base);
    };
    let comparison = compare_history(bundle, applied);
    let drift = &comparison.drift;
    let known = drift.changed.is_empty() && drift.missing.is_empty() && drift.newer.is_empty();
    let mut pending = comparison.pending.iter();
    if !known || pending.any(|it| it.version <= newest.version) {
        return Err(Gap::Other(newest.version));
    }
    if proof
        .unproven
        .iter()
        .any(|version| *version <= newest.version)
    {
        return Err(Gap::Version(newest.version));
    }
    Ok(newest.version)
}

/// Whether the repeatables count: none of them was ever applied, or all of them are there as proven.
fn proven_extent(bundle: &Bundle, version: i64, repetitions: &[Repetition]) -> Result<Extent, Gap> {
    if bundle.repeatables.is_empty() || repetitions.is_empty() {
        return Ok(Extent::Migrations);
    }
    if let Some(name) = bundle.proof.unproven_repeatables.first() {
        return Err(Gap::Repeatable((*name).to_owned()));
    }
    if bundle.head() != Some(version) {
        return Err(Gap::Early(version));
    }
    let states = repeat::states(bundle, repetitions);
    match states
        .iter()
        .find(|(_, state)| !matches!(state, repeat::State::UpToDate | repeat::State::Skipped))
    {
        Some((it, state)) => Err(Gap::Behind(it.name.to_owned(), *state)),
        None => Ok(Extent::Repeatables),
    }
}

/// Every object that is not as expected: by kind and name as the proof has them, then what is unexpected.
fn against(
    expected: &Expected<'_>,
    definitions: Option<&Snapshot>,
    found: &Snapshot,
) -> Vec<Difference> {
    let definition = |kind: &str, name: &str, wanted: &str| {
        definitions
            .and_then(|definitions| definitions.find(kind, name))
            // What a repeatable has made of it later is another definition.
            .filter(|object| digits(object) == wanted)
            .map(|object| object.definition.clone())
    };
    let mut differences = Vec::new();
    for ((kind, name), wanted) in expected {
        let there = found.find(kind, name);
        let fault = match there {
            None => Fault::Missing,
            Some(object) if digits(object) != *wanted => Fault::Different,
            Some(_) => continue,
        };
        differences.push(Difference {
            fault,
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
            expected: definition(kind, name, wanted),
            found: there.map(|object| object.definition.clone()),
        });
    }
    let surplus = found
        .objects
        .iter()
        .filter(|object| !expected.contains_key(&(object.kind.as_str(), object.name.as_str())));
    differences.extend(surplus.map(unexpected));
    differences
}

/// Which version the schema of a database corresponds to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nothing is there.
    Empty,
    /// It is the schema after this version, and after each of these.
    Exactly(Vec<i64>),
    /// It is none of them; this one is nearest.
    Nearest {
        /// The version.
        version: i64,
        /// What differs from it.
        differences: Vec<Difference>,
    },
    /// It is none of them, and nothing of the nearest one is there.
    Unlike,
}

/// Which version a database is by its schema, and by its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identified {
    pub(crate) identity: Identity,
    /// The newest version that the history records; `None` as well where the role may not read it.
    pub(crate) recorded: Option<i64>,
}

/// Finds the version whose proven schema a database has, or the nearest one.
///
/// # Errors
///
/// `Usage` when the bundle carries no proof.
pub fn identify(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Identity, Error> {
    identified(bundle, settings, observer).map(|it| it.identity)
}

/// The same, beside what the history says.
pub(crate) fn identified(
    bundle: &Bundle,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Identified, Error> {
    let proof = &bundle.proof;
    if proof.is_absent() {
        return Err(Gap::Proofless.error());
    }
    let mut session = Session::open(settings, Purpose::Read, observer)?;
    let found = session.own_snapshot(&proof.scope(), observer)?;
    let recorded = session.visible_head()?;
    Ok(Identified {
        identity: nearest(proof, &found),
        recorded,
    })
}

/// Which of the proven schemas it is, or resembles most.
pub(crate) fn nearest(proof: &Proof, found: &Snapshot) -> Identity {
    if found.objects.is_empty() {
        return Identity::Empty;
    }
    let fingerprint = found.fingerprint();
    let mut exactly: Vec<i64> = proof
        .points
        .iter()
        .filter(|point| point.fingerprint == fingerprint.0)
        .map(|point| point.version)
        .collect();
    let head = proof.points.last().map(|point| point.version);
    let whole = head.zip(proof.whole());
    if exactly.is_empty()
        && let Some((head, _)) = whole
            .as_ref()
            .filter(|(_, (whole, _))| *whole == fingerprint)
    {
        exactly.push(*head);
    }
    if !exactly.is_empty() {
        return Identity::Exactly(exactly);
    }
    let hashes: Vec<(&Object, String)> = found
        .objects
        .iter()
        .map(|object| (object, digits(object)))
        .collect();
    // The newest among those that are equally near: most likely a database that was migrated and then changed.
    let distance = |expected: &Expected<'_>| {
        let equal = hashes
            .iter()
            .filter(|(object, digits)| {
                expected.get(&(object.kind.as_str(), object.name.as_str()))
                    == Some(&digits.as_str())
            })
            .count();
        hashes.len() + expected.len() - 2 * equal
    };
    let best = proof
        .stages()
        .chain(whole.map(|(head, (_, expected))| (head, expected)))
        .map(|(version, expected)| (distance(&expected), version, expected))
        .min_by_key(|(distance, version, _)| (*distance, std::cmp::Reverse(*version)));
    match best {
        Some((_, _, expected))
            if !expected
                .keys()
                .any(|(kind, name)| found.find(kind, name).is_some()) =>
        {
            Identity::Unlike
        }
        Some((_, version, expected)) => Identity::Nearest {
            version,
            differences: against(&expected, proof.definitions(version).as_ref(), found),
        },
        None => Identity::Empty,
    }
}
