//! The rules about tables that hold rows: what rewrites or reads a whole table while others wait.

use super::Concern::Existing;
use super::Level::{Deny, Warn};
use super::{Rule, rule};

pub(super) const RULES: &[Rule] = &[
    rule(
        ("require-concurrent-index-creation", Deny, Existing),
        "CREATE INDEX without CONCURRENTLY on a table that others write to",
        "every INSERT, UPDATE and DELETE on the table waits until the whole index is built",
        "write CREATE INDEX CONCURRENTLY in a migration of its own that begins with \"-- migrator: no-transaction\"",
    ),
    rule(
        ("require-concurrent-index-deletion", Warn, Existing),
        "DROP INDEX without CONCURRENTLY",
        "it needs an ACCESS EXCLUSIVE lock on the table: while it waits for that, every query on the table waits behind it",
        "write DROP INDEX CONCURRENTLY in a migration of its own that begins with \"-- migrator: no-transaction\"",
    ),
    rule(
        ("require-concurrent-partition-detach", Warn, Existing),
        "DETACH PARTITION without CONCURRENTLY",
        "it needs an ACCESS EXCLUSIVE lock on the parent: every query on any partition waits",
        "write DETACH PARTITION … CONCURRENTLY in a migration of its own that begins with \"-- migrator: no-transaction\"",
    ),
    rule(
        ("require-concurrent-reindex", Deny, Existing),
        "REINDEX without CONCURRENTLY",
        "writes to the table wait until the index is built, and so do the queries that would use it",
        "write REINDEX … CONCURRENTLY in a migration of its own that begins with \"-- migrator: no-transaction\"",
    ),
    rule(
        ("constraint-missing-not-valid", Deny, Existing),
        "a constraint is added and checked at once",
        "the whole table is read under a lock that keeps others out until the end of the transaction",
        "add the constraint with NOT VALID, and run VALIDATE CONSTRAINT in the next migration",
    ),
    rule(
        ("adding-foreign-key-constraint", Deny, Existing),
        "a foreign key is added and checked at once",
        "the whole table is read, and meanwhile nobody can write to this table or to the one that it references",
        "add it with ADD CONSTRAINT … FOREIGN KEY … NOT VALID, and run VALIDATE CONSTRAINT in the next migration",
    ),
    rule(
        ("adding-not-nullable-field", Deny, Existing),
        "SET NOT NULL reads the whole table",
        "it does so under an ACCESS EXCLUSIVE lock: nobody can read or write meanwhile",
        "add CHECK (… IS NOT NULL) NOT VALID, validate it in the next migration, and then SET NOT NULL: it trusts the check",
    ),
    rule(
        ("adding-required-field", Deny, Existing),
        "a column is added that must not be NULL and has no default",
        "it fails as soon as the table holds a row, and the release that runs now cannot insert any more",
        "add the column with a constant DEFAULT, or as nullable, and fill it",
    ),
    rule(
        ("adding-field-with-default", Deny, Existing),
        "a column is added with a value that is computed for each row",
        "the whole table is written anew under an ACCESS EXCLUSIVE lock: nobody can read or write meanwhile",
        "add the column without it, ALTER COLUMN … SET DEFAULT for new rows, and fill the old ones in batches",
    ),
    rule(
        ("adding-serial-primary-key-field", Deny, Existing),
        "a primary key is added, with an index that is yet to be built",
        "nobody can read or write the table until its index is built",
        "build a unique index CONCURRENTLY, and then ADD CONSTRAINT … PRIMARY KEY USING INDEX",
    ),
    rule(
        ("disallowed-unique-constraint", Deny, Existing),
        "a unique constraint is added, with an index that is yet to be built",
        "nobody can read or write the table until its index is built",
        "build a unique index CONCURRENTLY, and then ADD CONSTRAINT … UNIQUE USING INDEX",
    ),
    rule(
        ("changing-column-type", Deny, Existing),
        "the type of a column changes",
        "the table is written anew under an ACCESS EXCLUSIVE lock, and the release that runs now may not read the new type",
        "add a column of the new type, fill it, and move the readers over; where only a length grows nothing is written, so \
         allow it",
    ),
    rule(
        ("ban-alter-domain-with-add-constraint", Warn, Existing),
        "a constraint is added to a domain",
        "every column of the domain in every table is read, under a lock that keeps writers out",
        "add it with NOT VALID and validate it in the next migration, or put the check on the tables",
    ),
    rule(
        ("ban-truncate-cascade", Deny, Existing),
        "TRUNCATE … CASCADE empties tables that it does not name",
        "every table that references this one is emptied too, and those that reference them",
        "name each table that is to be emptied, without CASCADE",
    ),
];
