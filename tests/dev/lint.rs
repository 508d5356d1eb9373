//! `lint`: the same findings for people, as JSON and as SARIF.

use std::fs;
use std::path::Path;
use std::process::Output;

use super::{run, text, workbench};

/// A folder with something of every kind: an error, a warning, a problem of the reader, two places, no place.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |file: &str, sql: &str| {
        fs::write(folder.path().join(file), sql).expect("our own folder");
    };
    write(
        "V1__index.sql",
        "-- Orders by day.\nCREATE INDEX orders_day\n    ON shop.orders (day);\n",
    );
    write(
        "V2__path.sql",
        "SET search_path = shop;\nCREATE TABLE é (a int);\n",
    );
    write("V2__path.down.sql", "-- Nothing.\nSELECT 1;\n");
    write("V3__bad.sql", "CREATE TABEL t (a int);\n");
    write("V4__view.sql", "CREATE VIEW shop.v AS SELECT 1 AS one;\n");
    write("V4__view.down.sql", "DROP TABLE shop.w;\n");
    write("migrator.toml", "[proof]\ngat = \"off\"\n");
    folder
}

fn lint(folder: &Path, format: &str) -> Output {
    run(workbench(&["lint", "--folder", ".", "--format", format]).current_dir(folder))
}

fn assert_shown(name: &str, output: &Output) {
    assert_eq!(text(&output.stderr), "");
    insta::with_settings!({
        snapshot_path => "../snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text(&output.stdout));
    });
}

#[test]
fn lint_shows_every_finding_in_each_format() {
    let folder = folder();
    for format in ["text", "json", "sarif"] {
        let output = lint(folder.path(), format);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_shown(&format!("lint_{format}"), &output);
    }
}

#[test]
fn lint_ends_well_where_nothing_is_dangerous() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("V1__first.sql");
    fs::write(file, "SET search_path = shop;\n").expect("our own folder");
    let output = lint(folder.path(), "text");
    assert!(output.status.success(), "{output:?}");
    assert!(
        text(&output.stdout).ends_with("0 errors, 1 warnings\n"),
        "{output:?}"
    );
}

#[test]
fn the_worked_example_is_good_practice() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for example in [
        "migrations",
        "examples/binary/migrations",
        "examples/application/migrations",
    ] {
        let output = run(workbench(&["lint", "--folder", example]).current_dir(&root));
        assert_eq!(
            text(&output.stdout),
            format!("{example}: 0 errors, 0 warnings\n")
        );
    }
}
