//! What is baked while the program compiles is what the folder holds when it is read again.

use std::path::{Path, PathBuf};

use migrator::Bundle;
use migrator::bundle::{
    Down, Kind, Mode, Operation, Order, Quoting, Script, Secrecy, Spot, Statement, Statements,
};
use migrator_dev::bake;
use migrator_source as source;

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
    assert_eq!(baked.repeatables, read.repeatables);
    assert_eq!(baked.baselines, read.baselines);
    assert_eq!(baked.adoptions, read.adoptions);
    assert_eq!(baked.environments, read.environments);
    assert_eq!(baked.placeholders, read.placeholders);
    assert_eq!(baked.digest, read.digest);
    assert_eq!(baked.folder, read.folder);
    assert_eq!(baked.proof, read.proof);
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
    let verify = find(6).verify.expect("a verify script");
    assert_eq!(verify.limits.lock_timeout, Some("5s"));
    assert!(matches!(find(6).down, Down::Script(down) if down.limits.lock_timeout == Some("20s")));
    assert_eq!(
        find(7).down,
        Down::Irreversible("the notes are gone \\ for 'good'")
    );
    assert_eq!(find(8).order, Order::Unordered);
    assert_eq!(EVERY_FEATURE.adoptions.len(), 5);
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
            Kind::Alone(Operation::CreateIndex),
            Kind::Name,
            Kind::Name,
            Kind::Begin,
            Kind::Plain,
            Kind::Commit
        ]
    );
}

#[test]
fn the_fixture_has_environments_and_placeholders() {
    let find = |version: i64| {
        let mut all = EVERY_FEATURE.migrations.iter();
        all.find(|it| it.version == version)
            .expect("a version of the fixture")
    };
    assert_eq!(EVERY_FEATURE.environments, ["dev", "test", "prod"]);
    assert_eq!(
        (find(1).only, find(9).only),
        (&[][..], &["dev", "test"][..])
    );
    let declared: Vec<_> = EVERY_FEATURE
        .placeholders
        .iter()
        .map(|it| (it.name, it.default, it.variable, it.secrecy))
        .collect();
    assert_eq!(
        declared,
        [
            (
                "greeting",
                None,
                "MIGRATOR_PLACEHOLDER_GREETING",
                Secrecy::Open
            ),
            (
                "reader",
                Some("reader \"of\" 'notes'"),
                "READER",
                Secrecy::Open
            ),
            (
                "secret",
                Some(""),
                "MIGRATOR_PLACEHOLDER_SECRET",
                Secrecy::Secret
            ),
        ]
    );
    let spots = |script: Script<'static>| -> Vec<(&str, Quoting)> {
        let spots = script.statements.spots();
        spots
            .map(|spot| (&script.sql[spot.start..spot.end], spot.quoting))
            .collect()
    };
    let (reader, greeting) = (
        ("${reader}", Quoting::Identifier),
        ("${greeting}", Quoting::Literal),
    );
    assert_eq!(spots(find(10).up), [reader, greeting, reader, greeting]);
    assert!(matches!(find(10).down, Down::Script(down) if spots(down) == [reader]));
    assert_eq!(
        find(10).verify.map(spots),
        Some(vec![reader, ("${secret}", Quoting::Literal)])
    );
    assert_eq!(spots(find(1).up), []);
}

