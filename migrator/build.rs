//! What only the build knows: which folder is baked, for what the program is compiled, from which commit and crates.
//!
//! The migrations themselves are read by `embed!`; here cargo is only told to watch them.

#[path = "build/commit.rs"]
mod commit;
#[path = "build/dependencies.rs"]
mod dependencies;
#[path = "build/folder.rs"]
mod folder;
#[path = "build/workspace.rs"]
mod workspace;

use std::env;

fn main() {
    folder::choose();
    // Baked by tests.
    println!("cargo:rerun-if-changed=../tests/fixtures/backfilled");
    println!("cargo:rerun-if-changed=../tests/fixtures/every_feature");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    println!(
        "cargo:rustc-env=BUILD_TARGET={}",
        env::var("TARGET").unwrap_or_default()
    );
    let workspace = workspace::find();
    commit::tell(workspace.as_ref());
    dependencies::tell(workspace.as_ref());
}
