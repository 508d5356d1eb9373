//! `cargo build` in a user's crate: every change of the folder reaches the program, and no path of the machine does.
//!
//! The crates are made in the target folder and share one folder for what they build, so that the dependencies are
//! compiled once. Their folders are `migrations/` and, beside it, `app/`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that goes wrong ends there, and shows where"
)]

#[path = "rebuild/gate.rs"]
mod gate;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

const BUILD_SCRIPT: &str = r#"fn main() { println!("cargo:rerun-if-changed=../migrations"); }"#;

/// A crate of a user with its migrations.
struct Project {
    name: &'static str,
    root: PathBuf,
}

impl Project {
    /// Makes the crate anew in a folder of its own.
    fn new(name: &'static str, folder: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("rebuild")
            .join(folder);
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("app/src")).unwrap();
        fs::create_dir_all(root.join("migrations")).unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        fs::copy(workspace.join("Cargo.lock"), root.join("app/Cargo.lock")).unwrap();
        let project = Self { name, root };
        project.write("app/build.rs", BUILD_SCRIPT);
        project.write(
            "app/src/main.rs",
            "fn main() {\n    let history = migrator::embed!(\"../migrations\");\n    println!(\"{history:?}\");\n}\n",
        );
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nmigrator = {{ path = {:?}, default-features = false }}\n\n\
             [profile.dev]\ndebug = false\nstrip = true\n\n[workspace]\nresolver = \"3\"\n",
            env!("CARGO_MANIFEST_DIR"),
        );
        project.write("app/Cargo.toml", &manifest);
        project.write("migrations/V1__first.sql", "SELECT 'first';\n");
        project
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.root.join(file), text).unwrap();
    }

    fn target() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("rebuild/target")
    }

    fn build(&self) -> Output {
        Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--offline"])
            .current_dir(self.root.join("app"))
            .env("CARGO_TARGET_DIR", Self::target())
            // cargo gave this to the test, and would pass it on.
            .env_remove("OUT_DIR")
            .output()
            .unwrap()
    }

    /// Builds the crate and says what its program prints.
    fn run(&self) -> String {
        let built = self.build();
        assert!(
            built.status.success(),
            "{}",
            String::from_utf8_lossy(&built.stderr)
        );
        let printed = Command::new(self.program()).output().unwrap();
        String::from_utf8(printed.stdout).unwrap()
    }

    /// Builds the crate and says how the compiler refuses it.
    fn refusal(&self) -> String {
        let built = self.build();
        assert!(!built.status.success(), "the crate was built");
        String::from_utf8(built.stderr).unwrap()
    }

    fn program(&self) -> PathBuf {
        Self::target().join("debug").join(self.name)
    }
}

#[test]
fn a_plain_build_sees_every_change_of_the_folder() {
    let project = Project::new("rebuild-changes", "changes");
    let built = project.run();
    assert!(
        built.contains("SELECT 'first'") && built.contains("folder: \"migrations\""),
        "{built}"
    );

    project.write("migrations/V1__first.sql", "SELECT 'edited';\n");
    let edited = project.run();
    assert!(
        edited.contains("SELECT 'edited'") && !edited.contains("SELECT 'first'"),
        "{edited}"
    );

    project.write("migrations/V2__second.sql", "SELECT 'second';\n");
    assert!(project.run().contains("SELECT 'second'"));

    // As `cp -p`, `tar` and `git stash pop` leave it.
    project.write("migrations/V3__old.sql", "SELECT 'old';\n");
    let old = SystemTime::now() - Duration::from_hours(24 * 365);
    File::open(project.root.join("migrations/V3__old.sql"))
        .unwrap()
        .set_modified(old)
        .unwrap();
    assert!(project.run().contains("SELECT 'old'"));

    let folder = project.root.join("migrations");
    fs::rename(folder.join("V3__old.sql"), folder.join("V4__renamed.sql")).unwrap();
    let renamed = project.run();
    assert!(
        renamed.contains("version: 4, name: \"renamed\"") && !renamed.contains("version: 3"),
        "{renamed}"
    );

    fs::remove_file(folder.join("V4__renamed.sql")).unwrap();
    let removed = project.run();
    assert!(
        !removed.contains("version: 4") && removed.contains("version: 2"),
        "{removed}"
    );

    project.write("migrations/V5__bad.sql", "SELECT 1;\nSELCT 2;\n");
    let refusal = project.refusal();
    assert!(
        refusal.contains("--> migrations/V5__bad.sql:2:1"),
        "{refusal}"
    );
    fs::remove_file(folder.join("V5__bad.sql")).unwrap();
    assert_eq!(project.run(), removed);
}

#[test]
fn without_a_build_script_the_macro_shows_the_line_to_write() {
    let project = Project::new("rebuild-unwatched", "unwatched");
    fs::remove_file(project.root.join("app/build.rs")).unwrap();
    let refusal = project.refusal();
    assert!(
        refusal.contains("this crate has no build script"),
        "{refusal}"
    );
    assert!(
        refusal.lines().any(|line| line.trim() == BUILD_SCRIPT),
        "{refusal}"
    );

    project.write(
        "app/build.rs",
        "fn main() { println!(\"cargo:rerun-if-changed=build.rs\"); }",
    );
    let refusal = project.refusal();
    assert!(
        refusal.contains("the build script does not watch \"../migrations\""),
        "{refusal}"
    );
    assert!(
        refusal.lines().any(|line| line.trim() == BUILD_SCRIPT),
        "{refusal}"
    );

    project.write("app/build.rs", BUILD_SCRIPT);
    assert!(project.run().contains("SELECT 'first'"));
}

/// The programs need not be equal, since cargo itself names crates after where they are. What is baked is equal, and
/// neither program holds the path of its project.
#[test]
fn the_place_of_the_project_is_not_in_the_program() {
    let printed = ["here", "there"].map(|folder| {
        let project = Project::new("rebuild-place", folder);
        let printed = project.run();
        let program = fs::read(project.program()).unwrap();
        let holds = |text: &[u8]| program.windows(text.len()).any(|window| window == text);
        assert!(holds(b"V1__first.sql"), "the search finds what is there");
        assert!(
            !holds(project.root.to_str().unwrap().as_bytes()),
            "the program holds the path of its project"
        );
        printed
    });
    assert_eq!(printed[0], printed[1]);
}
