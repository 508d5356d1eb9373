//! The folder as a proof needs it: the bundle to run, the hashes to write down, and the assertions about it.

use std::path::Path;

use migrator::Bundle;
use migrator::placeholder::Values;
use migrator_dev::bake;
use migrator_source::{
    Baseline, Down, DownCheck, Finding, Folder, Hash, Order, Proof, Proven, ProvenBaseline,
    Settings,
};

use super::assertions::{self, Assertions};
use crate::failure::Failure;

/// A folder that is to be proven.
pub(super) struct History {
    /// What is run: the migrations, and before them the baseline with which the history begins, if it does.
    pub(super) bundle: &'static Bundle,
    /// The same with the repeatables.
    pub(super) whole: &'static Bundle,
    /// The repeatables that are for some environments only.
    pub(super) limited: Vec<Limited>,
    /// What is known of each migration that is run, without running it, in order of version.
    pub(super) migrations: Vec<Facts>,
    /// The baselines, in order of version.
    pub(super) baselines: Vec<Base>,
    /// Where the history begins.
    pub(super) beginning: Beginning,
    /// What `migrator.toml` says.
    pub(super) settings: Settings,
    /// What was proven before.
    pub(super) proof: Proof,
    /// The values of its placeholders.
    pub(super) values: Values,
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

/// A repeatable that is for some environments only.
pub(super) struct Limited {
    pub(super) name: String,
    pub(super) only: Vec<String>,
}

/// One baseline.
pub(super) struct Base {
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) sha256: Hash,
    /// It, and the migrations after it.
    pub(super) bundle: &'static Bundle,
    /// The same with the repeatables.
    pub(super) whole: &'static Bundle,
}

/// Where the history begins, and what was found earlier of what came before that.
pub(super) struct Beginning {
    /// The version of the baseline that stands for migrations that are gone.
    pub(super) baseline: Option<i64>,
    /// What was found of the migrations for which it stands.
    pub(super) migrations: Vec<Proven>,
    /// What was found of older baselines.
    pub(super) baselines: Vec<ProvenBaseline>,
    /// The migrations for which it stands, that are there, and of which nothing was found as they are.
    pub(super) unknown: Vec<String>,
}

/// What needs no other proof.
#[derive(Clone, Copy)]
pub(super) struct Known<'k> {
    pub(super) migrations: &'k [Proven],
    pub(super) baselines: &'k [ProvenBaseline],
}

impl Known<'_> {
    pub(super) const NOTHING: Self = Self {
        migrations: &[],
        baselines: &[],
    };
}

