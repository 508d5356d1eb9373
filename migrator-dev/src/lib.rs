//! What the workbench offers to the tests and benches of the workspace: throwaway servers, and folders baked at run
//! time.
//!
//! The commands are in the binary of this package. Nothing here is part of what is shipped.

pub mod bake;
pub mod server;
