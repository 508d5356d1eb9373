//! A server of its own, for a test that stops it or changes its rules.

use migrator_dev::server::{Options, Server};

/// Starts one; it is gone when the test ends.
pub(crate) fn server() -> Server {
    Server::start(&Options::from_environment())
        .unwrap_or_else(|error| panic!("{error}: {:?}", error.detail()))
}
