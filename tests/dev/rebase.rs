//! `rebase`: in a repository with an origin, in one without, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{run, text, workbench};

/// A clone of a repository whose main branch holds two migrations.
struct Clone {
    root: TempDir,
}

impl Clone {
    fn new() -> Self {
        let clone = Self {
            root: tempfile::tempdir().expect("a temporary folder"),
        };
        let origin = clone.root.path().join("origin");
        fs::create_dir_all(origin.join("db/tests")).expect("our own folder");
        fs::write(origin.join("db/V1__a.sql"), "SELECT 1;\n").expect("our own folder");
        fs::write(origin.join("db/V5__b.sql"), "SELECT 5;\n").expect("our own folder");
        git(&origin, &["init", "-q", "-b", "main"]);
        git(&origin, &["add", "."]);
        git(&origin, &["commit", "-q", "-m", "Begin"]);
        git(clone.root.path(), &["clone", "-q", "origin", "clone"]);
        clone
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("clone/db")
    }

    fn write(&self, name: &str, sql: &str) {
        let path = self.folder().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("our own folder");
        fs::write(path, sql).expect("our own folder");
    }

    fn rebase(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = run(workbench(&["rebase", "--folder", "."])
            .args(arguments)
            .current_dir(self.folder()));
        (
            output.status.code(),
            text(&output.stdout).to_owned(),
            text(&output.stderr).to_owned(),
        )
    }

    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["", "tests"] {
            let Ok(entries) = fs::read_dir(self.folder().join(folder)) else {
                continue;
            };
            let files = entries.map(|entry| entry.expect("an entry").path());
            names.extend(files.filter(|path| path.is_file()).map(|path| {
                let name = path.strip_prefix(self.folder()).expect("a path below");
                name.display().to_string()
            }));
        }
        names.sort();
        names
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
        .args(arguments)
        .current_dir(folder);
    let output = run(&mut command);
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn late_migrations_move_past_what_the_origin_has() {
    let clone = Clone::new();
    clone.write("V3__mine.sql", "SELECT 3;\n");
    clone.write("V3__mine.down.sql", "SELECT -3;\n");
    clone.write("tests/V3.after.sql", "SELECT 33;\n");
    clone.write("V4__next.sql", "SELECT 4;\n");
    let before = clone.names();
    let expected = "V3__mine.down.sql -> V6__mine.down.sql\nV3__mine.sql -> V6__mine.sql\n\
                    tests/V3.after.sql -> tests/V6.after.sql\nV4__next.sql -> V7__next.sql\n";
    let (code, stdout, _) = clone.rebase(&["--dry-run"]);
    assert_eq!((code, stdout.as_str()), (Some(0), expected));
    assert_eq!(clone.names(), before);

    let (code, stdout, stderr) = clone.rebase(&[]);
    assert_eq!((code, stdout.as_str()), (Some(0), expected), "{stderr}");
    assert!(stderr.contains("migrator-dev prove"), "{stderr}");
    assert_eq!(
        clone.names(),
        [
            "V1__a.sql",
            "V5__b.sql",
            "V6__mine.down.sql",
            "V6__mine.sql",
            "V7__next.sql",
            "tests/V6.after.sql"
        ]
    );
    let moved = fs::read_to_string(clone.folder().join("V6__mine.sql")).expect("a file");
    assert_eq!(moved, "SELECT 3;\n");
    let (code, stdout, _) = clone.rebase(&[]);
    assert_eq!((code, stdout.as_str()), (Some(0), "nothing is late\n"));
}

#[test]
fn a_new_name_may_be_the_old_one_of_another() {
    let clone = Clone::new();
    clone.write("V4__x.sql", "SELECT 4;\n");
    clone.write("V6__x.sql", "SELECT 6;\n");
    let (code, _, stderr) = clone.rebase(&[]);
    assert_eq!(code, Some(0), "{stderr}");
    let read = |name| fs::read_to_string(clone.folder().join(name)).expect("a file");
    assert_eq!(read("V6__x.sql"), "SELECT 4;\n");
    assert_eq!(read("V7__x.sql"), "SELECT 6;\n");
}

#[test]
fn what_is_released_keeps_its_version() {
    let clone = Clone::new();
    let (code, _, stderr) = clone.rebase(&["1"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("\"V1__a.sql\" is in origin/HEAD"),
        "{stderr}"
    );
    assert_eq!(clone.names(), ["V1__a.sql", "V5__b.sql"]);
}

#[test]
fn without_an_origin_the_versions_are_named() {
    let clone = Clone::new();
    git(&clone.folder(), &["remote", "remove", "origin"]);
    clone.write("V3__mine.sql", "SELECT 3;\n");
    let (code, _, stderr) = clone.rebase(&[]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.starts_with("error: git knows no branch of the origin"),
        "{stderr}"
    );
    let (code, _, stderr) = clone.rebase(&["--since", "no_such"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("\"no_such\""), "{stderr}");
    let (code, stdout, stderr) = clone.rebase(&["3"]);
    assert_eq!(
        (code, stdout.as_str()),
        (Some(0), "V3__mine.sql -> V6__mine.sql\n")
    );
    assert!(stderr.starts_with("note: git knows no branch"), "{stderr}");
    clone.write("V2__late.sql", "SELECT 2;\n");
    let (code, stdout, _) = clone.rebase(&["--since", "main"]);
    assert_eq!(
        (code, stdout.as_str()),
        (
            Some(0),
            "V2__late.sql -> V6__late.sql\nV6__mine.sql -> V7__mine.sql\n"
        )
    );
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let output = run(&mut workbench(&["rebase", "--folder", "no/such", "1"]));
    assert_eq!(output.status.code(), Some(1));
    let expected = "error: could not read folder \"no/such\"\n";
    assert!(text(&output.stderr).starts_with(expected), "{output:?}");
}
