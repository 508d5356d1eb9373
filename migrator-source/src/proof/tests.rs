//! What a proof is worth, folder by folder.

use super::*;
use crate::settings::Counted;

/// A folder with so many migrations, its proof and `schema.sql`.
struct Case {
    path: tempdir::Folder,
}

mod tempdir {
    //! A folder that is gone afterwards; the library itself needs no crate for it.

    use std::path::PathBuf;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static NEXT: AtomicUsize = AtomicUsize::new(0);

    pub(super) struct Folder(pub(super) PathBuf);

    impl Folder {
        pub(super) fn new() -> Self {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("migrator-proof-{}-{next}", std::process::id());
            let path = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

impl Case {
    fn new(count: i64) -> Self {
        let case = Self {
            path: tempdir::Folder::new(),
        };
        for version in 1..=count {
            case.migration(version);
        }
        case
    }

    fn migration(&self, version: i64) {
        self.write(
            &format!("V{version}__m.sql"),
            &format!("SELECT {version};\n"),
        );
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path.0.join(file), text).unwrap();
    }

    fn folder(&self) -> Folder {
        crate::read(&self.path.0, "m", &|_| false).folder
    }

    /// Writes the proof of what is there now.
    fn prove(&self) {
        let schema = "-- schema\n";
        let proven = |migration: &Migration| Proven {
            version: migration.version,
            name: migration.name.clone(),
            up: migration.up.sha256,
            down: match &migration.down {
                Down::Script(script) => Some(script.sha256),
                _ => None,
            },
            verify: migration.verify.as_ref().map(|script| script.sha256),
            tests: None,
            fingerprint: [1; 32],
            verdict: Verdict::Absent,
            changes: Vec::new(),
        };
        let folder = self.folder();
        let baseline = |baseline: &Baseline| ProvenBaseline {
            version: baseline.version,
            name: baseline.name.clone(),
            sha256: baseline.sha256,
            fingerprint: [1; 32],
            changes: Vec::new(),
        };
        let repeated = |it: &Repeatable| Repeated {
            name: it.name.clone(),
            up: it.script.sha256,
            fingerprint: [2; 32],
            changes: Vec::new(),
        };
        let lock = Lock {
            servers: vec!["15.1".to_owned()],
            scope: String::new(),
            schema: text_hash(schema),
            migrations: folder.migrations.iter().map(proven).collect(),
            baselines: folder.baselines.iter().map(baseline).collect(),
            repeatables: folder.repeatables.iter().map(repeated).collect(),
            commuting: vec![Commuting {
                newest: 3,
                versions: vec![2],
            }],
        };
        self.write(LOCK_FILE, &lock.to_toml());
        self.write(SCHEMA_FILE, schema);
    }

    fn proof(&self) -> Proof {
        proof(&self.path.0, "m", &self.folder(), &Scope::default())
    }

    /// Proven versions, unproven ones, whether the schema is known, and the problems.
    fn check(&self, expected: &str) {
        let proof = self.proof();
        let proven: Vec<i64> = proof.proven.iter().map(|it| it.version).collect();
        let problems: Vec<&str> = proof
            .problems
            .iter()
            .map(|it| it.message.as_str())
            .collect();
        let schema = if proof.schema.is_empty() {
            ""
        } else {
            " schema"
        };
        let shown = format!(
            "{proven:?} {:?}{schema} {}",
            proof.unproven,
            problems.join("|")
        );
        assert_eq!(shown.trim_end(), expected);
    }
}

#[test]
fn a_proof_counts_as_far_as_the_folder_is_unchanged() {
    let case = Case::new(3);
    case.check("[] [1, 2, 3]");
    case.prove();
    case.check("[1, 2, 3] [] schema");
    case.migration(4);
    case.check("[1, 2, 3] [4] schema");
    case.write("V2__m.sql", "SELECT 'other';\n");
    case.check("[1] [2, 3, 4]");
    case.prove();
    case.write("V3__m.down.sql", "SELECT 1;\n");
    case.check("[1, 2] [3, 4]");
    case.prove();
    case.write("V3__m.verify.sql", "SELECT 1;\n");
    case.check("[1, 2] [3, 4]");
    case.prove();
    case.check("[1, 2, 3, 4] [] schema");
    case.write("V3__m.verify.sql", "SELECT 2;\n");
    case.check("[1, 2] [3, 4]");
    case.prove();
    fs::remove_file(case.path.0.join("V4__m.sql")).unwrap();
    case.check("[1, 2, 3] [3]");
}

#[test]
fn repeatables_are_proven_with_the_whole_history() {
    let case = Case::new(2);
    let check = |repeated: &[&str], unproven: &[&str], of: &str| {
        let proof = case.proof();
        let names: Vec<&str> = proof.repeated.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, repeated);
        assert_eq!(proof.unproven_repeatables, unproven);
        case.check(of);
    };
    case.write("R__a.sql", "SELECT 1;\n");
    case.write("R__b.sql", "SELECT 1;\n");
    check(&[], &["a", "b"], "[] [1, 2]");
    case.prove();
    check(&["a", "b"], &[], "[1, 2] [] schema");
    case.write("R__b.sql", "SELECT 2;\n");
    check(&["a"], &["b"], "[1, 2] []");
    case.prove();
    fs::remove_file(case.path.0.join("R__b.sql")).unwrap();
    check(&["a"], &[], "[1, 2] [2]");
    case.prove();
    case.migration(3);
    check(&[], &["a"], "[1, 2] [3]");
}

#[test]
fn commuting_counts_as_long_as_everything_before_is_unchanged() {
    let case = Case::new(3);
    case.prove();
    assert_eq!(case.proof().commuting.len(), 1);
    case.migration(4);
    assert_eq!(case.proof().commuting.len(), 1);
    case.write("V3__m.sql", "SELECT 'other';\n");
    let proof = case.proof();
    assert!(proof.commuting.is_empty());
    assert_eq!(proof.earlier.unwrap().commuting.len(), 1);
}

#[test]
fn a_late_migration_makes_what_follows_stale() {
    let case = Case::new(1);
    case.migration(3);
    case.prove();
    case.migration(2);
    case.check("[1] [2, 3]");
}

#[test]
fn another_scope_needs_another_proof() {
    let case = Case::new(1);
    case.prove();
    let scope = Scope {
        grants: Counted::Yes,
        ..Scope::default()
    };
    let proof = proof(&case.path.0, "m", &case.folder(), &scope);
    assert_eq!(proof.unproven, [1]);
}

#[test]
fn damaged_files_prove_nothing() {
    let case = Case::new(2);
    case.prove();
    let lock = fs::read_to_string(case.path.0.join(LOCK_FILE)).unwrap();
    case.write(SCHEMA_FILE, "-- schema\r\n");
    case.write(LOCK_FILE, &lock.replace('\n', "\r\n"));
    case.check("[1, 2] [] schema");
    case.write(LOCK_FILE, &lock);
    case.write(SCHEMA_FILE, "-- other\n");
    case.check("[] [1, 2] \"m/schema.sql\" is not the one that was proven");
    fs::remove_file(case.path.0.join(SCHEMA_FILE)).unwrap();
    case.check("[] [1, 2] \"m/schema.sql\" is missing");
    case.write(LOCK_FILE, &lock.replace("absent", "exact"));
    case.check("[] [1, 2] \"m/migrator.lock\" was changed by hand");
    case.write(LOCK_FILE, "<<<<<<< HEAD\n");
    case.check("[] [1, 2] \"m/migrator.lock\" has a merge conflict");
}

/// Proven versions, unproven ones, whether the schema is known, proven baselines, unproven ones, and the points.
#[track_caller]
fn judged(case: &Case, expected: &str) {
    let proof = case.proof();
    assert_eq!(proof.problems, []);
    let proven: Vec<i64> = proof.proven.iter().map(|it| it.version).collect();
    let baselines: Vec<i64> = proof.baselines.iter().map(|it| it.version).collect();
    let points: Vec<i64> = proof.points().iter().map(|it| it.version).collect();
    let schema = if proof.schema.is_empty() {
        ""
    } else {
        " schema"
    };
    let shown = format!(
        "{proven:?} {:?}{schema} B {baselines:?} {:?} at {points:?}",
        proof.unproven, proof.unproven_baselines
    );
    assert_eq!(shown, expected);
}

fn with_baselines(count: i64, versions: &[i64]) -> Case {
    let case = Case::new(count);
    for version in versions {
        case.write(&format!("B{version}__b.sql"), "SELECT 'baseline';\n");
    }
    case
}

impl Case {
    fn remove(&self, versions: &[i64]) {
        for version in versions {
            fs::remove_file(self.path.0.join(format!("V{version}__m.sql"))).unwrap();
        }
    }
}

#[test]
fn a_baseline_is_proven_with_its_text_and_with_what_it_stands_for() {
    let case = with_baselines(4, &[3]);
    judged(&case, "[] [1, 2, 3, 4] B [] [3] at []");
    case.prove();
    judged(&case, "[1, 2, 3, 4] [] schema B [3] [] at [1, 2, 3, 4]");
    case.migration(5);
    judged(&case, "[1, 2, 3, 4] [5] schema B [3] [] at [1, 2, 3, 4]");
    case.write("B3__b.sql", "SELECT 'another';\n");
    judged(&case, "[1, 2, 3, 4] [5] schema B [] [3] at [1, 2, 3, 4]");
    case.prove();
    case.write("B3__c.sql", "SELECT 'a second file';\n");
    judged(
        &case,
        "[1, 2, 3, 4, 5] [] schema B [] [3] at [1, 2, 3, 4, 5]",
    );
    case.prove();
    case.write("V2__m.sql", "SELECT 'other';\n");
    judged(&case, "[1] [2, 3, 4, 5] B [] [3] at [1]");
}

#[test]
fn the_proof_outlives_the_files_that_a_proven_baseline_stands_for() {
    let case = with_baselines(5, &[3]);
    case.prove();
    case.remove(&[1, 2]);
    judged(
        &case,
        "[1, 2, 3, 4, 5] [] schema B [3] [] at [1, 2, 3, 4, 5]",
    );
    case.remove(&[3]);
    judged(
        &case,
        "[1, 2, 3, 4, 5] [] schema B [3] [] at [1, 2, 3, 4, 5]",
    );
    // Another one in the place of what is gone was never run.
    case.write("V2__new.sql", "SELECT 2;\n");
    judged(&case, "[1] [2, 4, 5] B [] [3] at [1]");
    fs::remove_file(case.path.0.join("V2__new.sql")).unwrap();
    case.remove(&[5]);
    judged(&case, "[1, 2, 3, 4] [4] B [3] [] at [1, 2, 3, 4]");
    case.write("B3__b.sql", "SELECT 'another';\n");
    judged(&case, "[] [4] B [] [3] at []");
}

#[test]
fn a_baseline_without_migrations_is_a_point_of_its_own() {
    let case = with_baselines(0, &[3]);
    case.prove();
    judged(&case, "[] [] schema B [3] [] at [3]");
    case.migration(4);
    case.prove();
    judged(&case, "[4] [] schema B [3] [] at [3, 4]");
    case.write("B5__b.sql", "SELECT 'newer';\n");
    case.prove();
    // The older one goes, and what was found of it stays below what follows.
    case.remove(&[4]);
    fs::remove_file(case.path.0.join("B3__b.sql")).unwrap();
    judged(&case, "[4] [] schema B [3, 5] [] at [3, 4, 5]");
}
