//! Histories that other tools have left in a database: whose they are, what they say, and how they become ours.
//!
//! Everything below is pure but for `adopt`, which asks the database. What is written is `history`; what is done about
//! a database that has such a history is `recognise`.

pub mod detect;
pub mod tool;

pub use detect::{Candidate, Found};
pub use tool::Tool;
