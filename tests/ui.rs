//! What `embed!` says of a bad folder: one file of `tests/ui` for each kind of mistake, with the compiler's output.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the outputs anew. What the macro says without a build script is in
//! `rebuild`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that goes wrong ends there, and shows where"
)]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

const CASES: &str = "MIGRATOR_UI_CASES";

/// trybuild compiles crates without a build script, which the macro would refuse. It accepts an output folder in which
/// cargo keeps no record, as another build system has it, and the environment can only be set for another process.
#[test]
fn mistakes_are_compile_errors() {
    if env::var_os(CASES).is_some() {
        return trybuild::TestCases::new().compile_fail("../tests/ui/*.rs");
    }
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let output = temporary.join("ui/out");
    fs::create_dir_all(&output).unwrap();
    link_fixtures(&temporary.with_file_name("tests/trybuild/migrator"));
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "mistakes_are_compile_errors", "--nocapture"])
        .env(CASES, "1")
        .env("OUT_DIR", &output)
        .status()
        .unwrap();
    assert!(
        status.success(),
        "the output above differs from tests/ui/*.stderr"
    );
}

/// Paths in the cases are relative to the crate that trybuild makes of them.
fn link_fixtures(project: &Path) {
    fs::create_dir_all(project).unwrap();
    let link = project.join("fixtures");
    let _ = fs::remove_file(&link);
    symlink(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/source"),
        link,
    )
    .unwrap();
}
