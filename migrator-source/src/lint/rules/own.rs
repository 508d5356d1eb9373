//! The rules that are not squawk's: what only the history, or this tool, knows.

use super::Concern::Text;
use super::Level::{Deny, Warn};
use super::{Concern, Level, Rule, Source};

pub(crate) const ENUM_VALUE: &str = "enum-value-used-in-transaction";
pub(crate) const COMMIT: &str = "commit-in-block";
pub(crate) const UNDO: &str = "down-does-not-undo";
pub(crate) const SEARCH_PATH: &str = "search-path-not-local";
pub(crate) const NEWER: &str = "newer-than-oldest-server";

pub(super) const RULES: &[Rule] = &[
    own(
        (ENUM_VALUE, Deny, Text),
        "an enum value is used in the transaction that adds it",
        "PostgreSQL refuses a new value before its ADD VALUE is committed (SQLSTATE 55P04), so the migration fails",
        "move ADD VALUE to a migration of its own, before this one",
    ),
    own(
        (COMMIT, Deny, Text),
        "COMMIT or ROLLBACK in a block that runs in the transaction of the migration",
        "PostgreSQL refuses it there (SQLSTATE 2D000), so the migration fails; it is how a block ends a transaction that \
         it did not begin",
        "write \"-- migrator: no-transaction\" in the first lines of the file, and make the block bear being run again",
    ),
    own(
        (UNDO, Warn, Text),
        "the down file does not undo what its migration did",
        "after the way back the database is not what it was, and applying the migration again meets what is left",
        "let the two files name the same objects, or say \"-- migrator: irreversible\" and delete the down file",
    ),
    own(
        (SEARCH_PATH, Warn, Text),
        "search_path is changed for the whole session",
        "the rest of the session finds other objects under the same names; run by psql or another tool, the migrations \
         behind this one do too",
        "write SET LOCAL search_path, or name each object with its schema",
    ),
    own(
        (NEWER, Deny, Text),
        "the oldest server does not know this",
        "migrator.toml names the oldest server that the history must run on, and this statement fails there",
        "write it for the older server, or raise oldest-server in migrator.toml",
    ),
];

const fn own(
    head: (&'static str, Level, Concern),
    message: &'static str,
    why: &'static str,
    instead: &'static str,
) -> Rule {
    let mut rule = super::rule(head, message, why, instead);
    rule.source = Source::Own;
    rule
}
