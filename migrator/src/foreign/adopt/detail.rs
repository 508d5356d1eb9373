//! What the journal keeps of an adopted migration, as JSON. Pure.

use crate::foreign::Found;
use crate::foreign::assign::{Adopted, Assigned};
use crate::foreign::entry::Entry;
use crate::quote::Json;

/// What the journal keeps: whose it was, where, and the rows as they were.
pub(super) fn detail(found: &Found, assigned: &Assigned<'_>, adopted: &Adopted<'_>) -> String {
    // A baseline has the rows of all that it stands for.
    let covered = || assigned.covered.values().flatten().copied();
    let rows: Vec<&Entry> = match adopted.rows.as_slice() {
        [] => covered().collect(),
        rows => rows.to_vec(),
    };
    of_rows(found, &rows)
}

/// The same of these rows.
pub(super) fn of_rows(found: &Found, rows: &[&Entry]) -> String {
    let rows = match rows {
        [row] => format!("\"row\": {}", row.row),
        rows => {
            let rows: Vec<&str> = rows.iter().map(|row| row.row.as_str()).collect();
            format!("\"rows\": [{}]", rows.join(", "))
        }
    };
    format!(
        "{{\"tool\": \"{}\", \"table\": {}, {rows}}}",
        found.tool,
        Json(&found.shown())
    )
}
