//! A folder of migrations as a bundle while a program runs: what `embed!` bakes while one compiles.
//!
//! For tests and benches that make up histories. A bundle is leaked: it lives as long as the process, as a baked one
//! does.

use std::path::Path;

use migrator::bundle::{Bundle, Down, Limits, Migration, Mode, Order, Proof, Script, Statements};
use migrator_source as source;

/// Reads a folder; messages call it by its last name.
///
/// # Errors
///
/// Every problem of the folder, each as `embed!` would report it.
pub fn bundle(folder: &Path) -> Result<&'static Bundle, Vec<String>> {
    let shown = folder.file_name().unwrap_or_default().to_string_lossy();
    bundle_shown_as(folder, &shown)
}

/// Reads a folder; messages call it as the caller says.
///
/// # Errors
///
/// Every problem of the folder, each as `embed!` would report it.
pub fn bundle_shown_as(folder: &Path, shown_as: &str) -> Result<&'static Bundle, Vec<String>> {
    let reading = source::read(folder, shown_as, &|_| false);
    if !reading.problems.is_empty() {
        return Err(reading.problems.iter().map(ToString::to_string).collect());
    }
    let digest = source::digest(&reading.folder);
    let migrations: Vec<Migration<'static>> = reading
        .folder
        .migrations
        .into_iter()
        .map(migration)
        .collect();
    Ok(Box::leak(Box::new(Bundle {
        folder: text(shown_as.to_owned()),
        migrations: Vec::leak(migrations),
        digest,
        proof: Proof::ABSENT,
    })))
}

fn text(text: String) -> &'static str {
    // Leaking as it is would keep spare room for good.
    Box::leak(text.into_boxed_str())
}

fn migration(migration: source::Migration) -> Migration<'static> {
    Migration {
        version: migration.version,
        name: text(migration.name),
        order: match migration.order {
            source::Order::Versioned => Order::Versioned,
            source::Order::Unordered => Order::Unordered,
        },
        up: script(migration.up),
        down: match migration.down {
            source::Down::Absent => Down::Absent,
            source::Down::Irreversible(why) => Down::Irreversible(text(why)),
            source::Down::Script(down) => Down::Script(script(down)),
        },
        checksum: migration.checksum,
        accepted: Vec::leak(migration.accepted),
    }
}

fn script(script: source::Script) -> Script<'static> {
    let table = source::table(&script.statements);
    let limit = |limit: Option<String>| limit.map(text);
    Script {
        file: text(script.file),
        sql: text(script.sql),
        mode: match script.mode {
            source::Mode::Transaction => Mode::Transaction,
            source::Mode::NoTransaction => Mode::NoTransaction,
        },
        limits: Limits {
            lock_timeout: limit(script.limits.lock_timeout),
            statement_timeout: limit(script.limits.statement_timeout),
        },
        statements: Statements::from_table(Vec::leak(table)),
        sha256: script.sha256,
    }
}
