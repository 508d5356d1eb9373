//! Which folder of migrations the shipped program holds: `migrations/`, or the one that `MIGRATOR_MIGRATIONS` names.

use std::env;
use std::path::{Path, PathBuf};

const VARIABLE: &str = "MIGRATOR_MIGRATIONS";
const EXAMPLE: &str = "../migrations";

/// Hands the folder over to `embed!`, as an absolute path, and lets cargo watch it.
///
/// A relative one counts from the folder around this crate, which is where cargo is called.
pub(crate) fn choose() {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    println!("cargo:rerun-if-changed={EXAMPLE}");
    let Some(given) = env::var_os(VARIABLE).filter(|given| !given.is_empty()) else {
        return;
    };
    // For messages: what was written can be pasted where it was written.
    println!("cargo:rustc-env={VARIABLE}_GIVEN={}", given.display());
    let given = around(&manifest_folder()).join(given);
    // One that is not there stays as it is: `embed!` says so, with a place in the source.
    let folder = given.canonicalize().unwrap_or(given);
    println!("cargo:rustc-env={VARIABLE}={}", folder.display());
    println!("cargo:rerun-if-changed={}", folder.display());
}

pub(crate) fn manifest_folder() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(PathBuf::new, PathBuf::from)
}

pub(crate) fn around(folder: &Path) -> &Path {
    folder.parent().unwrap_or(folder)
}
