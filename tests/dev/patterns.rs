//! The SQL of docs/writing-migrations.md: every block that begins with the name of a file is that file, and the blocks
//! below one heading are a history on top of the tables of the examples. Each release of it is linted and proven.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use super::prove::{Folder, SERVER};
use super::{run, text, workbench};

/// Files, by the version that they belong to.
type Releases = BTreeMap<u32, Vec<(String, String)>>;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/writing-migrations.md");
    fs::read_to_string(path).expect("the page")
}

/// The files below one heading.
fn releases(section: &str) -> Releases {
    let mut releases = Releases::new();
    for block in section.split("```sql\n").skip(1) {
        let block = block.split("```").next().expect("the end of a block");
        let (name, sql) = block.split_once('\n').expect("a first line");
        let name = name.strip_prefix("-- ").expect("the name of a file");
        let version = name
            .strip_prefix('V')
            .and_then(|rest| rest.split_once("__"))
            .and_then(|(version, _)| version.parse().ok())
            .unwrap_or_else(|| panic!("{name} is not the name of a migration"));
        let files = releases.entry(version).or_default();
        files.push((name.to_owned(), sql.to_owned()));
    }
    releases
}

#[track_caller]
fn lint(folder: &Folder, of: &str) {
    let output = run(workbench(&["lint", "--folder"]).arg(folder.path()));
    let said = text(&output.stdout);
    assert!(said.ends_with("0 errors, 0 warnings\n"), "{of}: {said}");
}

/// Each version on top of a history that is proven, as a release comes after the other.
fn release(base: &Releases, heading: &str, releases: &Releases) {
    let folder = Folder::new(&[]);
    for (version, files) in base.iter().chain(releases) {
        for (name, sql) in files {
            folder.write(name, sql);
        }
        let of = format!("{heading}, V{version}");
        lint(&folder, &of);
        let said = folder.prove(&[]);
        assert_eq!(said.code, Some(0), "{of}: {}{}", said.stdout, said.stderr);
    }
}

#[test]
fn every_pattern_is_linted_and_runs_up_down_and_up_again() {
    let page = page();
    let mut sections = page.split("\n## ").map(|section| {
        let heading = section.lines().next().unwrap_or_default();
        (heading.to_owned(), releases(section))
    });
    let base = sections
        .find(|(_, releases)| !releases.is_empty())
        .expect("the tables of the examples")
        .1;
    let patterns: Vec<(String, Releases)> = sections
        .filter(|(_, releases)| !releases.is_empty())
        .collect();
    assert!(patterns.len() >= 10, "{} patterns", patterns.len());
    // Started here, and not by several of them at once.
    let _ = SERVER.url("postgres");
    thread::scope(|scope| {
        for some in patterns.chunks(4) {
            let base = &base;
            scope.spawn(move || {
                for (heading, releases) in some {
                    release(base, heading, releases);
                }
            });
        }
    });
}
