//! Reads a folder of SQL migrations: names, headers, statements, classification, checks.
//!
//! The macro runs this while a program compiles; the workbench runs it on the folder itself, so that both see the
//! same history. There is no database, no clock and no environment here, and no I/O beyond reading the folder.
//!
//! ```no_run
//! let reading = migrator_source::read("migrations".as_ref(), "migrations", &|_| false);
//! for problem in &reading.problems {
//!     eprintln!("{problem}");
//! }
//! ```

mod assemble;
mod baseline;
mod checksum;
mod classify;
mod command;
mod decode;
mod digest;
mod directive;
mod document;
mod duration;
mod file_name;
mod finding;
mod folder;
mod header;
mod lint;
mod listing;
mod misplaced;
mod place;
mod placeholder;
mod proof;
mod reading;
mod repeatable;
mod script;
mod settings;
mod split;
mod suited;
mod syntax;
mod table;
mod token;
mod transaction;
mod workers;

pub use baseline::{first as first_baseline, gone, nameless_releases};
pub use digest::digest;
pub use finding::{Excerpt, Finding, Place, Severity};
pub use folder::{
    Baseline, Down, DownCheck, Folder, Kind, Limits, Migration, Mode, Operation, Order, Repeatable,
    Script, Spot, Statement,
};
pub use lint::{Linting, lint};
pub use proof::{
    Commuting, Hash, LOCK_FILE, Lock, Point, Proof, Proven, ProvenBaseline, Repeated, SCHEMA_FILE,
    Verdict, proof, text_hash,
};
pub use reading::{Reading, read};
pub use settings::{
    Adoption, Counted, Gate, Placeholder, Probe, Quoting, Scope, Secrecy, Settings, TOOLS,
    settings, unknown_versions,
};
pub use suited::suited;
pub use syntax::PARSER_VERSION;
pub use table::table;
