//! The man pages, as the program prints and writes them. What has to be in them is tested beside the code.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{assert_shown, migrator};

#[test]
fn the_manual_is_printed_whole_or_by_command() {
    let whole = migrator(&["help", "--man"]).run().exits(0);
    assert!(whole.stdout.contains(".TH migrator 1"), "{whole}");
    let page = migrator(&["help", "--man", "up"]).run().exits(0);
    for part in [
        ".TH migrator-up 1",
        "MIGRATOR_BACKUP_TO",
        "EXIT STATUS",
        "migrator up +1",
    ] {
        assert!(page.stdout.contains(part), "{part} in {page}");
    }
    let json = migrator(&["help", "--man", "up", "--json"]).run().exits(0);
    assert_eq!(json.json()["pages"][0]["file"], "migrator-up.1");
    assert_eq!(json.json()["pages"][0]["text"], page.stdout);
    assert_shown(
        "man_unknown",
        &migrator(&["help", "--man", "upp"]).run().exits(2),
    );
}

#[test]
fn all_pages_are_written_into_a_directory() {
    let root = tempfile::tempdir().expect("a directory");
    let folder = root.path().join("share/man1");
    let to = folder.to_str().expect("UTF-8");
    // Twice: a newer version writes over what an older one wrote.
    for _ in 0..2 {
        let wrote = migrator(&["help", "--man", "--to", to]).run().exits(0);
        assert!(
            wrote.stdout.ends_with(&format!("man pages to {to}.\n")),
            "{wrote}"
        );
    }
    let mut names: Vec<String> = fs::read_dir(&folder)
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    names.sort();
    assert_eq!(names.first().map(String::as_str), Some("migrator-adopt.1"));
    assert!(names.contains(&"migrator.1".to_owned()), "{names:?}");
    let json = migrator(&["help", "--man", "--to", to, "--json"])
        .run()
        .exits(0);
    let listed = json.json()["pages"].as_array().expect("pages").len();
    assert_eq!(listed, names.len());
    for name in &names {
        formats(&folder.join(name));
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_a_usage_error() {
    let root = tempfile::tempdir().expect("a directory");
    let file = root.path().join("file");
    fs::write(&file, "").expect("a file");
    let to = file.to_str().expect("UTF-8");
    migrator(&["help", "--man", "--to", to])
        .run()
        .exits(2)
        .says(&["error: could not write", "hint: Name a directory"]);
    migrator(&["help", "--to", to]).run().exits(2);
    migrator(&["help", "up", "--man", "--to", to])
        .run()
        .exits(2);
}

/// groff has nothing to say against a page. Where it is not installed, the tests beside the code are what checks pages.
fn formats(page: &Path) {
    let groff = Command::new("groff")
        .args(["-man", "-ww", "-z", "-Tutf8", "-Kutf8"])
        .arg(page)
        .stdin(Stdio::null())
        .output();
    match groff {
        Ok(output) => {
            assert!(output.status.success(), "{}", page.display());
            assert_eq!(
                String::from_utf8_lossy(&output.stderr),
                "",
                "{}",
                page.display()
            );
        }
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
    }
}
