//! The classes of databases, as plain data, and how each is called in one line.

use std::fmt;

use super::Objects;
use crate::foreign::Found;
use crate::quote::Json;

/// What a database is when a run meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing is there.
    Empty,
    /// It has a history of ours, up to this version; `None`: everything was undone, or nothing is complete yet.
    Ours(Option<i64>),
    /// It has a history of ours, and this version of it is newer than this program.
    Newer(i64),
    /// Other tools keep their histories in it.
    Foreign(Vec<Found>),
    /// It has no history of ours, but it is known at which version it is.
    Known(Known),
    /// It has objects, and nothing is known about it.
    Unknown(Unknown),
}

/// A database without history of which it is known at which version it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The version.
    pub version: i64,
    /// How that is known.
    pub evidence: Evidence,
}

/// How the version of a database without history is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A rule of `migrator.toml` matches: its name.
    Rule(String),
    /// Its schema is the one that was proven for that version, and for no other.
    Fingerprint,
}

impl Known {
    /// What the journal keeps of it, as JSON.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.evidence {
            Evidence::Rule(name) => format!("{{\"rule\": {}}}", Json(name)),
            Evidence::Fingerprint => format!("{{\"fingerprint\": {}}}", self.version),
        }
    }
}

/// A database of which nothing is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What is there.
    pub objects: Objects,
    /// Which version it resembles most.
    pub resembles: Resemblance,
}

/// Which version a database resembles most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resemblance {
    /// None at all.
    None,
    /// There is no proof to compare it with.
    Unproven,
    /// It has the schema of each of these versions, which differ in rows alone.
    Ambiguous(Vec<i64>),
    /// This one.
    Nearest {
        /// The version.
        version: i64,
        /// How many objects differ.
        differing: usize,
    },
}

impl Class {
    /// The word for it in JSON output.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Ours(_) => "ours",
            Self::Newer(_) => "newer",
            Self::Foreign(_) => "foreign",
            Self::Known(_) => "known",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What follows "the database is".
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::Ours(Some(version)) => write!(f, "ours, at {version}"),
            Self::Ours(None) => f.write_str("ours, at base"),
            Self::Newer(version) => {
                write!(f, "ours, but newer than this program, at {version}")
            }
            Self::Foreign(found) => {
                let histories: Vec<String> = found
                    .iter()
                    .map(|found| format!("{} keeps its history in {}", found.tool, found.shown()))
                    .collect();
                write!(f, "another tool's: {}", histories.join(", "))
            }
            Self::Known(Known { version, evidence }) => match evidence {
                Evidence::Rule(name) => {
                    write!(f, "legacy, known by the rule \"{name}\": at {version}")
                }
                Evidence::Fingerprint => write!(f, "legacy, known by its schema: at {version}"),
            },
            Self::Unknown(unknown) => write!(f, "unknown: {}", unknown.objects),
        }
    }
}
