//! Which of squawk's rules speak of a statement: each that is on by default fires somewhere, and not where it is wrong.

use std::collections::BTreeSet;

use super::*;
use crate::lint::rules::{Level, Source};

fn found(sql: &str) -> String {
    let on: Vec<&'static Rule> = rules::all()
        .filter(|rule| rule.source == Source::Squawk && rule.level != Level::Settled)
        .filter(|rule| rule.level != Level::Allow)
        .collect();
    let names = lint(sql, &on).into_iter().map(|violation| violation.rule);
    names.collect::<Vec<_>>().join(" ")
}

const FIRES: [(&str, &str); 37] = [
    (
        "CREATE INDEX i ON t (a)",
        "require-concurrent-index-creation",
    ),
    ("DROP INDEX i", "require-concurrent-index-deletion"),
    (
        "ALTER TABLE t DETACH PARTITION p",
        "require-concurrent-partition-detach",
    ),
    ("REINDEX TABLE t", "require-concurrent-reindex"),
    (
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
        "constraint-missing-not-valid",
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u",
        "adding-foreign-key-constraint",
    ),
    (
        "ALTER TABLE t ADD COLUMN a int DEFAULT 1 REFERENCES u",
        "adding-foreign-key-constraint",
    ),
    (
        "ALTER TABLE t ALTER a SET NOT NULL",
        "adding-not-nullable-field",
    ),
    ("ALTER TABLE t ADD a int NOT NULL", "adding-required-field"),
    (
        "ALTER TABLE t ADD a uuid DEFAULT gen_random_uuid()",
        "adding-field-with-default",
    ),
    (
        "ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) STORED",
        "adding-field-with-default",
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY (a)",
        "adding-serial-primary-key-field",
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)",
        "disallowed-unique-constraint",
    ),
    ("ALTER TABLE t ALTER a TYPE bigint", "changing-column-type"),
    (
        "ALTER DOMAIN d ADD CONSTRAINT c CHECK (value > 0)",
        "ban-alter-domain-with-add-constraint",
    ),
    ("TRUNCATE t CASCADE", "ban-truncate-cascade"),
    ("DROP TABLE t", "ban-drop-table"),
    ("ALTER TABLE t DROP COLUMN a", "ban-drop-column"),
    ("DROP SCHEMA s", "ban-drop-schema"),
    ("DROP DATABASE d", "ban-drop-database"),
    ("ALTER TABLE t RENAME TO u", "renaming-table"),
    ("ALTER TABLE t RENAME a TO b", "renaming-column"),
    ("ALTER FUNCTION f() RENAME TO g", "renaming-object"),
    ("ALTER TABLE t SET SCHEMA s", "ban-set-schema"),
    ("ALTER TABLE t ALTER a DROP NOT NULL", "ban-drop-not-null"),
    ("ALTER TABLE t DROP CONSTRAINT c", "ban-drop-constraint"),
    ("ALTER TABLE t ALTER a DROP DEFAULT", "ban-drop-default"),
    ("DROP DOMAIN d", "ban-drop-domain"),
    ("DROP EXTENSION e", "ban-drop-extension"),
    ("DROP FUNCTION f", "ban-drop-function"),
    (
        "ALTER TABLE t ALTER a DROP EXPRESSION",
        "ban-drop-generated-expression",
    ),
    ("DROP SEQUENCE s", "ban-drop-sequence"),
    ("DROP TYPE t", "ban-drop-type"),
    ("DROP VIEW v", "ban-drop-view"),
    ("ALTER TABLE t ALTER a DROP IDENTITY", "ban-alter-identity"),
    (
        "INSERT INTO t (a, a) VALUES (1, 2)",
        "ban-duplicate-column-assignments",
    ),
    ("ALTER TYPE t ADD VALUE 'a'", "require-enum-value-ordering"),
];

const SILENT: [&str; 25] = [
    "CREATE INDEX CONCURRENTLY i ON t (a)",
    "DROP INDEX CONCURRENTLY i",
    "ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
    "REINDEX TABLE CONCURRENTLY t",
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
    "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u NOT VALID",
    "ALTER TABLE t ADD COLUMN a int REFERENCES u",
    "ALTER TABLE t ADD COLUMN a int CONSTRAINT c REFERENCES u (id)",
    "ALTER TABLE t ADD a int NOT NULL DEFAULT 1",
    "ALTER TABLE t ADD a int DEFAULT -1",
    "ALTER TABLE t ADD a numeric(3, 1) DEFAULT (1.5)",
    "ALTER TABLE t ADD a text[] NOT NULL DEFAULT ARRAY[]::text[]",
    "ALTER TABLE t ADD a timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE t ADD a date DEFAULT (now() AT TIME ZONE 'utc')::date",
    "ALTER TABLE t ADD a varchar(9) DEFAULT 'x'::varchar(9)",
    "ALTER TABLE t ADD a jsonb DEFAULT '{}'::jsonb",
    "ALTER TABLE t ADD CONSTRAINT c PRIMARY KEY USING INDEX i",
    "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i",
    "ALTER TABLE t VALIDATE CONSTRAINT c",
    "ALTER TYPE t ADD VALUE 'a' AFTER 'b'",
    "TRUNCATE t",
    "INSERT INTO t (a, b) VALUES (1, 2)",
    "UPDATE t SET a = 1",
    "CREATE TABLE t (a text, b varchar(3), c int, d timestamp, e serial)",
    "SELECT nonsense from where",
];

#[test]
fn each_rule_fires() {
    for (sql, expected) in FIRES {
        assert_eq!(found(sql), expected, "{sql}");
    }
    assert_eq!(found("CREATE TABLE t (a char(3))"), "ban-char-field");
    let long = format!("CREATE TABLE t{} (a int)", "x".repeat(63));
    assert_eq!(found(&long), "identifier-too-long");
}

#[test]
fn no_rule_is_forgotten() {
    let mut fired: BTreeSet<&str> = FIRES.iter().map(|(_, rule)| *rule).collect();
    fired.extend(["ban-char-field", "identifier-too-long"]);
    let on: BTreeSet<&str> = rules::all()
        .filter(|rule| rule.source == Source::Squawk)
        .filter(|rule| matches!(rule.level, Level::Deny | Level::Warn))
        .map(|rule| rule.name)
        .collect();
    assert_eq!(on, fired);
}

#[test]
fn the_safe_forms_are_silent() {
    for sql in SILENT {
        assert_eq!(found(sql), "", "{sql}");
    }
}
