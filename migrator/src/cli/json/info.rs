//! `info` for programs: what is baked, what the program was built from, and the same as a bill of materials.

use serde_json::{Map, Value, json};

use super::{BUILD, placeholder};
use crate::bundle::{Baseline, Bundle, Down, Gate, Order, Script};
use crate::origin::{self, Dependency};
use crate::quote::hex;

pub(in super::super) fn info(bundle: &Bundle) -> Value {
    let migrations: Value = bundle
        .migrations
        .iter()
        .map(|migration| {
            json!({
                "version": migration.version,
                "name": migration.name,
                "unordered": migration.order == Order::Unordered,
                "checksum": migration.checksum.to_string(),
                "only": migration.only,
                "up": about(&migration.up),
                "down": match &migration.down {
                    Down::Script(script) => about(script),
                    Down::Absent | Down::Irreversible(_) => Value::Null,
                },
                "verify": migration.verify.as_ref().map(about),
                "irreversible": match migration.down {
                    Down::Irreversible(reason) => Some(reason),
                    Down::Absent | Down::Script(_) => None,
                },
            })
        })
        .collect();
    let repeatables: Value = bundle
        .repeatables
        .iter()
        .map(|it| json!({ "name": it.name, "requires": it.requires, "only": it.only, "up": about(&it.script) }))
        .collect();
    json!({
        "version": origin::VERSION,
        "commit": origin::COMMIT,
        "target": origin::TARGET,
        "build": BUILD,
        "folder": bundle.folder,
        "digest": hex(&bundle.digest),
        "environments": bundle.environments,
        "placeholders": bundle.placeholders.iter().map(placeholder::declared).collect::<Value>(),
        "proof": {
            "gate": bundle.proof.gate == Gate::On,
            "servers": bundle.proof.servers,
            "unproven": bundle.proof.unproven,
            "unproven_repeatables": bundle.proof.unproven_repeatables,
        },
        "migrations": migrations,
        "baselines": bundle.baselines.iter().map(|it| baseline(bundle, it)).collect::<Value>(),
        "repeatables": repeatables,
        "crates": origin::dependencies().map(|it| json!({
            "name": it.name,
            "version": it.version,
            "licence": it.licence,
            "sha256": it.sha256,
        })).collect::<Value>(),
    })
}

/// What is known of a baseline.
pub(super) fn baseline(bundle: &Bundle, baseline: &Baseline<'_>) -> Value {
    json!({
        "version": baseline.version(),
        "name": baseline.name(),
        "checksum": baseline.record.checksum.to_string(),
        "sha256": hex(&baseline.record.up.sha256),
        "covers": bundle.covered_by(baseline).len(),
        "last_release": baseline.last_release,
        "files": baseline.scripts.iter().map(about).collect::<Value>(),
    })
}

pub(super) fn about(script: &Script<'_>) -> Value {
    json!({
        "file": script.file,
        "mode": script.mode.word(),
        "statements": script.statements.count(),
        "sha256": hex(&script.sha256),
    })
}

/// The crates as CycloneDX 1.5 <https://cyclonedx.org/docs/1.5/json/>, which scanners read.
///
/// It has no time and no serial number: one program has one bill.
pub(in super::super) fn sbom(bundle: &Bundle) -> Value {
    let components: Value = origin::dependencies()
        .filter(|it| it.name != env!("CARGO_PKG_NAME"))
        .map(|it| component(&it))
        .collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": env!("CARGO_PKG_NAME"),
                "version": origin::VERSION,
                "properties": [
                    { "name": "migrator:commit", "value": origin::COMMIT.unwrap_or("unknown") },
                    { "name": "migrator:target", "value": origin::TARGET },
                    { "name": "migrator:bundle", "value": hex(&bundle.digest) },
                ],
            },
        },
        "components": components,
    })
}

fn component(it: &Dependency<'_>) -> Value {
    let purl = format!("pkg:cargo/{}@{}", it.name, it.version);
    let mut component = Map::new();
    component.insert("type".to_owned(), json!("library"));
    component.insert("bom-ref".to_owned(), json!(purl));
    component.insert("name".to_owned(), json!(it.name));
    component.insert("version".to_owned(), json!(it.version));
    component.insert("purl".to_owned(), json!(purl));
    if !it.licence.is_empty() {
        // Cargo still takes the older form, with a slash for OR.
        let expression = it.licence.replace('/', " OR ");
        component.insert("licenses".to_owned(), json!([{ "expression": expression }]));
    }
    if let Some(sha256) = it.sha256 {
        component.insert(
            "hashes".to_owned(),
            json!([{ "alg": "SHA-256", "content": sha256 }]),
        );
    }
    Value::Object(component)
}
