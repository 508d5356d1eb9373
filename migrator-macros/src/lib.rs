//! `embed!`: a folder of migrations as constants, or as compile errors.
//!
//! Three steps, one file each: `input` parses the call, `expand` reads and checks the folder, `tokens` writes what was
//! found, with `proof` for what is known from running it, and `prove` for the command that runs it. `tracking`,
//! `verdicts` and `record` deal with cargo. What makes a folder good or bad is `migrator-source`.

mod adoption;
mod expand;
mod input;
mod proof;
mod prove;
mod record;
mod tokens;
mod tracking;
mod verdicts;

use input::Input;
use proc_macro::TokenStream;

/// Bakes a folder of migrations into the program: an expression of type `&'static migrator::Bundle`.
///
/// The path is relative to the `Cargo.toml` of the calling crate. The folder is read and checked while the program
/// compiles; each problem is a compile error with the file, the line and what to do about it. The result is made of
/// constants: nothing is allocated, parsed or hashed at run time.
///
/// ```ignore
/// static HISTORY: &migrator::Bundle = migrator::embed!("../migrations");
/// ```
///
/// A release build bakes only what `migrator-dev prove` has run on a scratch server as it is now; a debug build bakes
/// which migrations are not proven.
///
/// With a variable, a build can be given another folder, by a path that is relative to the same `Cargo.toml` or absolute:
///
/// ```ignore
/// static HISTORY: &migrator::Bundle = migrator::embed!("../migrations", env = "APP_MIGRATIONS");
/// ```
///
/// The crate needs a `build.rs` of one line, so that cargo builds again when a file changes, appears or goes:
///
/// ```ignore
/// fn main() { println!("cargo:rerun-if-changed=../migrations"); }
/// ```
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as Input);
    expand::expand(&input).into()
}
