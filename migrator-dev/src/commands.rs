//! The commands, one file each, named after what the user types.
//!
//! Only these files print to standard output.

pub(crate) mod import;
pub(crate) mod lint;
pub(crate) mod new;
pub(crate) mod prove;
pub(crate) mod rebase;
mod server;
pub(crate) mod squash;
pub(crate) mod r#try;
pub(crate) mod with_server;
