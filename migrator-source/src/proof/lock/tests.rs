//! What a proof writes is read back, and nothing else is.

use super::*;

fn lock() -> Lock {
    Lock {
        servers: vec!["15.15".to_owned(), "18.1".to_owned()],
        scope: "comments".to_owned(),
        schema: [7; 32],
        baselines: vec![ProvenBaseline {
            version: 3,
            name: "all \"of\" it".to_owned(),
            sha256: [8; 32],
            fingerprint: [9; 32],
            changes: vec!["+ 0123456789abcdef table: a.b".to_owned()],
        }],
        migrations: vec![
            Proven {
                version: 1,
                name: "first".to_owned(),
                up: [1; 32],
                down: Some([2; 32]),
                verify: None,
                tests: None,
                fingerprint: [3; 32],
                verdict: Verdict::ColumnOrder,
                changes: vec!["+ 0123456789abcdef table: a.\"b\\\"\n\"".to_owned()],
            },
            Proven {
                version: 20_260_101_120_000,
                name: "zweite_ä".to_owned(),
                up: [4; 32],
                down: None,
                verify: Some([6; 32]),
                tests: Some([5; 32]),
                fingerprint: [255; 32],
                verdict: Verdict::Absent,
                changes: Vec::new(),
            },
        ],
        repeatables: vec![Repeated {
            name: "views".to_owned(),
            up: [6; 32],
            fingerprint: [8; 32],
            changes: vec!["+ 0123456789abcdef view: a.b".to_owned()],
        }],
        commuting: vec![Commuting {
            newest: 20_260_101_120_000,
            versions: vec![1, 2],
        }],
    }
}

fn problem(text: &str) -> String {
    let problem = Lock::parse("m/migrator.lock", text).unwrap_err();
    assert!(problem.hint.is_some(), "{problem}");
    let place = problem.places.first().unwrap();
    format!("{}:{} {}", place.line, place.column, problem.message)
}

#[test]
fn a_lock_survives_its_text() {
    assert_eq!(Lock::parse("f", &lock().to_toml()), Ok(lock()));
    assert_eq!(
        Lock::parse("f", &Lock::default().to_toml()),
        Ok(Lock::default())
    );
}

#[test]
fn a_merge_conflict_is_told_as_one() {
    let text = lock().to_toml();
    let both = text.replace("\nschema", "\n<<<<<<< HEAD\nschema");
    assert_eq!(
        problem(&both),
        "7:1 \"m/migrator.lock\" has a merge conflict"
    );
}

#[test]
fn a_change_by_hand_is_told() {
    let text = lock().to_toml();
    for edited in [
        text.replace("column-order", "exact"),
        text.replace("18.1", "18.2"),
        text.replace("0303", "0304"),
        text.replacen("0707", "0708", 1),
        format!("{text}\n"),
    ] {
        assert_ne!(edited, text);
        assert_eq!(
            problem(&edited),
            "4:1 \"m/migrator.lock\" was changed by hand"
        );
    }
}

#[test]
fn what_no_proof_would_write_is_told_with_its_place() {
    let text = lock().to_toml();
    for (edited, expected) in [
        (
            text.replace("\"column-order\"", "\"fine\""),
            "15:11 \"migration.verdict\" is not a verdict",
        ),
        (
            text.replace("format = 1", "format = 2"),
            "1:1 \"m/migrator.lock\" has format 2, and this version reads 1",
        ),
        (
            text.replace("name = \"first\"\n", ""),
            "9:1 \"migration.name\" is missing",
        ),
        (
            text.replace("version = 1\n", "version = \"1\"\n"),
            "10:11 \"migration.version\" is not a whole number",
        ),
        (
            text.replace("version = 1\n", "version = 1\nextra = 1\n"),
            "11:1 unknown key \"migration.extra\"",
        ),
        (
            text.replace("sha256 = \"08", "sha256 = \"x8"),
            "33:10 \"baseline.sha256\" is not a SHA-256",
        ),
        (String::new(), "1:1 \"format\" is missing"),
    ] {
        assert_eq!(problem(&edited), expected);
    }
    assert!(problem("format = ").contains("invalid TOML"));
}
