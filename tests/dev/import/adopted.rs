//! The folders in `tests/fixtures/tools`, as one writes them for each tool: what is made of them is what the tests of
//! `adopt` run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::super::{open_folder, run, workbench};

/// All that are not written in another language than SQL.
const TOOLS: [&str; 16] = [
    "alembic",
    "atlas",
    "dbmate",
    "diesel",
    "django",
    "flyway",
    "golang-migrate",
    "goose",
    "liquibase",
    "node-pg-migrate",
    "plain",
    "prisma",
    "refinery",
    "sqitch",
    "sqlx",
    "tern",
];

/// Every file with its text.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("UTF-8");
        let text = fs::read_to_string(entry.path()).expect("UTF-8");
        (name, text)
    });
    files.collect()
}

#[test]
fn every_recorded_folder_becomes_the_one_that_is_adopted_with() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tools");
    for tool in TOOLS {
        let root = open_folder();
        let (from, to) = (tools.join(tool).join("folder"), root.path().join("ours"));
        let mut command = workbench(&["import", "--from", tool]);
        let output = run(command.arg(&from).arg("--to").arg(&to));
        assert!(output.status.success(), "{tool}: {output:?}");
        assert_eq!(
            files(&to),
            files(&tools.join(tool).join("ours")),
            "{tool}: `migrator-dev import` writes another folder than tests/fixtures/tools/{tool}/ours holds"
        );
    }
}
