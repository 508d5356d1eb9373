//! A PostgreSQL schema history, compiled into one executable.
//!
//! [`embed!`] reads a folder of SQL migrations while the program compiles, checks them, and bakes them in as a
//! [`Bundle`] of constants. The functions of this crate bring a database to it:
//!
//! ```no_run
//! use migrator::{Database, Settings, Target};
//! # use migrator::Bundle;
//! # fn run(history: &'static Bundle) -> Result<(), migrator::Error> {
//! // static HISTORY: &Bundle = migrator::embed!("../migrations");
//! let settings = Settings::new(Database::from_url("postgres://app@localhost/app")?);
//! let report = migrator::up(history, &settings, Target::Head, &mut |_| {})?;
//! println!("{} migrations applied", report.steps.len());
//! # Ok(())
//! # }
//! ```
//!
//! [`main!`] is a whole program in one line. Library code does not print, does not exit and does not panic.

// In the order in which a run goes through them.
mod access;
pub mod backup;
#[doc(hidden)]
pub mod baked;
mod blocker;
pub mod bundle;
pub mod change;
mod check;
#[cfg(feature = "cli")]
pub mod cli;
mod compose;
mod connect;
mod connection;
mod conninfo;
mod deadline;
pub mod difference;
pub mod drift;
mod elsewhere;
mod environment;
pub mod error;
pub mod event;
pub mod excerpt;
pub mod expected;
pub mod export;
mod failure;
pub mod foreign;
pub mod history;
pub mod interrupt;
pub mod label;
mod message;
pub mod origin;
pub mod placeholder;
pub mod plan;
mod pooler;
mod quote;
mod random;
pub mod recognise;
pub mod refinery_driver;
pub mod repeat;
pub mod report;
pub mod resolve;
mod run;
pub mod script;
#[cfg(feature = "serve")]
mod serve;
mod server_error;
pub mod session;
pub mod settings;
pub mod snapshot;
pub mod status;
pub mod target;
mod unfinished;
mod unit;
pub mod verify;

pub use bundle::Bundle;
pub use change::{Change, change, down, redo, stamp, up};
pub use check::check;
pub use error::Error;
pub use event::Event;
pub use foreign::adopt;
pub use interrupt::Interrupt;
pub use migrator_macros::embed;
pub use report::Report;
pub use resolve::{Resolution, resolve};
pub use settings::{Database, Settings};
pub use status::{Status, status};
pub use target::Target;
pub use verify::{Verification, identify, verify};

/// A whole program in one line: the command line around the migrations of a folder, named as for [`embed!`].
///
/// ```ignore
/// migrator::main!("../migrations");
/// ```
#[cfg(feature = "cli")]
#[macro_export]
macro_rules! main {
    ($($folder:tt)*) => {
        fn main() -> ::std::process::ExitCode {
            $crate::cli::main($crate::embed!($($folder)*))
        }
    };
}
