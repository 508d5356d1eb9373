//! What a database is, as JSON.

use serde_json::{Value, json};

use crate::recognise::{Class, Evidence, Objects, Resemblance};

/// The object under `database`.
pub(in crate::cli) fn class(class: &Class) -> Value {
    let mut value = match class {
        Class::Empty => json!({}),
        Class::Ours(version) => json!({ "version": version }),
        Class::Newer(version) => json!({ "version": version }),
        Class::Foreign(found) => {
            let histories = found.iter().map(|found| {
                json!({ "tool": found.tool.to_string(), "schema": found.schema, "table": found.table })
            });
            json!({ "histories": histories.collect::<Value>() })
        }
        Class::Known(known) => json!({
            "version": known.version,
            "rule": match &known.evidence {
                Evidence::Rule(name) => Some(name),
                Evidence::Fingerprint => None,
            },
        }),
        Class::Unknown(unknown) => json!({
            "objects": objects(&unknown.objects),
            "nearest": nearest(&unknown.resembles),
        }),
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("class".to_owned(), json!(class.word()));
    }
    value
}

fn objects(objects: &Objects) -> Value {
    objects
        .kinds
        .iter()
        .map(|kind| json!({ "kind": kind.kind, "count": kind.count, "names": kind.names }))
        .collect()
}

fn nearest(resembles: &Resemblance) -> Value {
    match resembles {
        Resemblance::None | Resemblance::Unproven => Value::Null,
        Resemblance::Ambiguous(versions) => json!({ "versions": versions, "differing": 0 }),
        Resemblance::Nearest { version, differing } => {
            json!({ "versions": [version], "differing": differing })
        }
    }
}
