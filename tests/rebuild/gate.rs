//! The gate: what is not proven is no program of a release build.
//!
//! A crate without `debug_assertions` stands for one, so that its dependencies need not be compiled once more.

use std::fs;

use migrator_source::{
    Down, LOCK_FILE, Lock, Migration, Proven, ProvenBaseline, Repeated, SCHEMA_FILE, Verdict,
    text_hash,
};

use super::Project;

impl Project {
    /// A crate whose own code is compiled as for a release.
    fn released(name: &'static str) -> Self {
        let project = Self::new(name, name);
        let manifest = fs::read_to_string(project.root.join("app/Cargo.toml")).unwrap();
        let profile = format!("[profile.dev.package.{name}]\ndebug-assertions = false\n");
        project.write("app/Cargo.toml", &format!("{manifest}\n{profile}"));
        project
    }

    /// Writes a proof of what is there now.
    fn prove(&self) {
        let folder = self.root.join("migrations");
        let reading = migrator_source::read(&folder, "migrations", &|_| false);
        let schema = "-- all of it\n";
        let proven = |migration: &Migration| Proven {
            version: migration.version,
            name: migration.name.clone(),
            up: migration.up.sha256,
            down: match &migration.down {
                Down::Script(script) => Some(script.sha256),
                Down::Absent | Down::Irreversible(_) => None,
            },
            verify: migration.verify.as_ref().map(|script| script.sha256),
            tests: None,
            fingerprint: [7; 32],
            verdict: Verdict::Absent,
            changes: vec!["+ 0123456789abcdef table: public.t".to_owned()],
        };
        let repeatables = reading.folder.repeatables.iter().map(|it| Repeated {
            name: it.name.clone(),
            up: it.script.sha256,
            fingerprint: [9; 32],
            changes: Vec::new(),
        });
        let baselines = reading.folder.baselines.iter().map(|it| ProvenBaseline {
            version: it.version,
            name: it.name.clone(),
            sha256: it.sha256,
            fingerprint: [7; 32],
            changes: Vec::new(),
        });
        let lock = Lock {
            repeatables: repeatables.collect(),
            commuting: Vec::new(),
            servers: vec!["15.15".to_owned()],
            scope: String::new(),
            schema: text_hash(schema),
            baselines: baselines.collect(),
            migrations: reading.folder.migrations.iter().map(proven).collect(),
        };
        self.write(&format!("migrations/{LOCK_FILE}"), &lock.to_toml());
        self.write(&format!("migrations/{SCHEMA_FILE}"), schema);
    }
}

#[test]
fn a_release_build_insists_on_a_proof() {
    let project = Project::released("rebuild-gate");
    let refusal = project.refusal();
    for words in [
        "1 migration is not proven, and this is a release build: 1 \"first\"",
        // The workspace has no workbench of its own.
        "`migrator-dev prove --folder ../migrations` (`cargo install ",
    ] {
        assert!(refusal.contains(words), "{refusal}");
    }

    project.prove();
    let built = project.run();
    for words in [
        "gate: On, unproven: []",
        "schema: \"-- all of it\\n\"",
        "changes: \"+ 0123456789abcdef table: public.t\"",
        "servers: [\"15.15\"]",
    ] {
        assert!(built.contains(words), "{words} is not in {built}");
    }

    project.write("migrations/V2__second.sql", "SELECT 2;\n");
    let refusal = project.refusal();
    assert!(refusal.contains("1 migration is not proven"), "{refusal}");
    assert!(refusal.contains("2 \"second\""), "{refusal}");
    project.write("migrations/V1__first.sql", "SELECT 'edited';\n");
    let refusal = project.refusal();
    assert!(
        refusal.contains("2 migrations are not proven")
            && refusal.contains("1 \"first\", 2 \"second\""),
        "{refusal}"
    );

    project.prove();
    let lock = fs::read_to_string(project.root.join("migrations/migrator.lock")).unwrap();
    project.write("migrations/migrator.lock", &lock.replace("absent", "exact"));
    let refusal = project.refusal();
    assert!(refusal.contains("was changed by hand"), "{refusal}");

    project.write("migrations/migrator.toml", "[proof]\ngate = \"off\"\n");
    let built = project.run();
    assert!(built.contains("gate: Off, unproven: [1, 2]"), "{built}");
}

