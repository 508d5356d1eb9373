//! `new`: names, versions, and what it refuses.

use std::fs;
use std::path::Path;

use super::{is_empty, run, text, workbench};

#[test]
fn new_writes_an_up_and_a_down_file_above_every_version() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("UTF-8");
    let mut versions = Vec::new();
    for _ in 0..3 {
        let output = run(&mut workbench(&["new", "Add users!", "--folder", path]));
        assert!(output.status.success(), "{output:?}");
        let files: Vec<&str> = text(&output.stdout).lines().collect();
        let [up, down] = files[..] else {
            panic!("two paths, not {files:?}")
        };
        let version = up
            .strip_prefix(&format!("{path}/V"))
            .and_then(|rest| rest.strip_suffix("__add_users.sql"))
            .expect("the name of an up file");
        assert_eq!(down, format!("{path}/V{version}__add_users.down.sql"));
        assert!(
            version.len() == 14 && version.starts_with("20"),
            "{version}"
        );
        for file in [up, down] {
            let content = fs::read_to_string(file).expect("a file");
            assert!(
                content
                    .lines()
                    .all(|line| line.is_empty() || line.starts_with("--")),
                "{content}"
            );
        }
        versions.push(version.parse::<i64>().expect("a number"));
    }
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert_eq!(fs::read_dir(path).expect("a folder").count(), 6);
}

#[test]
fn new_refuses_an_empty_name_and_a_missing_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("missing");
    let check = |name: &str, place: &Path, expected: &str| {
        let output = run(workbench(&["new", name, "--folder"]).arg(place));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(text(&output.stderr).starts_with(expected), "{output:?}");
        assert!(output.stdout.is_empty() && is_empty(folder.path()));
    };
    check(
        " -- ",
        folder.path(),
        "error: the name has no letter or digit\nhint: ",
    );
    check(
        "add users",
        &missing,
        &format!("error: could not read folder \"{}\"\n", missing.display()),
    );
}
