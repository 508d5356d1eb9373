//! SIGTERM and SIGINT: turned into a request to stop. The library knows no signals.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Kind};
use crate::interrupt::Interrupt;

/// The request that both signals make from now on, in place of ending the process.
pub(super) fn interrupt() -> Result<Interrupt, Error> {
    let requested = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        flag::register(signal, Arc::clone(&requested)).map_err(|error| {
            Error::new(
                Kind::Usage,
                format!("signal {signal} cannot be received: {error}"),
            )
        })?;
    }
    Ok(Interrupt::from(requested))
}
