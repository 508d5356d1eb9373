//! `info` for people: what the program was built from, and the table of what is baked.

use std::fmt::Write as _;

use super::super::json;
use super::text::{belongs, in_place_of, mode_note, required, table};
use crate::bundle::{Bundle, Down, Gate, Order, Proof, Secrecy};
use crate::origin;
use crate::quote::hex;

/// Everything that is baked.
pub(super) fn info(bundle: &Bundle) -> String {
    let mut text = origin(bundle);
    for it in bundle.placeholders {
        let value = match (it.default, it.secrecy) {
            (None, _) => "required".to_owned(),
            (Some(_), Secrecy::Secret) => "secret, with a default".to_owned(),
            (Some(default), Secrecy::Open) => format!("{default:?} by default"),
        };
        let _ = writeln!(text, "${{{}}}: {value}, from {}", it.name, it.variable);
    }
    if !bundle.placeholders.is_empty() {
        text.push('\n');
    }
    let rows = bundle.migrations.iter().map(|migration| {
        let down = match migration.down {
            Down::Absent => "no down",
            Down::Irreversible(_) => "irreversible",
            Down::Script(_) => "down",
        };
        let verified = migration.verify.map_or("", |_| "verified");
        let order = match migration.order {
            Order::Versioned => "",
            Order::Unordered => "unordered",
        };
        vec![
            migration.version.to_string(),
            migration.name.to_owned(),
            hex(&migration.up.sha256)[..12].to_owned(),
            down.to_owned(),
            [
                mode_note(migration.up.mode),
                order,
                verified,
                &belongs(migration.only),
            ]
            .iter()
            .filter(|note| !note.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", "),
        ]
    });
    let baselines = bundle.baselines.iter().map(|baseline| {
        vec![
            baseline.version().to_string(),
            baseline.name().to_owned(),
            hex(&baseline.record.up.sha256)[..12].to_owned(),
            "no down".to_owned(),
            format!(
                "baseline, {}",
                in_place_of(bundle.covered_by(baseline).len())
            ),
        ]
    });
    let repeatables = bundle.repeatables.iter().map(|it| {
        vec![
            it.label().version(),
            it.name.to_owned(),
            hex(&it.script.sha256)[..12].to_owned(),
            String::new(),
            required(it.requires),
        ]
    });
    text.push_str(&table(
        &["version", "name", "sha256", "down", ""],
        rows.chain(baselines).chain(repeatables).collect(),
    ));
    text
}

/// What the program was built from, a fact a line.
fn origin(bundle: &Bundle) -> String {
    let crates = match origin::dependencies().count() {
        0 => "not recorded, as this is a debug build".to_owned(),
        count => format!("{count}, as `migrator info --sbom` lists them"),
    };
    format!(
        "migrator {}\ncommit   {}\ntarget   {}\nfolder   {}\ndigest   {}\nbuild    {}\nproof    {}\ncrates   {crates}\n\n",
        origin::VERSION,
        origin::COMMIT.unwrap_or("unknown"),
        origin::TARGET,
        bundle.folder,
        hex(&bundle.digest),
        json::BUILD,
        proof(&bundle.proof),
    )
}

/// What is known from running the bundle, in one line.
fn proof(proof: &Proof) -> String {
    let unproven = proof.unproven.len() + proof.unproven_repeatables.len();
    let known = match (proof.is_absent(), unproven) {
        (true, _) => "none".to_owned(),
        (false, 0) => format!("on PostgreSQL {}", proof.servers.join(", ")),
        (false, count) => format!(
            "on PostgreSQL {}, without the last {count}",
            proof.servers.join(", ")
        ),
    };
    match proof.gate {
        Gate::On => known,
        Gate::Off => format!("{known}; migrator.toml does not insist on one"),
    }
}
