//! The rules that are off until a folder switches them on: taste, and habits of some teams.

use super::Concern::{Existing, Text};
use super::Level::Allow;
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        ("prefer-bigint-over-int", Allow, Text),
        "a column of type integer",
        "it overflows at 2147483647, and changing the type then rewrites the table",
        "use bigint",
    ),
    rule(
        ("prefer-bigint-over-smallint", Allow, Text),
        "a column of type smallint",
        "it overflows at 32767, and changing the type then rewrites the table",
        "use bigint",
    ),
    rule(
        ("prefer-identity", Allow, Text),
        "a column of type serial",
        "its sequence has rights and an owner of its own, which are forgotten",
        "use bigint GENERATED ALWAYS AS IDENTITY",
    ),
    rule(
        ("prefer-repack", Allow, Text),
        "CLUSTER or VACUUM FULL",
        "nobody can read or write the table until it is written anew",
        "use REPACK (CONCURRENTLY)",
    ),
    rule(
        ("prefer-text-field", Allow, Text),
        "a column of type varchar(n)",
        "to change the length later may take an ACCESS EXCLUSIVE lock",
        "use text with a CHECK",
    ),
    rule(
        ("prefer-timestamp-tz", Allow, Text),
        "a column of type timestamp",
        "it stores no time zone, so that the same value means another moment elsewhere",
        "use timestamptz",
    ),
    rule(
        ("require-table-schema", Allow, Text),
        "a table is named without its schema",
        "search_path decides which one it is",
        "write the schema before the name",
    ),
    rule(
        ("ban-create-domain-with-constraint", Allow, Text),
        "a domain with a constraint",
        "to change it later, every table that uses the domain is read",
        "put the check on the tables",
    ),
    banned("ban-add-column", "a column is added"),
    banned(
        "ban-add-composite-attribute",
        "an attribute is added to a composite type",
    ),
    banned("ban-add-enum-value", "a value is added to an enum"),
    banned("ban-alter-database-options", "options of a database change"),
    banned("ban-alter-extension", "an extension changes"),
    banned("ban-alter-function-options", "options of a function change"),
    banned(
        "ban-alter-generated-expression",
        "a generated column changes",
    ),
    banned(
        "ban-alter-policy-condition",
        "the condition of a policy changes",
    ),
    banned("ban-alter-policy-roles", "the roles of a policy change"),
    banned("ban-alter-role-options", "options of a role change"),
    banned(
        "ban-alter-row-level-security",
        "row level security is switched",
    ),
    banned("ban-alter-sequence-values", "values of a sequence change"),
    banned("ban-alter-system-options", "options of the server change"),
    banned("ban-alter-view-options", "options of a view change"),
    banned("ban-create-policy", "a policy is created"),
    banned("ban-detach-inheritance", "a table leaves its parent"),
    banned("ban-disable-trigger", "a trigger is switched off"),
    banned("ban-drop-index", "an index is dropped"),
    banned("ban-drop-policy", "a policy is dropped"),
    banned("ban-drop-trigger", "a trigger is dropped"),
    banned(
        "ban-new-write-restriction",
        "something new restricts what can be written",
    ),
    banned(
        "ban-replace-view-function",
        "a view or function is replaced",
    ),
    banned("ban-replica-identity", "what is replicated changes"),
    banned("ban-revoke", "rights or owners change"),
    banned("ban-set-default", "the default of a column changes"),
];

const fn banned(name: &'static str, message: &'static str) -> Rule {
    rule(
        (name, Allow, Existing),
        message,
        "clients that run now may see other rows, rights or values than they expect",
        "release a version that bears both states first",
    )
}
