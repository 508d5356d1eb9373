//! docs/json.md tells every field that a document has.

use std::collections::BTreeSet;

use serde_json::Value;

use super::read;
use crate::support::{Database, History, migrator};

/// The names of all fields, at whatever depth; what is below a journal's `detail` is somebody else's.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found.insert(name.clone());
                fields(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

#[test]
fn every_field_is_told() {
    let mut found = BTreeSet::new();
    let database = Database::fresh();
    let calls: &[(&[&str], i32)] = &[
        (&["check"], 4),
        (&["plan"], 0),
        (&["export", "--to", "/dev/null/x"], 2),
        (&["up"], 0),
        (&["status"], 0),
        (&["check"], 0),
        (&["current"], 0),
        (&["history"], 0),
        (&["info"], 0),
        (&["show", "20260112093000"], 0),
        (&["verify"], 0),
        (&["identify"], 0),
        (&["unlock"], 0),
        (&["plan", "--sql"], 0),
        (&["completions", "bash"], 0),
        (&["help", "--man", "up"], 0),
    ];
    for (arguments, code) in calls {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let ran = migrator(&all).on(&database).run().exits(*code);
        fields(&ran.json(), &mut found);
    }
    let failing = History::new(&[("V1__bad.sql", "SELECT 1 / 0;".to_owned())]);
    let failed = failing.call(&["up", "--json"]).on(&Database::fresh()).run();
    fields(&failed.exits(1).json(), &mut found);
    assert!(
        found.contains("sqlstate") && found.contains("commuting"),
        "{found:?}"
    );
    let page = read("docs/json.md");
    // A field stands in backquotes, alone or at the end of its path.
    let quoted: BTreeSet<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .flat_map(|text| text.split(['.', '[', ']', ',', ' ']))
        .collect();
    let missing: Vec<&String> = found
        .iter()
        .filter(|it| !quoted.contains(it.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/json.md lacks {missing:?}");
}
