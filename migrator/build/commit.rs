//! The git commit of the workspace: `MIGRATOR_COMMIT`, or what git says of a release build.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;

const VARIABLE: &str = "MIGRATOR_COMMIT";

/// Sets `BUILD_COMMIT`, which is empty where the commit is not known. Changed files make it end in `-dirty`.
pub(crate) fn tell(workspace: Option<&Workspace>) {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    let given = env::var(VARIABLE).ok().filter(|given| !given.is_empty());
    let commit = given.or_else(|| asked(&workspace?.root));
    // Set in any case, so that a variable of that name in the caller's environment says nothing.
    println!(
        "cargo:rustc-env=BUILD_COMMIT={}",
        commit.unwrap_or_default()
    );
}

fn asked(root: &Path) -> Option<String> {
    let commit = git(
        root,
        &[
            "describe",
            "--always",
            "--dirty",
            "--abbrev=40",
            "--exclude=*",
        ],
    )?;
    // Whatever git knows, so that the commit and its mark are those of the files that are compiled.
    for name in git(root, &["ls-tree", "--name-only", "HEAD"])?.lines() {
        watch(&root.join(name));
    }
    let head = git(
        root,
        &[
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "logs/HEAD",
        ],
    )?;
    watch(Path::new(&head));
    Some(commit)
}

/// A path that is not there would make cargo build again each time.
fn watch(path: &Path) {
    if path.exists() {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
