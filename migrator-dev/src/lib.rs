//! What the workbench offers to the tests and benches of the workspace: throwaway servers.
//!
//! The commands are in the binary of this package. Nothing here is part of what is shipped.

pub mod server;
