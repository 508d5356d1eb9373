//! Whole histories: what the rules make of them once they know what came before, what is proven, and what is allowed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::*;
use crate::folder::{DownCheck, Limits, Migration, Mode, Order};

fn script(file: String, sql: &str) -> Script {
    let mode = if sql.starts_with("-- migrator: no-transaction") {
        Mode::NoTransaction
    } else {
        Mode::Transaction
    };
    Script {
        file,
        sql: sql.to_owned(),
        mode,
        limits: Limits::default(),
        statements: Vec::new(),
        spots: Vec::new(),
        sha256: Sha256::digest(sql).into(),
    }
}

/// A folder of migrations from 1 on, each with its down text if that is not empty.
fn folder(texts: &[(&str, &str)]) -> Folder {
    let migrations = (1_i64..).zip(texts).map(|(version, (up, down))| Migration {
        version,
        name: "x".to_owned(),
        order: Order::Versioned,
        up: script(format!("V{version}__x.sql"), up),
        only: Vec::new(),
        down_check: DownCheck::Insisted,
        down: match *down {
            "" => Down::Absent,
            down => Down::Script(script(format!("V{version}__x.down.sql"), down)),
        },
        verify: None,
        checksum: 0,
        accepted: Vec::new(),
    });
    Folder {
        migrations: migrations.collect(),
        ..Folder::default()
    }
}

/// The lock that proves the first migrations of a folder.
fn lock(folder: &Folder, proven: usize) -> String {
    let mut lock = String::new();
    for migration in folder.migrations.iter().take(proven) {
        let sha256 = hex(&migration.up.sha256);
        writeln!(
            lock,
            "[[migration]]\nversion = {}\nup = \"{sha256}\"",
            migration.version
        )
        .unwrap();
    }
    lock
}

fn shown(linting: &Linting) -> String {
    let findings = linting.problems.iter().chain(&linting.warnings);
    let shown = findings.map(|finding| {
        let place = finding.places.first().expect("a place");
        let rule = finding.rule.unwrap_or(&finding.message);
        let level = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        format!(
            "{level} {rule} {}:{}:{}",
            place.file, place.line, place.column
        )
    });
    shown.collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check_with(texts: &[(&str, &str)], proven: usize, configuration: &str, expected: &str) {
    let folder = folder(texts);
    let lock = lock(&folder, proven);
    let papers = Papers {
        configuration: Some(configuration),
        lock: Some(&lock),
    };
    let linting = with_papers("m", &folder, papers, &[]);
    assert_eq!(shown(&linting), expected, "{texts:?}");
    // What was remembered says the same.
    let again = with_papers("m", &folder, papers, &linting.memory);
    assert_eq!(shown(&again), expected, "{texts:?}");
    assert_eq!(again.memory, linting.memory);
}

/// Up texts of which the first is proven.
#[track_caller]
fn check(ups: &[&str], expected: &str) {
    let texts: Vec<(&str, &str)> = ups.iter().map(|up| (*up, "")).collect();
    check_with(&texts, 1, "", expected);
}

const TABLE: &str = "CREATE TABLE app.t (a int); CREATE INDEX t_a ON app.t (a);";
const INDEX: &str = "CREATE INDEX i ON app.t (b);";

#[test]
fn a_table_that_others_use_is_handled_with_care() {
    check(
        &[TABLE, INDEX],
        "error require-concurrent-index-creation m/V2__x.sql:1:1",
    );
    check(&[TABLE, "ALTER TABLE app.t ADD b int;"], "");
    check(
        &[TABLE, "CREATE TABLE u (a int); CREATE INDEX i ON u (a);"],
        "",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE u (a int);",
            "CREATE INDEX i ON public.u (a);",
        ],
        "",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE app.u (a int);",
            "SET LOCAL search_path = app; CREATE INDEX i ON u (a);",
        ],
        "",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE other.t (a int); CREATE INDEX i ON app.t (a);",
        ],
        "error require-concurrent-index-creation m/V2__x.sql:1:31",
    );
    check(
        &[TABLE, "DROP INDEX app.t_a;"],
        "warning require-concurrent-index-deletion m/V2__x.sql:1:1",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE u (a int); CREATE INDEX u_a ON u (a);",
            "DROP INDEX u_a;",
        ],
        "",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE u (a int); ALTER TABLE u RENAME TO v; DROP TABLE v;",
        ],
        "",
    );
    check(
        &[
            TABLE,
            "CREATE MATERIALIZED VIEW v AS SELECT 1 AS a; CREATE INDEX i ON v (a);",
        ],
        "",
    );
    check(
        &[TABLE, "CREATE TABLE u (a int); DROP TABLE u, app.t;"],
        "error ban-drop-table m/V2__x.sql:1:25",
    );
    check(
        &[
            TABLE,
            "DROP TABLE app.t; -- and again\nCREATE TABLE app.t (a int); DROP TABLE app.t;",
        ],
        "error ban-drop-table m/V2__x.sql:1:1",
    );
}

