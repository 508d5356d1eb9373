//! Why there is nothing to compare a schema with, and what helps. Pure.

use std::fmt;

use crate::error::{Error, Kind};
use crate::repeat::State;

/// Why there is nothing to compare a schema with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The binary carries no proof.
    Proofless,
    /// The history has no rows.
    Base,
    /// What is applied up to this version is not what the proof knows.
    Other(i64),
    /// This version is not proven.
    Version(i64),
    /// The repeatable of this name is not proven.
    Repeatable(String),
    /// Repeatables were applied, and this is not the newest version.
    Early(i64),
    /// The repeatable of this name is not as in the binary.
    Behind(String, State),
}

impl Gap {
    /// What helps.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Proofless | Self::Version(_) | Self::Repeatable(_) => {
                "Prove the folder with `migrator-dev prove`, commit migrator.lock and schema.sql, and build again."
            }
            Self::Base | Self::Early(_) | Self::Behind(..) => {
                "`migrator up` applies what is pending, and compares the schema at its end."
            }
            Self::Other(_) => "`migrator check` says where history and binary disagree.",
        }
    }

    /// Nothing to compare with is a usage error where comparing was asked for.
    #[must_use]
    pub fn error(&self) -> Error {
        let message = format!("there is nothing to compare the schema with: {self}");
        Error::new(Kind::Usage, message).with_hint(self.hint())
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proofless => f.write_str("this binary carries no proof"),
            Self::Base => f.write_str("nothing is applied"),
            Self::Other(version) => {
                write!(f, "what is applied up to {version} is not what was proven")
            }
            Self::Version(version) => write!(f, "{version} is not proven"),
            Self::Repeatable(name) => write!(f, "repeatable {name:?} is not proven"),
            Self::Early(version) => write!(
                f,
                "repeatables were applied, and their schema is proven for the newest migration only, not for {version}"
            ),
            Self::Behind(name, state) => write!(f, "repeatable {name:?} is {}", state.word()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gap_has_what_helps() {
        for (gap, helps) in [
            (Gap::Proofless, "`migrator-dev prove`"),
            (Gap::Version(3), "`migrator-dev prove`"),
            (Gap::Repeatable("v".to_owned()), "`migrator-dev prove`"),
            (Gap::Base, "`migrator up`"),
            (Gap::Early(3), "`migrator up`"),
            (
                Gap::Behind("v".to_owned(), State::Outdated),
                "`migrator up`",
            ),
            (Gap::Other(3), "`migrator check`"),
        ] {
            let error = gap.error();
            assert!(error.to_string().ends_with(&gap.to_string()), "{error}");
            assert!(gap.hint().contains(helps), "{gap}: {}", gap.hint());
        }
    }
}
