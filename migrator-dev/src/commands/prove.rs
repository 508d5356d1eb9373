//! `prove`: runs a folder on scratch servers and writes what was found: `migrator.lock` and `schema.sql`.
//!
//! What is run, and in which order, is `prove/walk` and `prove/orders`; what a proof is worth afterwards is judged by
//! `migrator-source` whenever the folder is baked.

mod assertions;
mod baselines;
pub(crate) mod beyond;
mod commuting;
mod environments;
mod history;
mod orders;
mod outcome;
mod place;
mod repeatables;
mod round;
pub(crate) mod rows;
mod scratch;
mod trial;
mod walk;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use migrator::Interrupt;
use migrator::expected;
use migrator::snapshot::{Object, Snapshot};
use migrator_source::{Commuting, DownCheck, LOCK_FILE, Lock, SCHEMA_FILE};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use self::history::{History, Known};
use self::outcome::Outcome;
use self::place::Place;
pub(crate) use self::trial::{Source, Trial};
use super::server::Choice;
use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  migrator-dev prove                          on a server that is started for it
  migrator-dev prove --against 13,15,18       on each of these that is installed or can be downloaded
  migrator-dev prove --url postgres://ci@db   in a database of its own on that server
  migrator-dev prove --check                  write nothing; fail when the files would change
  migrator-dev prove --if-stale               prove what is not proven yet, if anything

Each migration is applied, undone where it has a down, and applied again. Only what changed since the last proof is
run again. Commit migrator.lock and schema.sql; `embed!` bakes both.";

