//! Findings as JSON: a shape of our own, and SARIF 2.1.0 as code hosts read it.

use std::collections::BTreeMap;

use migrator_source::{Finding, Place};
use serde_json::{Value, json};

use super::label;

/// The rule of what is refused without one, such as a syntax error: SARIF wants a name for everything.
const READER: &str = "reader";

pub(super) fn json(folder: &str, findings: &[Finding]) -> Value {
    let findings: Vec<Value> = findings.iter().map(finding).collect();
    json!({ "format": 1, "command": "lint", "folder": folder, "findings": findings })
}

fn finding(finding: &Finding) -> Value {
    let places: Vec<Value> = finding
        .places
        .iter()
        .map(|place| {
            let line = place.excerpt.as_ref().map(|excerpt| &excerpt.text);
            json!({ "file": place.file, "line": place.line, "column": place.column, "text": line })
        })
        .collect();
    json!({
        "severity": label(finding),
        "rule": finding.rule,
        "message": finding.message,
        "explanation": finding.explanation,
        "hint": finding.hint,
        "places": places,
    })
}

pub(super) fn sarif(findings: &[Finding]) -> Value {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    for finding in findings {
        let id = finding.rule.unwrap_or(READER);
        rules
            .entry(id)
            .or_insert_with(|| match &finding.explanation {
                Some(why) => json!({ "id": id, "fullDescription": { "text": why } }),
                None => json!({ "id": id }),
            });
    }
    let rules: Vec<Value> = rules.into_values().collect();
    let results: Vec<Value> = findings.iter().map(result).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "migrator-dev lint",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn result(finding: &Finding) -> Value {
    let parts = [
        Some(&finding.message),
        finding.explanation.as_ref(),
        finding.hint.as_ref(),
    ];
    let text: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let mut places = finding.places.iter().map(location);
    let first: Vec<Value> = places.next().into_iter().collect();
    let others: Vec<Value> = places.collect();
    json!({
        "ruleId": finding.rule.unwrap_or(READER),
        "level": label(finding),
        "message": { "text": text.join("\n") },
        "locations": first,
        "relatedLocations": others,
    })
}

fn location(place: &Place) -> Value {
    let mut region = json!({ "startLine": place.line, "startColumn": place.column });
    if let Some(excerpt) = &place.excerpt {
        region["endColumn"] = json!(place.column + excerpt.length);
    }
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": place.file },
        "region": region,
    } })
}
