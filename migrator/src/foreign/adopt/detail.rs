//! What the journal keeps of an adopted migration, as JSON. Pure.

use crate::foreign::Found;
use crate::foreign::assign::Adopted;
use crate::quote::Json;

/// What the journal keeps: whose it was, where, and the rows as they were.
pub(super) fn detail(found: &Found, adopted: &Adopted<'_>) -> String {
    let rows = match adopted.rows.as_slice() {
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