/// Run the migrations on a scratch server and write down what was found
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder of the migrations
    #[arg(long, default_value = "migrations")]
    folder: PathBuf,
    /// A server to use, where databases are created and dropped again; by default one is started
    #[arg(long, value_name = "URL", conflicts_with_all = ["against", "major", "postgres"])]
    url: Option<String>,
    /// Major versions, with commas between them: use every one that is installed or can be downloaded
    #[arg(
        long,
        value_name = "VERSIONS",
        value_delimiter = ',',
        conflicts_with = "major"
    )]
    against: Vec<u32>,
    #[command(flatten)]
    server: Choice,
    /// Prove everything, also what has not changed
    #[arg(long)]
    all: bool,
    /// Write nothing; fail when the files are not up to date
    #[arg(long)]
    check: bool,
    /// Do nothing, and start no server, where the files in the folder prove all of it
    #[arg(long, conflicts_with_all = ["all", "check"])]
    if_stale: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let shown = arguments.folder.display().to_string();
    let shown = shown.trim_end_matches('/');
    let history = History::read(&arguments.folder, shown)?;
    say(&format!("The folder is \"{shown}\"."));
    for problem in &history.proof.problems {
        note(&format!("{problem}\nEverything is proven anew."));
    }
    let known = if arguments.all {
        Known::NOTHING
    } else {
        history.unchanged()
    };
    if arguments.if_stale && history.is_proven_with(known) {
        say("Everything is proven; both files are up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    let interrupt = interrupt()?;
    let places = Place::choose(arguments, note)?;
    let mut outcomes = Vec::new();
    for place in &places {
        say(&format!("PostgreSQL {}", place.version));
        // Elsewhere nothing was proven yet.
        let known = if history.proven_on(&place.version) {
            known
        } else {
            Known::NOTHING
        };
        outcomes.push(walk::prove(place, &history, known, &interrupt, say)?);
    }
    let complaints: Vec<Failure> = complaints(&mut outcomes);
    if !complaints.is_empty() {
        for complaint in &complaints {
            complaint.print();
        }
        let count = match complaints.len() {
            1 => "1 problem".to_owned(),
            count => format!("{count} problems"),
        };
        return Err(
            Failure::new(format!("\"{shown}\" is not proven: {count}")).hint(hint(&history))
        );
    }
    finish(arguments, &history, known, outcomes)
}

/// What helps. Nobody mends the downs of a history that was written for another tool, and released long ago.
fn hint(history: &History) -> String {
    let mend = "Nothing was written. Mend the migrations and prove again.";
    let never = history.proof.servers.is_empty();
    let judged = history.migrations.iter().rev();
    let mut judged =
        judged.filter(|it| it.check == DownCheck::Insisted && it.down_hash().is_some());
    match judged.next() {
        Some(last) if never && judged.next().is_some() => format!(
            "{mend}\nWhere these downs were released with another tool: downs-after = {} below [proof] in migrator.toml \
             notes what they do, and insists on none.",
            last.version
        ),
        _ => mend.to_owned(),
    }
}

/// Writes both files, or says that they would change.
fn finish(
    arguments: &Arguments,
    history: &History,
    known: Known<'_>,
    outcomes: Vec<Outcome>,
) -> Result<ExitCode, Failure> {
    let commuting = commuting(&outcomes);
    let mut servers: Vec<String> = outcomes.iter().map(|it| it.version.clone()).collect();
    let Some(first) = outcomes.into_iter().next() else {
        return Err(Failure::new("no server was found"));
    };
    if arguments.check {
        // Another release of the same major version is no reason for other files.
        servers.clone_from(&history.proof.servers);
    } else if history.is_proven_with(known) {
        // Nothing new: what was found on other servers still holds.
        servers.extend(history.proof.servers.iter().cloned());
    }
    sort(&mut servers);
    let schema = first.whole.to_sql();
    let lock = Lock {
        servers,
        scope: history.settings.scope.label(),
        schema: migrator_source::text_hash(&schema),
        migrations: first.proven,
        baselines: first.baselines,
        repeatables: first.repeated,
        commuting,
    };
    let files = [(SCHEMA_FILE, schema), (LOCK_FILE, lock.to_toml())];
    let stale: Vec<&(&str, String)> = files
        .iter()
        .filter(|(file, text)| !is_on_disk(&arguments.folder.join(file), text))
        .collect();
    if stale.is_empty() {
        say("Everything is proven; both files are up to date.");
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.check {
        let names: Vec<&str> = stale.iter().map(|(file, _)| *file).collect();
        return Err(
            Failure::new(format!("{} would change", names.join(" and "))).hint(format!(
                "Prove, and commit both files: `migrator-dev prove --folder {}`.",
                arguments.folder.display()
            )),
        );
    }
    for (file, text) in stale {
        let path = arguments.folder.join(file);
        fs::write(&path, text).map_err(|error| {
            Failure::new(format!("could not write \"{}\"", path.display())).detail(error)
        })?;
        say(&format!("wrote {}", path.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// What commutes on each server.
fn commuting(outcomes: &[Outcome]) -> Vec<Commuting> {
    let first = outcomes.first().map(|it| it.commuting.clone());
    let mut commuting = first.unwrap_or_default();
    commuting.retain(|it| outcomes.iter().all(|other| other.commuting.contains(it)));
    commuting
}

/// What is wrong, server by server, and where two servers disagree.
fn complaints(outcomes: &mut [Outcome]) -> Vec<Failure> {
    let mut complaints: Vec<Failure> = Vec::new();
    let several = outcomes.len() > 1;
    for outcome in &mut *outcomes {
        let place = format!("on PostgreSQL {}:", outcome.version);
        let own = outcome.complaints.drain(..);
        complaints.extend(own.map(|it| if several { it.after(&place) } else { it }));
    }
    if complaints.is_empty()
        && let Some((first, others)) = outcomes.split_first()
    {
        complaints.extend(others.iter().filter_map(|other| first.disagrees(other)));
    }
    complaints
}

fn is_on_disk(path: &Path, text: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|there| there.replace("\r\n", "\n") == *text)
}

/// In order of version, each once.
fn sort(servers: &mut Vec<String>) {
    let key = |version: &String| -> Vec<u32> {
        let parts = version.split('.');
        parts.filter_map(|part| part.parse().ok()).collect()
    };
    servers.sort_by_key(key);
    servers.dedup();
}

/// From here on a signal ends the run in an orderly way, so that no database is left on somebody's server.
fn interrupt() -> Result<Interrupt, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag))
            .map_err(|error| Failure::new("could not listen to signals").detail(error))?;
    }
    Ok(Interrupt::from(flag))
}

/// The scope of a snapshot: everything that is not the server's, as far as the settings count it.
fn scope(scope: &migrator_source::Scope) -> migrator::snapshot::Scope {
    use migrator::snapshot::Extra;
    use migrator_source::Counted;

    let mut extras = Vec::new();
    if scope.comments == Counted::Yes {
        extras.push(Extra::Comments);
    }
    if scope.grants == Counted::Yes {
        extras.push(Extra::Grants);
    }
    migrator::snapshot::Scope {
        schemas: Vec::new(),
        ignore: scope.ignore.clone(),
        extras,
    }
}

/// What one migration changed: what was added or became another, then what is gone.
fn changes(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let objects = |snapshot: &Snapshot| -> HashMap<(String, String), String> {
        let objects = snapshot.objects.iter();
        objects
            .map(|it| ((it.kind.clone(), it.name.clone()), expected::digits(it)))
            .collect()
    };
    let (old, new) = (objects(before), objects(after));
    let key = |object: &Object| (object.kind.clone(), object.name.clone());
    let added = after
        .objects
        .iter()
        .filter(|it| old.get(&key(it)) != new.get(&key(it)))
        .map(expected::change);
    let gone = before
        .objects
        .iter()
        .filter(|it| !new.contains_key(&key(it)))
        .map(|it| expected::change(it).replacen('+', "-", 1));
    added
        .chain(gone)
        // One object a line, whatever its name.
        .map(|line| line.replace('\n', " "))
        .collect()
}

#[expect(clippy::print_stdout, reason = "what was proven is what was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "notes beside what was asked for")]
fn note(text: &str) {
    eprintln!("note: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_in_order_of_version() {
        let mut servers: Vec<String> = ["15.4", "9.6", "15.10", "15.4"].map(str::to_owned).to_vec();
        sort(&mut servers);
        assert_eq!(servers, ["9.6", "15.4", "15.10"]);
    }
}
