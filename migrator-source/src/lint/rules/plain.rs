//! The rules about the text itself, whatever is in the database.

use super::Concern::Text;
use super::Level::{Deny, Settled, Warn};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        ("identifier-too-long", Deny, Text),
        "a name of more than 63 bytes",
        "PostgreSQL cuts it off without an error: the object is called otherwise, and two such names may become one",
        "choose a name of at most 63 bytes",
    ),
    rule(
        ("ban-duplicate-column-assignments", Deny, Text),
        "a column is named twice",
        "PostgreSQL refuses it, so the migration fails",
        "name each column once",
    ),
    rule(
        ("ban-char-field", Warn, Text),
        "a column of type char",
        "it pads with blanks, which some comparisons see and others do not, and it saves nothing",
        "use text, with a CHECK where the length matters",
    ),
    rule(
        ("require-enum-value-ordering", Warn, Text),
        "ADD VALUE without BEFORE or AFTER",
        "the value comes last in every sort, and that cannot be changed later",
        "say BEFORE or AFTER which value it stands",
    ),
    settled(
        "ban-concurrent-index-creation-in-transaction",
        "the reader refuses what cannot run in a transaction, with the directive to write",
    ),
    settled(
        "ban-uncommitted-transaction",
        "the reader refuses transaction control, with a word on what to do",
    ),
    settled(
        "transaction-nesting",
        "the reader refuses transaction control, with a word on what to do",
    ),
    settled(
        "prefer-robust-stmts",
        "a migration and its record commit together, so none is ever run twice",
    ),
    settled("require-lock-timeout", LIMITS),
    settled("require-statement-timeout", LIMITS),
    settled("require-timeout-settings", LIMITS),
];

const LIMITS: &str =
    "the runner sets the limits: --lock-timeout, --statement-timeout and their directives";

const fn settled(name: &'static str, why: &'static str) -> Rule {
    rule(
        (name, Settled, Text),
        "not a matter of lint",
        why,
        "leave it out of migrator.toml",
    )
}