#[test]
fn what_may_be_there_already_is_not_new() {
    check(
        &[
            TABLE,
            "CREATE TABLE IF NOT EXISTS app.t (a int); CREATE INDEX i ON app.t (a);",
        ],
        "error require-concurrent-index-creation m/V2__x.sql:1:43",
    );
    check(
        &[
            TABLE,
            "CREATE TABLE IF NOT EXISTS app.u (a int); CREATE INDEX i ON app.u (a);",
        ],
        "",
    );
    check(
        &[
            "CREATE VIEW v AS SELECT 1;",
            "CREATE OR REPLACE VIEW v AS SELECT 2; DROP VIEW v;",
        ],
        "warning ban-drop-view m/V2__x.sql:1:39",
    );
}

#[test]
fn without_a_proof_every_table_is_new() {
    let texts = [
        (TABLE, ""),
        (INDEX, ""),
        ("ALTER TABLE app.t DROP COLUMN a;", ""),
    ];
    check_with(&texts, 0, "", "");
    check_with(
        &[(INDEX, "")],
        0,
        "",
        "error require-concurrent-index-creation m/V1__x.sql:1:1",
    );
}

#[test]
fn what_is_proven_is_not_linted_again() {
    let bad = (
        "ALTER TABLE old DROP COLUMN a; SET search_path = x;",
        "DROP TABLE other;",
    );
    let found = "error ban-drop-column m/V1__x.sql:1:17; warning down-does-not-undo m/V1__x.down.sql:1:1; warning \
                 down-does-not-undo m/V1__x.down.sql:1:1; warning search-path-not-local m/V1__x.sql:1:32";
    check_with(&[bad], 0, "", found);
    check_with(&[bad], 1, "", "");
}

#[test]
fn not_null_trusts_a_validated_check() {
    let add = "ALTER TABLE app.t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;";
    let validate = "ALTER TABLE app.t VALIDATE CONSTRAINT c;";
    let set = "ALTER TABLE app.t ALTER a SET NOT NULL;";
    check(&[TABLE, add, validate, set], "");
    check(
        &[TABLE, add, set],
        "error adding-not-nullable-field m/V3__x.sql:1:27",
    );
    let other = "ALTER TABLE app.t ALTER b SET NOT NULL;";
    check(
        &[TABLE, add, validate, other],
        "error adding-not-nullable-field m/V4__x.sql:1:27",
    );
    let gone = "ALTER TABLE app.t DROP CONSTRAINT c; ALTER TABLE app.t ALTER a SET NOT NULL;";
    check(
        &[TABLE, add, validate, gone],
        "error adding-not-nullable-field m/V4__x.sql:1:64; warning ban-drop-constraint m/V4__x.sql:1:19",
    );
}

