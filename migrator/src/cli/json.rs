//! What is printed for programs: one document on standard output for each command. docs/json.md describes the shape;
//! a change that could break a reader raises [`FORMAT`].

mod class;
mod info;
mod placeholder;
#[cfg(feature = "serve")]
mod view;

use std::path::Path;

use serde_json::{Value, json};

use super::export::Exported;
use super::logging::now;
use super::manual::Page;
use super::observe::milliseconds;
use super::unlock::Fate;
use crate::backup::Backup;
use crate::bundle::{Baseline, Bundle, Order, Script};
use crate::difference::Difference;
use crate::error::Error;
use crate::history::{Entry, OpenStep};
use crate::label::Label;
use crate::plan::{Plan, Work};
use crate::recognise::Class;
use crate::report::{Finished, Report};
use crate::resolve::Resolution;
use crate::session::Holder;
use crate::status::{State, Status};
use crate::verify::{Identity, Verification};

pub(super) use class::class;
use info::{about, baseline};
pub(super) use info::{info, sbom};
#[cfg(feature = "serve")]
pub(super) use view::view;

/// The version of the shape.
pub(super) const FORMAT: u32 = 1;

/// How this program was compiled.
pub(super) const BUILD: &str = if cfg!(debug_assertions) {
    "debug"
} else {
    "release"
};

