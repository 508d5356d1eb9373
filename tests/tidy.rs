//! Rules about the sources themselves, which no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source of the workspace with its path from the root.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut sources = Vec::new();
    for folder in [
        "migrator",
        "migrator-source",
        "migrator-macros",
        "migrator-dev",
        "tests",
        "benches",
        "examples",
        "deploy",
    ] {
        collect(&root.join(folder), &root, &mut sources);
    }
    assert!(
        sources.len() > 50,
        "only {} sources were found",
        sources.len()
    );
    sources
}

fn collect(folder: &Path, root: &Path, sources: &mut Vec<(String, String)>) {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, root, sources);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let name = path.strip_prefix(root).expect("a path below the root");
            let text = fs::read_to_string(&path).expect("UTF-8");
            sources.push((name.display().to_string(), text));
        }
    }
}

/// What compiles as part of the product; tests beside the code end the file.
fn engine() -> Vec<(String, String)> {
    let engine: Vec<(String, String)> = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("migrator/src/"))
        .map(|(path, text)| {
            (
                path,
                text.split("#[cfg(test)]")
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            )
        })
        .collect();
    assert!(engine.iter().any(|(path, _)| path.ends_with("lib.rs")));
    engine
}

/// The files whose code, comments aside, holds one of the texts.
fn holding(sources: &[(String, String)], texts: &[&str]) -> Vec<String> {
    let code = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<&str>>().join("\n")
    };
    let holds = |text: &str| texts.iter().any(|it| code(text).contains(it));
    sources
        .iter()
        .filter(|(_, text)| holds(text))
        .map(|(path, _)| path.clone())
        .collect()
}

#[test]
fn every_file_says_what_it_is_for() {
    for (path, text) in sources() {
        // Cases for the compiler and files that no compiler reads are compared as they are.
        if !path.starts_with("tests/ui/") && !path.starts_with("tests/fixtures/") {
            assert!(text.starts_with("//! "), "{path} does not begin with `//!`");
        }
    }
}

#[test]
fn no_file_is_long() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines");
    }
}

#[test]
fn the_library_prints_nothing_and_never_exits() {
    let printing = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "io::stdout",
        "io::stderr",
        "process::exit",
        "dbg!",
    ];
    let outside: Vec<String> = holding(&engine(), &printing)
        .into_iter()
        .filter(|path| !path.starts_with("migrator/src/cli"))
        .collect();
    assert_eq!(outside, [""; 0]);
}

#[test]
fn three_files_of_the_command_line_print() {
    let printing = holding(&engine(), &["println!", "stdout()", "stderr()"]);
    let allowed = ["render.rs", "json.rs", "observe.rs", "down.rs"];
    assert!(!printing.is_empty());
    for path in printing {
        assert!(allowed.iter().any(|it| path.ends_with(it)), "{path} prints");
    }
}

#[test]
fn one_place_names_the_history_tables() {
    let naming = holding(
        &engine(),
        &[
            "refinery_schema_history",
            "migrator_journal",
            "migrator_step",
        ],
    );
    assert!(!naming.is_empty());
    for path in naming {
        assert!(
            path.starts_with("migrator/src/history"),
            "{path} names a history table"
        );
    }
}

#[test]
fn one_place_takes_the_lock() {
    let locking = holding(&engine(), &["pg_advisory", "pg_try_advisory"]);
    assert!(!locking.is_empty());
    for path in locking {
        let allowed = [
            "migrator/src/session.rs",
            "migrator/src/session/",
            "migrator/src/script.rs",
            "migrator/src/history/record.rs",
        ];
        assert!(
            allowed.iter().any(|it| path.starts_with(it)),
            "{path} takes a lock"
        );
    }
}

#[test]
fn what_is_pure_does_no_io() {
    let io = [
        "std::fs",
        "std::net",
        "std::env",
        "Instant::now",
        "SystemTime",
        "tokio",
        "std::thread",
    ];
    for pure in [
        "plan.rs",
        "drift.rs",
        "target.rs",
        "message.rs",
        "compose.rs",
        "excerpt.rs",
        "script.rs",
        "failure.rs",
        "bundle.rs",
        "unit.rs",
        "unfinished.rs",
        "environment.rs",
        "placeholder.rs",
        "difference.rs",
        "expected.rs",
    ] {
        let path = format!("migrator/src/{pure}");
        let file: Vec<(String, String)> = engine()
            .into_iter()
            .filter(|(found, _)| *found == path)
            .collect();
        assert_eq!(file.len(), 1, "{path} is gone");
        assert_eq!(holding(&file, &io), [""; 0]);
    }
}

#[test]
fn no_file_is_called_after_nothing() {
    for (path, _) in sources() {
        let stem = Path::new(&path)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        assert!(
            !["util", "utils", "common", "helpers", "misc"].contains(&stem),
            "{path}"
        );
    }
}
