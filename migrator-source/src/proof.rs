//! What the proof of a folder is worth: which of its migrations were run on a scratch server as they are now.
//!
//! Running them is the workbench's; the text of the file is `proof/lock`. Nothing here needs a database.

mod baseline;
mod lock;
mod point;

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::baseline::first;
use crate::finding::{Finding, Place};
use crate::folder::{Baseline, Down, Folder, Migration, Repeatable};
use crate::listing::{is_absent, unreadable};
use crate::settings::Scope;

pub use baseline::ProvenBaseline;
pub use lock::{Commuting, Hash, Lock, Proven, Repeated, Verdict};
pub use point::Point;

/// The name of the file with what was found.
pub const LOCK_FILE: &str = "migrator.lock";
/// The name of the file with the schema after all migrations.
pub const SCHEMA_FILE: &str = "schema.sql";

/// How a proof is made anew.
const AGAIN: &str = "prove again, and commit both files: `cargo run -p migrator-dev -- prove`";

/// What the proof of a folder is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// What is proven: the first migrations of the folder, as far as they are unchanged, and before them those that a
    /// proven baseline stands for and the folder does not hold any more.
    pub proven: Vec<Proven>,
    /// The versions whose proof is missing or stale, ascending.
    pub unproven: Vec<i64>,
    /// The baselines that are proven to make what their migrations make.
    pub baselines: Vec<ProvenBaseline>,
    /// The versions of the others, ascending.
    pub unproven_baselines: Vec<i64>,
    /// The repeatables that are proven: the first ones, as far as everything before them is.
    pub repeated: Vec<Repeated>,
    /// The names of the repeatables whose proof is missing or stale, in the order in which they run.
    pub unproven_repeatables: Vec<String>,
    /// Which proven migrations may come late, and after which newer one.
    pub commuting: Vec<Commuting>,
    /// Every version that was proven before, unchanged or not.
    pub recorded: Vec<i64>,
    /// What was found before, unchanged or not, where it was found of the same scope.
    pub earlier: Option<Lock>,
    /// The versions of the servers on which it was proven.
    pub servers: Vec<String>,
    /// The text of `schema.sql` where it is the schema after the newest proven migration, else empty.
    pub schema: String,
    /// What each side of a merge conflict found, where it was found of the same scope; else none.
    pub sides: Vec<Lock>,
    /// What is wrong with the files themselves; then nothing is proven.
    pub problems: Vec<Finding>,
}

/// Reads the proof of a folder and says what it is worth; messages call the folder `shown_as`.
#[must_use]
pub fn proof(path: &Path, shown_as: &str, folder: &Folder, scope: &Scope) -> Proof {
    match read(path, shown_as) {
        Ok(None) => nothing(folder, Vec::new()),
        Ok(Some((lock, schema))) => judge(lock, schema, folder, scope),
        Err(problem) => {
            let text = fs::read_to_string(path.join(LOCK_FILE)).unwrap_or_default();
            let mut sides = Lock::sides(&text);
            sides.retain(|lock| lock.scope == scope.label());
            Proof {
                sides,
                ..nothing(folder, vec![problem])
            }
        }
    }
}

/// SHA-256 of the text of a file, whatever its line endings.
#[must_use]
pub fn text_hash(text: &str) -> Hash {
    if text.contains('\r') {
        Sha256::digest(text.replace("\r\n", "\n")).into()
    } else {
        Sha256::digest(text).into()
    }
}

fn nothing(folder: &Folder, problems: Vec<Finding>) -> Proof {
    Proof {
        unproven: versions(&folder.migrations),
        unproven_baselines: folder.baselines.iter().map(|it| it.version).collect(),
        unproven_repeatables: names(&folder.repeatables),
        problems,
        ..Proof::default()
    }
}

fn versions(migrations: &[Migration]) -> Vec<i64> {
    migrations.iter().map(|it| it.version).collect()
}

fn names(repeatables: &[Repeatable]) -> Vec<String> {
    repeatables.iter().map(|it| it.name.clone()).collect()
}

/// The two files, where there are any.
fn read(path: &Path, shown_as: &str) -> Result<Option<(Lock, String)>, Finding> {
    let text = |file: &str| match fs::read_to_string(path.join(file)) {
        // A checkout on Windows may have other line endings.
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(unreadable(format!("{shown_as}/{file}"), &error)),
    };
    let Some(lock) = text(LOCK_FILE)? else {
        return Ok(None);
    };
    let lock = Lock::parse(&format!("{shown_as}/{LOCK_FILE}"), &lock)?;
    let shown = format!("{shown_as}/{SCHEMA_FILE}");
    let schema = text(SCHEMA_FILE)?.ok_or_else(|| {
        Finding::new(format!("\"{shown}\" is missing"))
            .hint(AGAIN)
            .at(Place::whole(format!("{shown_as}/{LOCK_FILE}")))
    })?;
    if text_hash(&schema) != lock.schema {
        let message = format!("\"{shown}\" is not the one that was proven");
        return Err(Finding::new(message).hint(AGAIN).at(Place::whole(shown)));
    }
    Ok(Some((lock, schema)))
}

