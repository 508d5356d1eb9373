//! Histories that other tools have left in a database: whose they are, what they say, and how they become ours.
//!
//! Everything below is pure but for `adopt`, which asks the database. What is written is `history`; what is done about
//! a database that has such a history is `recognise`.

mod adopt;
pub mod assign;
mod checksum;
pub mod detect;
pub mod entry;
mod lock;
pub mod map;
pub mod mirror;
pub mod read;
pub(crate) mod remains;
pub mod tool;

pub use adopt::{
    Adoption, Age, Checksums, Mirrored, Mirroring, Outcome, Pending, Request, Stopped, Taken, Text,
    Writing, adopt, stop_mirror,
};
pub use detect::{Candidate, Found};
pub use map::Map;
pub use mirror::Mirror;
pub use tool::Tool;