#[test]
fn an_allow_always_works() {
    for (directive, expected) in [
        (
            "-- migrator: allow(require-concurrent-index-creation) \"small\"\n",
            "",
        ),
        (
            "-- migrator: allow(ban-drop-column) \"small\"\n",
            "error require-concurrent-index-creation m/V2__x.sql:2:1",
        ),
    ] {
        check(&[TABLE, &format!("{directive}{INDEX}")], expected);
    }
    let gone = "-- migrator: irreversible \"moved\"\nALTER TABLE app.t DROP COLUMN a;";
    check(&[TABLE, gone], "");
    let undo = "down-does-not-undo";
    let allowed = format!("-- migrator: allow({undo}) \"kept\"\n");
    let (up, down) = ("CREATE TABLE t (a int);", "UPDATE u SET a = 1;");
    check_with(
        &[(up, down)],
        0,
        "",
        &format!("warning {undo} m/V1__x.down.sql:1:1"),
    );
    check_with(&[(&format!("{allowed}{up}"), down)], 0, "", "");
    check_with(&[(up, &format!("{allowed}{down}"))], 0, "", "");
}

#[test]
fn a_folder_sets_levels() {
    let texts = [(TABLE, ""), (INDEX, "")];
    let rule = "require-concurrent-index-creation";
    check_with(&texts, 1, &format!("[lint]\nallow = [\"{rule}\"]"), "");
    check_with(
        &texts,
        1,
        &format!("[lint.rules]\n{rule} = \"warn\"\nban-add-column = \"deny\""),
        &format!("warning {rule} m/V2__x.sql:1:1"),
    );
    let opt_in = "[lint.rules]\nprefer-identity = \"warn\"";
    check_with(
        &[("CREATE TABLE t (a serial);", "")],
        0,
        opt_in,
        "warning prefer-identity m/V1__x.sql:1:19",
    );
    check_with(
        &[("SELECT 1;", "")],
        0,
        "[lint]\nx = 1",
        "error unknown key \"x\" m/migrator.toml:2:1",
    );
}

#[test]
fn the_oldest_server_decides_what_may_be_written() {
    let merge = "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE;";
    let detach = "ALTER TABLE app.t DETACH PARTITION p;";
    let newer = "error newer-than-oldest-server m/V2__x.sql:1:1";
    let texts = [(TABLE, ""), (merge, "")];
    check_with(&texts, 1, "", "");
    check_with(&texts, 1, "[lint]\noldest-server = 14", newer);
    check_with(&texts, 1, "[lint]\noldest-server = 15", "");
    let texts = [(TABLE, ""), (detach, "")];
    check_with(&texts, 1, "", "");
    check_with(
        &texts,
        1,
        "[lint]\noldest-server = 14",
        "warning require-concurrent-partition-detach m/V2__x.sql:1:19",
    );
}

#[test]
fn a_procedure_that_commits_is_not_called_in_a_transaction() {
    let procedure = "CREATE PROCEDURE app.p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;";
    check(
        &[procedure, "CALL app.p();"],
        "error commit-in-block m/V2__x.sql:1:1",
    );
    check(
        &[procedure, "-- migrator: no-transaction\nCALL app.p();"],
        "",
    );
    check(&[TABLE, "CALL app.q();"], "");
}

#[test]
fn a_down_file_may_take_things_away_but_must_be_right_in_itself() {
    let up = "CREATE TABLE u (a int);";
    check_with(&[(up, "DROP TABLE u;")], 0, "", "");
    check_with(
        &[(up, "SET search_path = x; DROP TABLE u;")],
        0,
        "",
        "warning search-path-not-local m/V1__x.down.sql:1:1",
    );
}

#[test]
fn a_memory_of_other_rules_or_none_is_forgotten() {
    let folder = folder(&[(INDEX, "")]);
    let lint = |configuration, memory: &[u8]| {
        let papers = Papers {
            configuration: Some(configuration),
            lock: None,
        };
        with_papers("m", &folder, papers, memory)
    };
    let silent = lint(
        "[lint]\nallow = [\"require-concurrent-index-creation\"]",
        &[],
    );
    assert_eq!(shown(&silent), "");
    for memory in [&silent.memory[..], b"", b"{", b"\xff"] {
        assert!(shown(&lint("", memory)).starts_with("error require-concurrent"));
    }
}
