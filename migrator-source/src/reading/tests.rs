//! Every folder of `tests/fixtures/source` against the text beside its files.
//!
//! `BLESS=1 cargo test -p migrator-source` writes what is found; the difference is then for git to show.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;
use std::{env, fs};

use super::*;
use crate::folder::{Down, Kind, Limits, Mode, Script};

fn fixtures(kind: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/source")
        .join(kind)
}

/// Compares each entry of a folder of fixtures with `{name}.expected` beside it.
fn check(kind: &str, show: impl Fn(&Reading) -> String) {
    let root = fixtures(kind);
    let names: BTreeSet<String> = fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with(".expected"))
        .collect();
    assert!(names.len() > 5, "the fixtures are there");
    for name in names {
        let reading = read(&root.join(&name), &name, &|_| false);
        let shown = show(&reading);
        let expected = root.join(format!("{name}.expected"));
        if env::var_os("BLESS").is_some() {
            fs::write(&expected, &shown).unwrap();
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert!(
            shown == expected,
            "{kind}/{name} reads otherwise than expected:\n{shown}"
        );
    }
}

fn findings(reading: &Reading) -> String {
    let mut shown = String::new();
    for (label, findings) in [("error", &reading.problems), ("warning", &reading.warnings)] {
        for finding in findings {
            writeln!(shown, "{label}: {finding}\n").unwrap();
        }
    }
    shown
}

fn script(label: &str, script: &Script) -> String {
    let mut shown = format!("{label} {}", script.file);
    if script.mode == Mode::NoTransaction {
        shown += " no-transaction";
    }
    if script.limits != Limits::default() {
        write!(
            shown,
            " {:?} {:?}",
            script.limits.lock_timeout, script.limits.statement_timeout
        )
        .unwrap();
    }
    shown.push('\n');
    for statement in &script.statements {
        let text = &script.sql[statement.start..statement.end];
        let kind = if statement.kind == Kind::Plain {
            String::new()
        } else {
            format!("{:?} ", statement.kind)
        };
        writeln!(shown, "  {kind}{text:?}").unwrap();
    }
    shown
}

#[test]
fn bad_folders_are_refused_completely() {
    check("bad", |reading| {
        assert!(!reading.problems.is_empty(), "{reading:?}");
        findings(reading)
    });
}

#[test]
fn good_folders_are_read() {
    check("good", |reading| {
        assert_eq!(reading.problems, []);
        let mut shown = findings(reading);
        for migration in &reading.folder.migrations {
            writeln!(
                shown,
                "{:?} {} {}",
                migration.order, migration.version, migration.name
            )
            .unwrap();
            shown += &script("up", &migration.up);
            match &migration.down {
                Down::Absent => {}
                Down::Irreversible(why) => writeln!(shown, "irreversible {why:?}").unwrap(),
                Down::Script(down) => shown += &script("down", down),
            }
            if let Some(verify) = &migration.verify {
                shown += &script("verify", verify);
            }
        }
        for repeatable in &reading.folder.repeatables {
            shown += &script("repeatable", &repeatable.script);
        }
        for baseline in &reading.folder.baselines {
            writeln!(
                shown,
                "baseline {} {} {:?}",
                baseline.version, baseline.name, baseline.last_release
            )
            .unwrap();
            for part in &baseline.scripts {
                shown += &script("part", part);
            }
        }
        shown
    });
}

#[test]
fn a_folder_that_does_not_exist_is_a_problem() {
    let reading = read(&fixtures("nowhere"), "nowhere", &|_| false);
    assert_eq!(reading.problems.len(), 1);
    assert_eq!(
        reading.problems[0].message,
        "folder \"nowhere\" does not exist"
    );
}

#[test]
fn a_text_that_was_accepted_before_is_not_parsed_again() {
    let folder = fixtures("bad").join("syntax_error");
    let reading = read(&folder, "m", &|_| false);
    assert_eq!(reading.checked.len(), 1, "the other file is good");
    assert_eq!(read(&folder, "m", &|_| true).problems, []);
}

#[test]
fn windows_and_unix_files_are_the_same_script() {
    let folder = env::temp_dir().join(format!("migrator-reading-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut readings = Vec::new();
    for text in [
        "SELECT 1;\nSELECT 2;\n",
        "\u{feff}SELECT 1;\r\nSELECT 2;\r\n",
    ] {
        fs::write(folder.join("V1__x.sql"), text).unwrap();
        readings.push(read(&folder, "m", &|_| false).folder);
    }
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(readings[0].migrations[0].up, readings[1].migrations[0].up);
    assert_eq!(crate::digest(&readings[0]), crate::digest(&readings[1]));
    assert_ne!(
        readings[0].migrations[0].checksum,
        readings[1].migrations[0].checksum
    );
}

#[test]
fn uses_of_what_could_not_be_read_are_no_problem() {
    let folder = fixtures("settings/placeholders");
    let reading = read(&folder, "placeholders", &|_| false);
    assert_eq!(reading.problems, []);
    // What has not been parsed is parsed next time.
    assert_eq!(reading.checked, Vec::<[u8; 32]>::new());
    assert!(crate::settings::settings(&folder, "placeholders").is_err());
}
