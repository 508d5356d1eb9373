//! How much is tried, and chance that can be had again: `MIGRATOR_FAULTS` and `MIGRATOR_FAULTS_SEED`.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// A sample, with every other test.
    Short,
    /// Everything.
    Full,
}

impl Extent {
    pub(crate) fn asked() -> Self {
        match std::env::var("MIGRATOR_FAULTS").as_deref() {
            Err(_) | Ok("" | "short") => Self::Short,
            Ok("full") => Self::Full,
            Ok(other) => panic!("MIGRATOR_FAULTS is \"{other}\": say short or full"),
        }
    }

    /// One of two numbers.
    pub(crate) fn of(self, short: usize, full: usize) -> usize {
        match self {
            Self::Short => short,
            Self::Full => full,
        }
    }
}

/// Numbers by chance that follow from a seed: SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
pub(crate) struct Chance(u64);

impl Chance {
    /// From a seed of the environment, or a new one; printed, so that a failure can be tried again.
    pub(crate) fn seeded(test: &str) -> Self {
        let seed = match std::env::var("MIGRATOR_FAULTS_SEED") {
            Ok(given) => given.parse().expect("a number as MIGRATOR_FAULTS_SEED"),
            Err(_) => RandomState::new().build_hasher().finish(),
        };
        println!("{test}: MIGRATOR_FAULTS_SEED={seed}");
        Self(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a small number");
        usize::try_from(self.number() % limit).expect("a small number")
    }

    /// A moment of a span of time, down to the microsecond.
    pub(crate) fn within(&mut self, span: Duration) -> Duration {
        let micros = u64::try_from(span.as_micros()).expect("less than a century");
        Duration::from_micros(self.number() % (micros + 1))
    }
}
