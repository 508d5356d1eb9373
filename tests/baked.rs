//! What is baked while the program compiles is what the folder holds when it is read again.

use std::path::{Path, PathBuf};

use migrator::Bundle;
use migrator::bundle::{Down, Kind, Mode, Operation, Order};
use migrator_dev::bake;

use crate::support::Database;

static EVERY_FEATURE: &Bundle = migrator::embed!("../tests/fixtures/every_feature");
static EXAMPLE: &Bundle = migrator::embed!("../migrations");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn assert_equal(baked: &Bundle, folder: &str) {
    let read = bake::bundle_shown_as(&root().join(folder), folder);
    let read = read.unwrap_or_else(|problems| panic!("{}", problems.join("\n")));
    assert!(!baked.migrations.is_empty());
    assert_eq!(baked.migrations.len(), read.migrations.len());
    for (baked, read) in baked.migrations.iter().zip(read.migrations) {
        assert_eq!(baked, read);
    }
    assert_eq!(baked.digest, read.digest);
    assert_eq!(baked.folder, read.folder);
}

#[test]
fn a_baked_folder_equals_the_folder_field_by_field() {
    assert_equal(EVERY_FEATURE, "tests/fixtures/every_feature");
}

#[test]
fn the_baked_example_equals_its_folder() {
    assert_equal(EXAMPLE, "migrations");
}

#[test]
fn the_fixture_has_every_feature() {
    let all = EVERY_FEATURE.migrations;
    let find = |version: i64| {
        all.iter()
            .find(|it| it.version == version)
            .expect("a version of the fixture")
    };
    let raw = |file: &str| {
        std::fs::read(root().join("tests/fixtures/every_feature").join(file)).expect("a file")
    };
    assert!(
        raw("V2__windows.sql")
            .windows(2)
            .any(|pair| pair == b"\r\n"),
        "git must not change line endings"
    );
    assert!(raw("V3__marked.sql").starts_with(b"\xef\xbb\xbf"));
    assert!(
        all.iter()
            .all(|it| !it.up.sql.contains('\r') && !it.up.sql.starts_with('\u{feff}'))
    );
    assert_eq!((find(2).accepted.len(), find(3).accepted.len()), (8, 8));
    assert_eq!(find(5).up.mode, Mode::NoTransaction);
    assert_eq!(find(6).up.limits.lock_timeout, Some("10s"));
    assert!(matches!(find(6).down, Down::Script(down) if down.limits.lock_timeout == Some("20s")));
    assert_eq!(
        find(7).down,
        Down::Irreversible("the notes are gone \\ for 'good'")
    );
    assert_eq!(find(8).order, Order::Unordered);
    assert_eq!(find(20_260_101_120_000).down, Down::Absent);
    let kinds = |version: i64| {
        find(version)
            .up
            .statements
            .iter()
            .map(|it| it.kind)
            .collect::<Vec<Kind>>()
    };
    assert_eq!(kinds(4), [Kind::Copy, Kind::CopyData, Kind::Plain]);
    assert_eq!(
        kinds(5),
        [
            Kind::Alone(Operation::Opaque),
            Kind::Begin,
            Kind::Plain,
            Kind::Commit
        ]
    );
}

#[test]
fn the_fixture_runs() {
    let database = Database::fresh();
    let settings =
        migrator::Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    let report = migrator::up(
        EVERY_FEATURE,
        &settings,
        migrator::Target::Head,
        &mut |_| {},
    )
    .expect("a run");
    assert_eq!(report.steps.len(), EVERY_FEATURE.migrations.len());
    assert_eq!(
        database.rows("SELECT id, note FROM all_notes ORDER BY id"),
        [
            "2|limited",
            "3|marked",
            "4|tab\tand \\N",
            "5|block",
            "22|line\nending"
        ]
    );
    let down = migrator::down(
        EVERY_FEATURE,
        &settings,
        migrator::Target::Version(8),
        &mut |_| {},
    );
    let error = down.expect_err("no down file");
    assert_eq!(error.kind(), migrator::error::Kind::Usage);
}
