//! What is known of the database at one moment, as `/status.json` of the status page has it.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{document, error, history, listed, status};
use crate::error::Error;
use crate::serve::{Compared, Outage, Reading, View};
use crate::verify::Verification;

/// The document, in the shape of `status --json` and with more.
pub(in crate::cli) fn view(view: &View) -> String {
    let payload = |value: Value, more: Value| {
        let mut fields = value.as_object().cloned().unwrap_or_default();
        fields.extend(more.as_object().cloned().unwrap_or_default());
        Value::Object(fields)
    };
    match (&view.outage, view.present()) {
        (None, Some(reading)) => {
            let faults = view.faults();
            document(
                "status",
                0,
                &payload(status(&reading.status), present(reading, &faults)),
            )
        }
        (outage, _) => {
            let value = outage.as_ref().map_or(Value::Null, |it| error(&it.error));
            let code = outage.as_ref().map_or(0, |it| it.error.kind().exit_code());
            document(
                "status",
                code,
                &payload(value, absent(view, outage.as_ref())),
            )
        }
    }
}

fn present(reading: &Reading, faults: &[Error]) -> Value {
    let faults_listed: Value = faults
        .iter()
        .map(|fault| {
            json!({
                "kind": fault.kind().word(),
                "message": fault.to_string(),
                "detail": fault.detail(),
                "hint": fault.hint(),
            })
        })
        .collect();
    json!({
        "ready": faults.is_empty(),
        "faults": faults_listed,
        "name": reading.database,
        "server": reading.server,
        "read_at": moment(reading.at),
        "verification": compared(&reading.compared),
        "journal": reading.newest.as_deref().map(|entries| history(entries)["entries"].take()),
    })
}

fn absent(view: &View, outage: Option<&Outage>) -> Value {
    json!({
        "ready": false,
        "unreadable_since": outage.map(|it| moment(it.since)),
        "read_at": view.reading.as_ref().map(|it| moment(it.at)),
    })
}

fn compared(compared: &Compared) -> Value {
    match compared {
        Compared::Off => json!({ "outcome": "off" }),
        Compared::Running => json!({ "outcome": "running" }),
        Compared::Failed(error) => json!({ "outcome": "failed", "reason": error.to_string() }),
        Compared::Done { verification, at } => {
            let mut value = match verification {
                Verification::AsProven(version) => {
                    json!({ "outcome": "as-proven", "version": version, "differences": [] })
                }
                Verification::Drifted {
                    version,
                    differences,
                } => json!({
                    "outcome": "drifted", "version": version, "differences": listed(differences),
                }),
                Verification::Unproven(gap) => {
                    json!({ "outcome": "unproven", "reason": gap.to_string() })
                }
            };
            value["compared_at"] = json!(moment(*at));
            value
        }
    }
}

fn moment(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
