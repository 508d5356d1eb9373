//! The columns that our own tables have to have. A table of that name with others is refused before anything is read
//! from it or written into it.

use crate::error::{Error, Kind};

/// The journal's.
pub(super) const JOURNAL_SHAPE: &str = "id bigint, run text, action text, version bigint, name text, sha256 text, \
    down_file text, down_sql text, down_mode text, down_statements bytea, irreversible text, \
    started_at timestamp with time zone, finished_at timestamp with time zone, transaction_id xid8, role text, \
    application text, client text, binary_version text, bundle text, sqlstate text, error text, detail jsonb";
/// Those of the table of steps.
pub(super) const STEPS_SHAPE: &str = "id bigint, run text, action text, version bigint, step integer, sha256 text, \
    kind text, object text, state text, backend_pid integer, backend_start timestamp with time zone, \
    started_at timestamp with time zone, finished_at timestamp with time zone, sqlstate text, error text, \
    journal_id bigint";
/// Those of the mirror by which it is known.
pub(super) const MIRROR_SHAPE: &str =
    "alone boolean, tool text, table_schema text, table_name text, names jsonb";

/// Refuses a table that lacks some of these columns, or has them of other types. Further ones are nobody's business.
pub(super) fn refuse_other(table: &str, columns: &str, shape: &str) -> Result<(), Error> {
    let found: Vec<&str> = columns.split(", ").collect();
    let lacking: Vec<&str> = shape
        .split(", ")
        .filter(|column| !found.contains(column))
        .collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let error = Error::new(Kind::Drift, format!("\"{table}\" is not a table of ours"));
    let error = if found.len() > lacking.len() {
        error.with_detail(format!("It lacks: {}.", lacking.join(", ")))
    } else {
        error.with_detail(format!("Its columns are: {columns}."))
    };
    Err(error
        .with_detail("It was left as it is, and nothing was changed.")
        .with_hint(
            "Rename that table if it is not needed: a new one is made beside the history; or keep ours elsewhere with \
             `--history-schema NAME`.",
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_told() {
        let check = |columns: &str, expected: &str| {
            let told = match refuse_other("s.t", columns, "a int, b text, c int") {
                Ok(()) => String::new(),
                Err(error) => error.detail().first().cloned().unwrap_or_default(),
            };
            assert_eq!(told, expected, "{columns}");
        };
        check("a int, b text, c int", "");
        check("z int, a int, c int, b text", "");
        check("a int, b text", "It lacks: c int.");
        check("a bigint, b text, c int", "It lacks: a int.");
        check("id int", "Its columns are: id int.");
        check("not a table", "Its columns are: not a table.");
    }
}
