//! The folder as a proof needs it: the bundle to run, the hashes to write down, and the assertions about it.

use std::path::Path;

use migrator::Bundle;
use migrator::placeholder::Values;
use migrator_dev::bake;
use migrator_source::{Down, DownCheck, Finding, Folder, Hash, Order, Proof, Proven, Settings};

use super::assertions::{self, Assertions};
use crate::failure::Failure;

/// A folder that is to be proven.
pub(super) struct History {
    /// The migrations that are run.
    pub(super) bundle: &'static Bundle,
    /// The same with the repeatables.
    pub(super) whole: &'static Bundle,
    /// What is known of each migration without running it, in order of version.
    pub(super) migrations: Vec<Facts>,
    /// What `migrator.toml` says.
    pub(super) settings: Settings,
    /// What was proven before.
    pub(super) proof: Proof,
    /// The values of its placeholders.
    pub(super) values: Values,
    /// What is in the folder and not run.
    pub(super) skipped: Vec<String>,
}

/// One migration.
pub(super) struct Facts {
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) order: Order,
    pub(super) up: Hash,
    pub(super) down: Undo,
    pub(super) verify: Option<Hash>,
    pub(super) check: DownCheck,
    /// The environments that it is for; none: all.
    pub(super) only: Vec<String>,
    pub(super) assertions: Assertions,
}

/// What undoes a migration.
pub(super) enum Undo {
    Absent,
    Irreversible,
    Script(Hash),
}

impl Facts {
    /// How output calls it.
    pub(super) fn title(&self) -> String {
        format!("{} \"{}\"", self.version, self.name)
    }

    /// The hash of the down file.
    pub(super) fn down_hash(&self) -> Option<Hash> {
        match self.down {
            Undo::Script(hash) => Some(hash),
            Undo::Absent | Undo::Irreversible => None,
        }
    }
}

impl History {
    pub(super) fn read(path: &Path, shown: &str) -> Result<Self, Failure> {
        let reading = migrator_source::read(path, shown, &|_| false);
        if !reading.problems.is_empty() {
            return Err(unreadable(shown, &reading.problems));
        }
        let settings = migrator_source::settings(path, shown)
            .map_err(|problems| unreadable(shown, &problems))?;
        let mut folder = reading.folder;
        let proof = migrator_source::proof(path, shown, &folder, &settings.scope);
        let mut found = assertions::read(path, shown, &folder)?;
        let facts = |migration: &migrator_source::Migration| Facts {
            version: migration.version,
            name: migration.name.clone(),
            order: migration.order,
            up: migration.up.sha256,
            down: match &migration.down {
                Down::Absent => Undo::Absent,
                Down::Irreversible(_) => Undo::Irreversible,
                Down::Script(script) => Undo::Script(script.sha256),
            },
            verify: migration.verify.as_ref().map(|script| script.sha256),
            check: migration.down_check,
            only: migration.only.clone(),
            assertions: found.remove(&migration.version).unwrap_or_default(),
        };
        let migrations = folder.migrations.iter().map(facts).collect();
        // What is for some environments only is proven like everything else.
        for migration in &mut folder.migrations {
            migration.only.clear();
        }
        let skipped = skipped(&folder);
        let values = values(&folder)?;
        // What is proven are the migrations themselves.
        folder.baselines.clear();
        let whole = bake::unproven(folder, shown, &proof.recorded);
        let bundle = Box::leak(Box::new(Bundle {
            repeatables: &[],
            ..*whole
        }));
        Ok(Self {
            bundle,
            whole,
            migrations,
            settings,
            proof,
            values,
            skipped,
        })
    }

    /// What needs no other proof: as far as the migrations and the assertions about them are the same.
    pub(super) fn unchanged(&self) -> &[Proven] {
        let count = self
            .proof
            .proven
            .iter()
            .zip(&self.migrations)
            .take_while(|(proven, facts)| proven.tests == facts.assertions.hash())
            .count();
        self.proof.proven.get(..count).unwrap_or_default()
    }

    /// Whether it was proven on a server of the same major version.
    pub(super) fn proven_on(&self, version: &str) -> bool {
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        let servers = &self.proof.servers;
        servers.iter().any(|it| major(it) == major(version))
    }

    /// Whether the files in the folder prove all of it.
    pub(super) fn is_proven(&self) -> bool {
        self.proof.unproven.is_empty() && self.proof.unproven_repeatables.is_empty()
    }
}

fn skipped(folder: &Folder) -> Vec<String> {
    let note = |file: &str, kind: &str| {
        format!("{file} is left out: {kind} are not proven yet by this version")
    };
    let baselines = folder
        .baselines
        .iter()
        .flat_map(|it| &it.scripts)
        .map(|it| note(&it.file, "baselines"));
    baselines.collect()
}

/// The values for a proof: `proof` where it is given, else the default.
fn values(folder: &Folder) -> Result<Values, Failure> {
    let (mut values, mut missing) = (Values::default(), Vec::new());
    for it in &folder.placeholders {
        match it.proof.as_ref().or(it.default.as_ref()) {
            Some(value) => values.set(&it.name, value),
            None => missing.push(format!(
                "[placeholders.{}] has no value for a proof",
                it.name
            )),
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(Failure::new("the placeholders cannot be filled in")
        .detail(missing.join("\n"))
        .hint("Add proof = \"…\" below each of them in migrator.toml: any value with which the scripts run."))
}

fn unreadable(shown: &str, problems: &[Finding]) -> Failure {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Failure::new(format!("the folder \"{shown}\" cannot be baked"))
        .detail(problems.join("\n"))
        .hint("Mend it, or name another folder with --folder.")
}