#[test]
fn the_fixture_runs() {
    let database = Database::fresh();
    let mut settings =
        migrator::Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    settings.environment = Some("dev".to_owned());
    settings.placeholders.set("greeting", "it's\n");
    let report = migrator::up(
        EVERY_FEATURE,
        &settings,
        migrator::Target::Head,
        &mut |_| {},
    )
    .expect("a run");
    assert_eq!(
        report.steps.len(),
        EVERY_FEATURE.migrations.len() + EVERY_FEATURE.repeatables.len()
    );
    assert_eq!(
        database.rows("SELECT id, note FROM all_notes ORDER BY id"),
        [
            "2|limited",
            "3|marked",
            "4|tab\tand \\N",
            "5|block",
            "9|seed again",
            "10|${greeting}",
            "22|line\nending"
        ]
    );
    assert_eq!(
        database.value("SELECT greeting FROM \"reader \"\"of\"\" 'notes'\""),
        "it's\n${nobody}"
    );
    assert_eq!(
        database.value("SELECT DISTINCT zero, greeting FROM texts"),
        "0|it's\n"
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

#[test]
fn the_fixture_has_repeatables() {
    let all: Vec<_> = EVERY_FEATURE
        .repeatables
        .iter()
        .map(|it| (it.name, it.requires, it.only))
        .collect();
    assert_eq!(
        all,
        [
            ("rows", &[][..], &["dev", "test"][..]),
            ("zero", &[], &[]),
            ("texts", &["zero"], &[])
        ]
    );
    let texts = EVERY_FEATURE.repeatables.last().expect("a repeatable");
    assert_eq!(texts.script.limits.lock_timeout, Some("4s"));
    assert_eq!(texts.script.statements.spots().count(), 1);
}

/// The kind of the bundle that a kind of the reader stands for.
fn counterpart(kind: source::Kind) -> Kind {
    use source::Operation as Read;
    match kind {
        source::Kind::Plain => Kind::Plain,
        source::Kind::Copy => Kind::Copy,
        source::Kind::CopyData => Kind::CopyData,
        source::Kind::Begin => Kind::Begin,
        source::Kind::Commit => Kind::Commit,
        source::Kind::Name => Kind::Name,
        source::Kind::Alone(operation) => Kind::Alone(match operation {
            Read::CreateIndex => Operation::CreateIndex,
            Read::DropIndex => Operation::DropIndex,
            Read::Reindex => Operation::Reindex,
            Read::ReindexMany => Operation::ReindexMany,
            Read::DetachPartition => Operation::DetachPartition,
            Read::CreateDatabase => Operation::CreateDatabase,
            Read::DropDatabase => Operation::DropDatabase,
            Read::CreateTablespace => Operation::CreateTablespace,
            Read::DropTablespace => Operation::DropTablespace,
            Read::CreateSubscription => Operation::CreateSubscription,
            Read::DropSubscription => Operation::DropSubscription,
            Read::Repeatable => Operation::Repeatable,
            Read::Opaque => Operation::Opaque,
        }),
    }
}

#[test]
fn reader_and_bundle_have_the_same_bytes() {
    use source::Operation as Read;
    let operations = [
        Read::CreateIndex,
        Read::DropIndex,
        Read::Reindex,
        Read::ReindexMany,
        Read::DetachPartition,
        Read::CreateDatabase,
        Read::DropDatabase,
        Read::CreateTablespace,
        Read::DropTablespace,
        Read::CreateSubscription,
        Read::DropSubscription,
        Read::Repeatable,
        Read::Opaque,
    ];
    let others = [
        source::Kind::Plain,
        source::Kind::Copy,
        source::Kind::CopyData,
        source::Kind::Begin,
        source::Kind::Commit,
        source::Kind::Name,
    ];
    let all: Vec<source::Kind> = others
        .into_iter()
        .chain(operations.map(source::Kind::Alone))
        .collect();
    let mut bytes = Vec::new();
    for kind in all {
        let (start, end) = (3, 70_000);
        let table = source::table(&[source::Statement { start, end, kind }], &[]);
        let kind = counterpart(kind);
        let statement = Statement { start, end, kind };
        let read: Vec<Statement> = Statements::from_table(&table).iter().collect();
        assert_eq!(read, [statement]);
        assert_eq!(table, statement.entry());
        bytes.extend(table.last().copied());
    }
    let (start, end) = (3, 70_000);
    for (read, quoting) in [
        (source::Quoting::Identifier, Quoting::Identifier),
        (source::Quoting::Literal, Quoting::Literal),
    ] {
        let spot = source::Spot {
            start,
            end,
            quoting: read,
        };
        let table = source::table(&[], &[spot]);
        let statements = Statements::from_table(&table);
        let spot = Spot {
            start,
            end,
            quoting,
        };
        assert_eq!(statements.spots().collect::<Vec<Spot>>(), [spot]);
        assert_eq!(statements.iter().next(), None);
        bytes.extend(table.last().copied());
    }
    // No kind of the bundle is left out above: every other byte is one that it does not know.
    for byte in (0..=u8::MAX).filter(|byte| !bytes.contains(byte)) {
        let table = [0, 0, 0, 0, 0, 0, 0, 0, byte];
        let read = Statements::from_table(&table).iter().next();
        assert_eq!(
            read.map(|statement| statement.kind),
            Some(Kind::Alone(Operation::Opaque)),
            "byte {byte}"
        );
    }
}
