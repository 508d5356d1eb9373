//! Another tool's folder of migrations as ours.
//!
//! What a tool's files mean is in `tools`, one file a tool; versions, names and headers are made here in one way for
//! all of them. Nothing here prints, or writes outside a folder of its own: that is the command's business.

mod change;
mod check;
mod convert;
mod downs;
mod marker;
mod number;
mod report;
mod source;
mod text;
mod tool;
mod tools;
mod versions;

pub(crate) use convert::{Conversion, convert};
pub(crate) use downs::Downs;
pub(crate) use report::{Entry, Note, Outcome};
pub(crate) use source::Source;
pub(crate) use tool::Tool;
pub(crate) use versions::Versions;
