//! A folder of migrations as a bundle while a program runs: what `embed!` bakes while one compiles.
//!
//! For tests and benches that make up histories. A bundle is leaked: it lives as long as the process, as a baked one
//! does.

use std::path::Path;

use migrator::baked;
use migrator::bundle::{
    Adoption, Baseline, Bundle, Commuting, Counted, Down, Gate, Limits, Migration, Mode, Order,
    Placeholder, Point, Probe, Proof, Quoting, Repeatable, Repeated, Scope, Script, Secrecy,
    Statements,
};
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
        return Err(shown(&reading.problems));
    }
    let settings = source::settings(folder, shown_as).map_err(|problems| shown(&problems))?;
    let known = source::proof(folder, shown_as, &reading.folder, &settings.scope);
    let nameless = source::nameless_releases(&reading.folder, shown_as, &known.recorded);
    if !nameless.is_empty() {
        return Err(shown(&nameless));
    }
    let unknown = source::unknown_versions(&settings.adoptions, &reading.folder);
    if !unknown.is_empty() {
        return Err(shown(&unknown));
    }
    let adoptions = settings.adoptions.iter().map(adoption).collect();
    let recorded = known.recorded.clone();
    let bundle = leak(reading.folder, shown_as, &recorded, proof(settings, known));
    Ok(Box::leak(Box::new(Bundle {
        adoptions: Vec::leak(adoptions),
        ..*bundle
    })))
}

/// A folder that was read already, as a bundle that knows nothing of a proof but which versions have had one.
#[must_use]
pub fn unproven(folder: source::Folder, shown_as: &str, recorded: &[i64]) -> &'static Bundle {
    leak(folder, shown_as, recorded, Proof::ABSENT)
}

fn leak(folder: source::Folder, shown_as: &str, recorded: &[i64], proof: Proof) -> &'static Bundle {
    let digest = source::digest(&folder);
    let gone: Vec<Vec<i64>> = folder
        .baselines
        .iter()
        .map(|it| source::gone(&folder, recorded, it))
        .collect();
    let baselines: Vec<Baseline<'static>> = folder
        .baselines
        .into_iter()
        .zip(gone)
        .map(|(it, gone)| baseline(it, gone))
        .collect();
    let environments = texts(folder.environments);
    let placeholders: Vec<Placeholder> = folder.placeholders.into_iter().map(placeholder).collect();
    let repeatables: Vec<Repeatable<'static>> =
        folder.repeatables.into_iter().map(repeatable).collect();
    let migrations: Vec<Migration<'static>> =
        folder.migrations.into_iter().map(migration).collect();
    Box::leak(Box::new(Bundle {
        folder: text(shown_as.to_owned()),
        migrations: Vec::leak(migrations),
        baselines: Vec::leak(baselines),
        adoptions: &[],
        repeatables: Vec::leak(repeatables),
        digest,
        proof,
        environments,
        placeholders: Vec::leak(placeholders),
    }))
}

fn adoption(adoption: &source::Adoption) -> Adoption {
    let leaked = |it: &str| text(it.to_owned());
    Adoption {
        name: leaked(&adoption.name),
        probe: match &adoption.probe {
            source::Probe::Table { schema, table } => Probe::Table {
                schema: leaked(schema),
                table: leaked(table),
            },
            source::Probe::Query(query) => Probe::Query(leaked(query)),
            source::Probe::Proven(version) => Probe::Proven(*version),
            source::Probe::Fingerprint(hash) => Probe::Fingerprint(*hash),
            source::Probe::Position { tool, position } => Probe::Position {
                tool: leaked(tool),
                position: leaked(position),
            },
        },
        version: adoption.version,
    }
}

fn placeholder(placeholder: source::Placeholder) -> Placeholder {
    Placeholder {
        name: text(placeholder.name),
        quoting: match placeholder.quoting {
            source::Quoting::Identifier => Quoting::Identifier,
            source::Quoting::Literal => Quoting::Literal,
        },
        default: placeholder.default.map(text),
        variable: text(placeholder.variable),
        secrecy: match placeholder.secrecy {
            source::Secrecy::Open => Secrecy::Open,
            source::Secrecy::Secret => Secrecy::Secret,
        },
    }
}

fn shown(problems: &[source::Finding]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn proof(settings: source::Settings, known: source::Proof) -> Proof {
    let point = |point: source::Point<'_>| Point {
        version: point.version,
        fingerprint: *point.fingerprint,
        changes: text(point.changes.join("\n")),
    };
    let points: Vec<Point> = known.points().into_iter().map(point).collect();
    let unproven = known.all_unproven();
    let repeated = |repeated: source::Repeated| Repeated {
        name: text(repeated.name),
        fingerprint: repeated.fingerprint,
        changes: text(repeated.changes.join("\n")),
    };
    let commuting = |commuting: source::Commuting| Commuting {
        newest: commuting.newest,
        versions: Vec::leak(commuting.versions),
    };
    let scope = settings.scope;
    Proof {
        unproven_repeatables: texts(known.unproven_repeatables),
        repeated: Vec::leak(known.repeated.into_iter().map(repeated).collect()),
        commuting: Vec::leak(known.commuting.into_iter().map(commuting).collect()),
        gate: match settings.gate {
            source::Gate::On => Gate::On,
            source::Gate::Off => Gate::Off,
        },
        unproven: Vec::leak(unproven),
        schema: text(known.schema),
        points: Vec::leak(points),
        servers: texts(known.servers),
        scope: Scope {
            schemas: texts(scope.schemas),
            ignore: texts(scope.ignore),
            comments: counted(scope.comments),
            grants: counted(scope.grants),
        },
    }
}

fn counted(counted: source::Counted) -> Counted {
    match counted {
        source::Counted::Yes => Counted::Yes,
        source::Counted::No => Counted::No,
    }
}

fn texts(texts: Vec<String>) -> &'static [&'static str] {
    Vec::leak(texts.into_iter().map(text).collect())
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
        verify: migration.verify.map(script),
        only: texts(migration.only),
        checksum: migration.checksum,
        accepted: Vec::leak(migration.accepted),
    }
}

fn repeatable(repeatable: source::Repeatable) -> Repeatable<'static> {
    Repeatable {
        name: text(repeatable.name),
        requires: texts(repeatable.requires),
        only: texts(repeatable.only),
        script: script(repeatable.script),
    }
}

fn baseline(baseline: source::Baseline, gone: Vec<i64>) -> Baseline<'static> {
    let sha256: &'static [u8; 32] = Box::leak(Box::new(baseline.sha256));
    baked::baseline(
        baseline.version,
        text(baseline.name),
        Vec::leak(baseline.scripts.into_iter().map(script).collect()),
        (baseline.last_release.map(text), Vec::leak(gone)),
        (sha256, Vec::leak(baseline.accepted)),
    )
}

fn script(script: source::Script) -> Script<'static> {
    let table = source::table(&script.statements, &script.spots);
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