impl Base {
    /// How output calls it.
    pub(super) fn title(&self) -> String {
        format!("baseline {} \"{}\"", self.version, self.name)
    }
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
            check: match settings.downs_after {
                Some(last) if migration.version <= last => DownCheck::Allowed,
                _ => migration.down_check,
            },
            only: migration.only.clone(),
            assertions: found.remove(&migration.version).unwrap_or_default(),
        };
        let beginning = beginning(&folder, &proof);
        let first = beginning.baseline;
        let mut migrations: Vec<Facts> = folder.migrations.iter().map(facts).collect();
        migrations.retain(|it| first.is_none_or(|first| it.version > first));
        // What is for some environments only is proven like everything else.
        for migration in &mut folder.migrations {
            migration.only.clear();
        }
        let limited: Vec<Limited> = folder
            .repeatables
            .iter_mut()
            .map(|it| Limited {
                name: it.name.clone(),
                only: std::mem::take(&mut it.only),
            })
            .filter(|it| !it.only.is_empty())
            .collect();
        let values = values(&folder)?;
        let begins = |it: &&Baseline| Some(it.version) == first;
        let whole = after(&folder, folder.baselines.iter().find(begins), shown, &proof);
        let bundle = without_repeatables(whole);
        let baselines = folder.baselines.iter().map(|it| {
            let whole = after(&folder, Some(it), shown, &proof);
            Base {
                version: it.version,
                name: it.name.clone(),
                sha256: it.sha256,
                bundle: without_repeatables(whole),
                whole,
            }
        });
        let baselines = baselines.collect();
        Ok(Self {
            bundle,
            whole,
            limited,
            migrations,
            baselines,
            beginning,
            settings,
            proof,
            values,
        })
    }

    /// What needs no other proof: as far as the migrations and the assertions about them are the same.
    pub(super) fn unchanged(&self) -> Known<'_> {
        let first = self.beginning.baseline;
        let before = |it: &Proven| first.is_some_and(|first| it.version <= first);
        let before = self.proof.proven.partition_point(before);
        let proven = self.proof.proven.get(before..).unwrap_or_default();
        let count = proven
            .iter()
            .zip(&self.migrations)
            .take_while(|(proven, facts)| proven.tests == facts.assertions.hash())
            .count();
        Known {
            migrations: proven.get(..count).unwrap_or_default(),
            baselines: &self.proof.baselines,
        }
    }

    /// Whether it was proven on a server of the same major version.
    pub(super) fn proven_on(&self, version: &str) -> bool {
        let major = |version: &str| version.split('.').next().map(str::to_owned);
        let servers = &self.proof.servers;
        servers.iter().any(|it| major(it) == major(version))
    }

    /// Whether the files in the folder prove all of it.
    pub(super) fn is_proven(&self) -> bool {
        self.proof.all_unproven().is_empty() && self.proof.unproven_repeatables.is_empty()
    }

    /// The same, and the assertions about it have not changed either: this is what needs no other proof.
    pub(super) fn is_proven_with(&self, known: Known<'_>) -> bool {
        known.migrations.len() == self.migrations.len() && self.is_proven()
    }
}

fn without_repeatables(bundle: &'static Bundle) -> &'static Bundle {
    Box::leak(Box::new(Bundle {
        repeatables: &[],
        ..*bundle
    }))
}

/// A baseline, if there is one, and the migrations after it.
fn after(
    folder: &Folder,
    baseline: Option<&Baseline>,
    shown: &str,
    proof: &Proof,
) -> &'static Bundle {
    let first = baseline.map(|it| it.version);
    let later = |it: &&migrator_source::Migration| first.is_none_or(|first| it.version > first);
    let part = Folder {
        migrations: folder.migrations.iter().filter(later).cloned().collect(),
        baselines: baseline.into_iter().cloned().collect(),
        ..folder.clone()
    };
    bake::unproven(part, shown, &proof.recorded)
}

fn beginning(folder: &Folder, proof: &Proof) -> Beginning {
    let baseline = migrator_source::first_baseline(folder, &proof.recorded).map(|it| it.version);
    let Some(first) = baseline else {
        return Beginning {
            baseline,
            migrations: Vec::new(),
            baselines: Vec::new(),
            unknown: Vec::new(),
        };
    };
    let earlier = proof.earlier.as_ref();
    let found = earlier.map_or(&[][..], |lock| &lock.migrations);
    let stands_for = |version: i64| version <= first;
    let held = folder.migrations.iter().filter(|it| stands_for(it.version));
    let (known, unknown): (Vec<_>, Vec<_>) =
        held.partition(|it| found.iter().any(|proven| proven.is(it)));
    let migrations = found.iter().filter(|it| {
        stands_for(it.version)
            && (!folder.holds(it.version) || known.iter().any(|held| held.version == it.version))
    });
    let baselines = earlier.map_or(&[][..], |lock| &lock.baselines);
    let baselines = baselines.iter().filter(|it| {
        let mut held = folder.baselines.iter();
        let held = held.find(|held| held.version == it.version);
        it.version < first && held.is_none_or(|held| it.is(held))
    });
    Beginning {
        baseline,
        migrations: migrations.cloned().collect(),
        baselines: baselines.cloned().collect(),
        unknown: unknown
            .iter()
            .map(|it| format!("{} \"{}\"", it.version, it.name))
            .collect(),
    }
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
