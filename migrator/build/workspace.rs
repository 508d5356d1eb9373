//! Where the program is built: the folder with the `Cargo.lock` that decides which crates are in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::folder::{around, manifest_folder};

/// The workspace of a release build.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// The text of its `Cargo.lock`.
    pub(crate) lock: String,
    pub(crate) kind: Kind,
}

/// Whose workspace it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The one that this crate was written in.
    Ours,
    /// One that depends on this crate.
    Theirs,
}

/// The workspace, where it can be told and the build is a release: a debug build is rebuilt too often to ask each time.
///
/// Cargo does not tell a build script; its output folder is in the workspace, unless somebody moved it.
pub(crate) fn find() -> Option<Workspace> {
    if env::var("PROFILE").as_deref() != Ok("release") {
        return None;
    }
    let ours = around(&manifest_folder()).to_owned();
    let output = env::var_os("OUT_DIR").map(PathBuf::from)?;
    let fetched = env::var_os("CARGO_HOME").is_some_and(|home| ours.starts_with(home));
    let candidates = output
        .ancestors()
        .chain((!fetched).then_some(ours.as_path()));
    candidates.into_iter().find_map(|root| {
        let lock = fs::read_to_string(root.join("Cargo.lock")).ok()?;
        lock.contains("name = \"migrator\"\n").then(|| Workspace {
            root: root.to_owned(),
            lock,
            kind: if same(root, &ours) {
                Kind::Ours
            } else {
                Kind::Theirs
            },
        })
    })
}

fn same(left: &Path, right: &Path) -> bool {
    left.canonicalize().ok() == right.canonicalize().ok()
}