/// A proof of a version counts only with that of everything before it.
fn judge(lock: Lock, schema: String, folder: &Folder, scope: &Scope) -> Proof {
    if lock.scope != scope.label() {
        return nothing(folder, Vec::new());
    }
    let recorded: Vec<i64> = lock.migrations.iter().map(|it| it.version).collect();
    let first = first(folder, &recorded);
    let is_known = |held: &Baseline| lock.baselines.iter().any(|it| it.is(held));
    if !first.is_none_or(is_known) {
        // Everything comes after it.
        return Proof {
            recorded,
            earlier: Some(lock),
            ..nothing(folder, Vec::new())
        };
    }
    let proven = proven(&lock, folder, first);
    let held = |it: &&Proven| folder.holds(it.version);
    let count = proven.iter().filter(held).count();
    let mut unproven = versions(folder.migrations.get(count..).unwrap_or_default());
    let chain = unproven.is_empty() && proven.len() == lock.migrations.len();
    let mut repeated = lock.repeatables.clone();
    let repeatables = folder
        .repeatables
        .iter()
        .zip(&repeated)
        .take_while(|(it, proven)| chain && it.name == proven.name && it.script.sha256 == proven.up)
        .count();
    let unproven_repeatables = names(folder.repeatables.get(repeatables..).unwrap_or_default());
    let whole = proven.len() == lock.migrations.len() && repeatables == repeated.len();
    if !whole && unproven.is_empty() && unproven_repeatables.is_empty() {
        // The proof goes on after the end of the folder, so its schema is not the one at the end.
        unproven.extend(folder.migrations.last().map(|it| it.version));
    }
    repeated.truncate(repeatables);
    let mut commuting = lock.commuting.clone();
    commuting.retain(|it| {
        let is_proven = |version: &i64| proven.iter().any(|it| it.version == *version);
        is_proven(&it.newest) && it.versions.iter().all(is_proven)
    });
    // A baseline is worth no more than the proof of what it stands for.
    let stale = unproven.first().copied();
    let counts = |version: i64| stale.is_none_or(|stale| version < stale);
    let (known, other): (Vec<&Baseline>, Vec<&Baseline>) = folder
        .baselines
        .iter()
        .partition(|it| is_known(it) && counts(it.version));
    let begin = first.map_or(i64::MIN, |first| first.version);
    let is_gone = |it: &ProvenBaseline| {
        it.version < begin
            && folder
                .baselines
                .iter()
                .all(|held| held.version != it.version)
    };
    let baselines = lock
        .baselines
        .iter()
        .filter(|it| is_gone(it) || known.iter().any(|held| it.is(held)));
    Proof {
        sides: Vec::new(),
        proven,
        unproven,
        baselines: baselines.cloned().collect(),
        unproven_baselines: other.iter().map(|it| it.version).collect(),
        repeated,
        unproven_repeatables,
        commuting,
        recorded,
        servers: lock.servers.clone(),
        schema: if whole { schema } else { String::new() },
        earlier: Some(lock),
        problems: Vec::new(),
    }
}

/// What holds of the lock's migrations. Of one that the first baseline stands for, the proof outlives the file.
fn proven(lock: &Lock, folder: &Folder, first: Option<&Baseline>) -> Vec<Proven> {
    let mut held = folder.migrations.iter().peekable();
    let mut proven = Vec::new();
    for found in &lock.migrations {
        let is_new = held.peek().is_some_and(|it| it.version < found.version);
        let is_gone = first.is_some_and(|first| found.version <= first.version)
            && !folder.holds(found.version);
        if is_new || !is_gone && held.next_if(|it| found.is(it)).is_none() {
            break;
        }
        proven.push(found.clone());
    }
    proven
}

impl Proven {
    /// Whether it is these files that were proven.
    #[must_use]
    pub fn is(&self, migration: &Migration) -> bool {
        let down = match &migration.down {
            Down::Script(script) => Some(script.sha256),
            Down::Absent | Down::Irreversible(_) => None,
        };
        migration.version == self.version
            && migration.name == self.name
            && migration.up.sha256 == self.up
            && down == self.down
            && migration.verify.as_ref().map(|script| script.sha256) == self.verify
    }
}

#[cfg(test)]
mod tests;