/// The envelope around every payload.
pub(super) fn document(command: &str, exit_code: u8, payload: &Value) -> String {
    let mut document = json!({ "format": FORMAT, "command": command, "exit_code": exit_code });
    if let (Some(document), Some(payload)) = (document.as_object_mut(), payload.as_object()) {
        document.extend(
            payload
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    format!("{document:#}\n")
}

fn finished(steps: &[Finished]) -> Value {
    steps
        .iter()
        .map(|step| {
            json!({
                "action": step.action.word(),
                "version": step.version,
                "name": step.name,
                "took_ms": milliseconds(step.took),
            })
        })
        .collect()
}

pub(super) fn report(report: &Report) -> Value {
    json!({
        "steps": finished(&report.steps),
        "current": report.current,
        "backup": report.backup.as_ref().map(backup),
        "as_proven": matches!(report.verification, Some(Verification::AsProven(_))),
        "took_ms": milliseconds(report.took),
        "database": report.class.as_ref().map(class),
    })
}

fn backup(backup: &Backup) -> Value {
    json!({
        "file": backup.file.to_string_lossy(),
        "bytes": backup.bytes,
        "sha256": backup.sha256,
        "pg_dump": backup.pg_dump,
        "restore": backup.restore,
        "took_ms": milliseconds(backup.took),
    })
}

pub(super) fn plan(
    bundle: &Bundle,
    of: Option<&Class>,
    plan: &Plan<'_>,
    commuting: &[i64],
) -> Value {
    let steps: Value = plan
        .steps
        .iter()
        .map(|step| {
            let files: Vec<String> = step
                .scripts()
                .map(|script| format!("{}/{}", bundle.folder, script.file))
                .collect();
            let statements = step.scripts().map(|script| script.statements.count());
            json!({
                "action": step.action().word(),
                "version": step.version,
                "name": step.name,
                "file": files.first(),
                "files": files,
                "mode": step.scripts().next().map(|script| script.mode.word()),
                "statements": statements.reduce(|a, b| a + b),
                "covers": match step.work {
                    Work::Baseline(_, covered) => Some(covered.len()),
                    _ => None,
                },
            })
        })
        .collect();
    json!({ "steps": steps, "commuting": commuting, "database": of.map(class) })
}

pub(super) fn script(script: &str) -> Value {
    json!({ "script": script })
}

pub(super) fn status(status: &Status) -> Value {
    let migrations: Value = status
        .rows
        .iter()
        .map(|row| {
            json!({
                "version": row.version,
                "name": row.name,
                "state": row.state.word(),
                "applied_on": row.applied_on,
                "mode": row.mode.map(crate::bundle::Mode::word),
                "unordered": row.order.map(|order| order == Order::Unordered),
                "unfinished": row.unfinished.as_ref().map(|unfinished| json!({
                    "action": unfinished.action,
                    "done": unfinished.done,
                    "begun": unfinished.begun,
                    "failed": unfinished.failed,
                })),
            })
        })
        .collect();
    let repeatables: Value = status
        .repeatables
        .iter()
        .map(|row| {
            json!({ "name": row.name, "state": row.state.word(), "applied_on": row.applied_on })
        })
        .collect();
    json!({
        "current": status.current,
        "head": status.head,
        "baseline": status.baseline.as_ref().map(|baseline| json!({
            "version": baseline.version,
            "name": baseline.name,
            "covers": baseline.covers,
        })),
        "pending": status.count(State::Pending)
            + status.count(State::Late)
            + status.count(State::Commuting),
        "database": class(&status.class),
        "mirror": status.mirror.as_ref().map(|mirror| json!({
            "tool": mirror.found.tool.name(),
            "table": mirror.found.shown(),
            "since": mirror.since,
        })),
        "migrations": migrations,
        "repeatables": repeatables,
    })
}

pub(super) fn resolved(step: &OpenStep, resolution: Resolution) -> Value {
    json!({
        "version": step.version,
        "step": step.number,
        "action": step.action,
        "was": step.state.word(),
        "resolution": resolution.word(),
    })
}

pub(super) fn verified(version: i64) -> Value {
    json!({ "version": version, "differences": [] })
}

pub(super) fn identity(identity: &Identity) -> Value {
    match identity {
        Identity::Empty => json!({ "match": "empty", "versions": [], "differences": [] }),
        Identity::Exactly(versions) => {
            json!({ "match": "exact", "versions": versions, "differences": [] })
        }
        Identity::Unlike => json!({ "match": "none", "versions": [], "differences": [] }),
        Identity::Nearest {
            version,
            differences,
        } => json!({
            "match": "nearest",
            "versions": [version],
            "differences": listed(differences),
        }),
    }
}

fn listed(differences: &[Difference]) -> Value {
    differences
        .iter()
        .map(|difference| {
            json!({
                "difference": difference.fault.word(),
                "kind": difference.kind,
                "name": difference.name,
                "expected": difference.expected,
                "found": difference.found,
            })
        })
        .collect()
}

pub(super) fn current(current: Option<i64>) -> Value {
    json!({ "current": current })
}

pub(super) fn holder(holder: Option<&Holder>, fate: Fate) -> Value {
    json!({ "holder": holder, "terminated": fate == Fate::Terminated })
}

pub(super) fn history(entries: &[Entry]) -> Value {
    let mut value = json!({ "entries": entries });
    if let Some(rows) = value.get_mut("entries").and_then(Value::as_array_mut) {
        for (row, entry) in rows.iter_mut().zip(entries) {
            // The server has checked that it is JSON.
            let detail = entry.detail.as_deref().map(serde_json::from_str::<Value>);
            row["detail"] = detail.and_then(Result::ok).unwrap_or_default();
        }
    }
    value
}

/// The baseline of a version, with its SQL.
pub(super) fn show_baseline(bundle: &Bundle, shown: &Baseline<'_>) -> Value {
    let mut value = baseline(bundle, shown);
    let sql: Vec<&str> = shown.scripts.iter().map(|script| script.sql).collect();
    if let Some(value) = value.as_object_mut() {
        value.insert("sql".to_owned(), json!(sql.concat()));
    }
    value
}

pub(super) fn show(label: Label<'_>, script: &Script<'_>) -> Value {
    let mut value = json!({ "version": label.version, "name": label.name, "sql": script.sql });
    if let (Some(value), Value::Object(about)) = (value.as_object_mut(), about(script)) {
        value.extend(about);
    }
    value
}

pub(super) fn exported(exported: &Exported<'_>) -> Value {
    json!({
        "directory": exported.folder(),
        "against": exported.against.word(),
        "steps": exported.steps,
        "files": exported.files,
    })
}

pub(super) fn pages(pages: &[Page], folder: Option<&Path>) -> Value {
    let pages: Value = pages
        .iter()
        .map(|page| json!({ "file": page.file, "text": folder.is_none().then_some(&page.text) }))
        .collect();
    json!({ "pages": pages, "directory": folder.map(Path::to_string_lossy) })
}

pub(super) fn completions(shell: &str, script: &str) -> Value {
    json!({ "shell": shell, "script": script })
}

pub(super) fn error(error: &Error) -> Value {
    let failure = error.failure();
    let place = failure.and_then(|failure| failure.excerpt.as_ref()).map(|excerpt| {
        json!({ "file": excerpt.file, "line": excerpt.line, "column": excerpt.column, "text": excerpt.text })
    });
    json!({
        "error": {
            "kind": error.kind().word(),
            "message": error.to_string(),
            "detail": error.detail(),
            "hint": error.hint(),
            "sqlstate": failure.and_then(|failure| failure.sqlstate.clone()),
            "migration": failure.map(|failure| json!({
                "action": failure.action.word(), "version": failure.version, "name": failure.name,
            })),
            "place": place,
        },
        "differences": listed(error.differences()),
        "steps": finished(&error.report().steps),
        "backup": error.report().backup.as_ref().map(backup),
        "database": error.report().class.as_ref().map(class),
    })
}

/// The same as a line of the log.
pub(super) fn failed(failure: &Error) -> Value {
    let mut line = error(failure);
    if let Some(fields) = line.as_object_mut() {
        fields.insert("event".to_owned(), json!("failed"));
        fields.insert("level".to_owned(), json!("error"));
        fields.insert("time".to_owned(), json!(now()));
    }
    line
}
