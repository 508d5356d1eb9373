//! Made-up histories: a folder of a few files, and the program that bakes it when it starts.

use std::path::{Path, PathBuf};

use migrator::Bundle;
use migrator_dev::bake;
use tempfile::TempDir;

use super::{Call, Database, Ran};

/// A folder of migrations, gone when the test ends.
pub(crate) struct History {
    root: TempDir,
}

impl History {
    /// Writes a folder of files, each a name and a text.
    pub(crate) fn new<N: AsRef<str>, T: AsRef<str>>(files: &[(N, T)]) -> Self {
        assert!(!files.is_empty(), "an empty history proves nothing");
        let history = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
        };
        std::fs::create_dir(history.folder()).expect("a new folder");
        for (name, text) in files {
            history.write(name.as_ref(), text.as_ref());
        }
        history
    }

    /// So many migrations `V1` to `Vn`, whose SQL a function writes.
    pub(crate) fn numbered(count: usize, sql: impl Fn(usize) -> String) -> Self {
        let files: Vec<(String, String)> = (1..=count)
            .map(|at| (format!("V{at}__step_{at}.sql"), sql(at)))
            .collect();
        Self::new(&files)
    }

    /// Writes one more file, or another text for one.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder().join(name), text).expect("our own folder");
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder().join(name)).expect("a file that is there");
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("migrations")
    }

    pub(crate) fn bundle(&self) -> &'static Bundle {
        bake::bundle(&self.folder()).unwrap_or_else(|problems| panic!("{}", problems.join("\n")))
    }

    /// A call of the program, on no database yet.
    pub(crate) fn call(&self, arguments: &[&str]) -> Call {
        Call::new(&program(), arguments).variable("MIGRATOR_TEST_FOLDER", self.folder())
    }

    /// Runs the program on a database.
    pub(crate) fn run(&self, database: &Database, arguments: &[&str]) -> Ran {
        self.call(arguments).on(database).run()
    }

    /// Applies all of it, and fails the test when that fails.
    pub(crate) fn up(&self, database: &Database) {
        self.run(database, &["up"]).exits(0);
    }
}

/// Cargo puts examples beside the folder of the test binaries.
fn program() -> PathBuf {
    let ours = std::env::current_exe().expect("a test binary");
    let program = ours
        .parent()
        .and_then(Path::parent)
        .expect("target/PROFILE/deps")
        .join("examples/folder");
    assert!(
        program.is_file(),
        "\"{}\" is missing: run `cargo build -p migrator --example folder`, or all tests with `cargo test`",
        program.display()
    );
    program
}
