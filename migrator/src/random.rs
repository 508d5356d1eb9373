//! The only randomness of the standard library. Nothing that has to be secret is made of it.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A number that nobody foresees: a new `RandomState` is seeded anew.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