#[test]
fn the_command_names_the_folder_as_the_variable_does() {
    let project = Project::released("rebuild-gate-given");
    project.write(
        "app/src/main.rs",
        "fn main() {\n    println!(\"{:?}\", migrator::embed!(\"../migrations\", env = \"APP_MIGRATIONS\"));\n}\n",
    );
    fs::create_dir_all(project.root.join("db/migrations")).unwrap();
    project.write("db/migrations/V1__first.sql", "SELECT 'first';\n");
    let root = project.root.display();
    let refusal = |folder: &str, given: Option<&str>| {
        let given = given.map(|given| format!("cargo:rustc-env=APP_MIGRATIONS_GIVEN={given}\\n"));
        let given = given.unwrap_or_default();
        let script = format!(
            "fn main() {{ print!(\"{given}cargo:rustc-env=APP_MIGRATIONS={folder}\\ncargo:rerun-if-changed={folder}\\n\"); }}\n"
        );
        project.write("app/build.rs", &script);
        project.refusal()
    };
    let folder = format!("{root}/db/migrations");
    let given = refusal(&folder, Some("./db/migrations"));
    assert!(given.contains(" --folder ./db/migrations`"), "{given}");
    let absolute = refusal(&folder, None);
    let command = format!(" --folder {folder}`");
    assert!(absolute.contains(&command), "{absolute}");
    let nothing = refusal(&format!("{root}/db/nothing"), Some("./db/nothing"));
    assert!(
        nothing.contains("folder \"./db/nothing\" does not exist"),
        "{nothing}"
    );
}

#[test]
fn it_insists_on_baselines_and_repeatables_too() {
    let project = Project::released("rebuild-gate-base");
    project.write("migrations/B1__base.sql", "SELECT 'first';\n");
    project.write("migrations/R__again.sql", "SELECT 'again';\n");
    let refusal = project.refusal();
    for words in [
        "1 migration, 1 baseline and 1 repeatable are not proven",
        "1 \"first\", baseline 1, R \"again\"",
    ] {
        assert!(refusal.contains(words), "{refusal}");
    }
    project.prove();
    let built = project.run();
    assert!(built.contains("unproven: []"), "{built}");
    assert!(built.contains("unproven_repeatables: []"), "{built}");

    // The proof is one of other texts.
    project.write("migrations/B1__base.sql", "SELECT 'edited';\n");
    let refusal = project.refusal();
    assert!(
        refusal.contains("1 baseline is not proven")
            && refusal.contains("release build: baseline 1"),
        "{refusal}"
    );
    project.write("migrations/B1__base.sql", "SELECT 'first';\n");
    project.write("migrations/R__again.sql", "SELECT 'edited';\n");
    let refusal = project.refusal();
    assert!(
        refusal.contains("1 repeatable is not proven") && refusal.contains("R \"again\""),
        "{refusal}"
    );
    project.prove();
    project.run();
}

#[test]
fn a_debug_build_bakes_what_is_not_proven() {
    let project = Project::new("rebuild-debug", "rebuild-debug");
    assert!(project.run().contains("gate: On, unproven: [1]"));
    project.write("migrations/migrator.lock", "<<<<<<< HEAD\n");
    let built = project.build();
    let warnings = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{warnings}");
    assert!(
        warnings.contains("\"migrations/migrator.lock\" has a merge conflict"),
        "{warnings}"
    );
    project.write("migrations/migrator.toml", "[verify]\nignored = []\n");
    let refusal = project.refusal();
    assert!(
        refusal.contains("unknown key \"verify.ignored\"") && refusal.contains("migrator.toml:2:1"),
        "{refusal}"
    );
}
