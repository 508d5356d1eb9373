//! Which of a tool's downs come along: many were never run, and some are no SQL.
//!
//! Whether one leads back is found by a proof, not here.

use clap::ValueEnum;

/// Which of a tool's downs come along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Downs {
    /// Every one; where one cannot be read, its migration does not convert
    All,
    /// Those that can be read; the others are left out, each with a remark
    Readable,
    /// None of them
    None,
}
