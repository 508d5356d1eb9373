//! What statements do to objects, one line for each form of the grammar that is followed.

use super::*;
use crate::lint::cursor::significant;

#[track_caller]
fn check(sql: &str, expected: &str) {
    let tokens = significant(sql);
    let acts = acts(Cursor::new(sql, &tokens));
    let perhaps = |certainty: &Certainty| match certainty {
        Sure => "",
        Perhaps => "?",
    };
    let effects = acts.effects.iter().map(|effect| match effect {
        Effect::Create(object, certainty) => format!("+{} {object}", perhaps(certainty)),
        Effect::Drop(object, certainty) => format!("-{} {object}", perhaps(certainty)),
        Effect::Rename(object, to) => format!("{object} -> {to}"),
        Effect::NotValid { table, constraint } => format!("not valid {table} {constraint}"),
        Effect::NotNull { table, column, .. } => format!("not null {table} {column}"),
        Effect::Validate { table, constraint } => format!("validate {table} {constraint}"),
        Effect::AddValue { value, of } => format!("value {value} {of}"),
        Effect::Committing(name) => format!("commits {name}"),
        Effect::Call(name) => format!("call {name}"),
        Effect::Cascade => "cascade".to_owned(),
        Effect::Opaque => "opaque".to_owned(),
    });
    let effects: Vec<String> = effects
        .map(|effect| {
            effect
                .replace('"', "")
                .replace("+ ", "+")
                .replace("- ", "-")
        })
        .collect();
    assert_eq!(effects.join("; "), expected, "{sql}");
}

#[test]
fn create() {
    check("CREATE TABLE a.T (id int)", "+table a.t");
    check(
        "create unlogged table if not exists \"A b\" (i int)",
        "+? table A b",
    );
    check("CREATE TEMP TABLE t (i int)", "+? table t");
    check("CREATE TABLE p PARTITION OF t DEFAULT", "+table p");
    check("CREATE TABLE t AS SELECT 1", "+table t");
    check("CREATE FOREIGN TABLE t (i int) SERVER s", "+table t");
    check(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a.t (x)",
        "+? index a.i",
    );
    check("CREATE INDEX ON t (x)", "");
    check("CREATE OR REPLACE VIEW v AS SELECT 1", "+? view v");
    check("CREATE MATERIALIZED VIEW v AS SELECT 1", "+view v");
    check("CREATE RECURSIVE VIEW v (a) AS SELECT 1", "+view v");
    check("CREATE SEQUENCE s", "+sequence s");
    check("CREATE DOMAIN d AS text", "+type d");
    check("CREATE TYPE t AS ENUM ('a')", "+type t");
    check(
        "CREATE FUNCTION a.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "+function a.f",
    );
    check(
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
        "commits p; +function p",
    );
    check(
        "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
        "+trigger g of t",
    );
    check("CREATE POLICY p ON a.t USING (true)", "+policy p of a.t");
    check("CREATE RULE r AS ON INSERT TO t DO NOTHING", "+rule r of t");
    check("CREATE SCHEMA s", "+schema s");
    check("CREATE SCHEMA AUTHORIZATION joe", "+schema joe");
    check(
        "CREATE EXTENSION IF NOT EXISTS x WITH SCHEMA s",
        "+? extension x",
    );
    check(
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()",
        "+event trigger e",
    );
    check("CREATE ROLE r", "");
    check("CREATE", "");
}

#[test]
fn drop() {
    check("DROP TABLE a, b.c CASCADE", "-table a; -table b.c; cascade");
    check("DROP INDEX CONCURRENTLY IF EXISTS i", "-? index i");
    check("DROP FUNCTION f(int, text), g", "-function f; -function g");
    check("DROP TRIGGER IF EXISTS g ON a.t", "-? trigger g of a.t");
    check("DROP MATERIALIZED VIEW v", "-view v");
    check("DROP OWNED BY r", "opaque");
    check("DROP ROLE r", "");
}

#[test]
fn alter() {
    check(
        "ALTER TABLE IF EXISTS ONLY a.t ADD COLUMN IF NOT EXISTS x numeric(1, 2), ADD y int, DROP COLUMN z CASCADE",
        "+? column x of a.t; +column y of a.t; -column z of a.t; cascade",
    );
    check(
        "ALTER TABLE t DROP IF EXISTS x, DROP CONSTRAINT c",
        "-? column x of t; -constraint c of t",
    );
    check("ALTER TABLE t RENAME x TO y", "column x of t -> y");
    check("ALTER TABLE t RENAME COLUMN x TO y", "column x of t -> y");
    check(
        "ALTER TABLE t RENAME CONSTRAINT x TO y",
        "constraint x of t -> y",
    );
    check("ALTER TABLE a.t RENAME TO u", "table a.t -> a.u");
    check("ALTER VIEW a.t SET SCHEMA b", "view a.t -> b.t");
    check("ALTER FUNCTION f(int) RENAME TO g", "function f -> g");
    check("ALTER TRIGGER g ON t RENAME TO h", "trigger g of t -> h");
    check("ALTER TABLE t ADD CHECK (a > 0)", "+? constraint  of t");
    check(
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u NOT VALID, VALIDATE CONSTRAINT d",
        "+constraint c of t; not valid t c; validate t d",
    );
    check(
        "ALTER TABLE t ADD CONSTRAINT c CHECK ((a) IS NOT NULL) NOT VALID",
        "+constraint c of t; not valid t c; not null t a",
    );
    check(
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL)",
        "+constraint c of t; not null t a; validate t c",
    );
    check(
        "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL OR b)",
        "+constraint c of t",
    );
    check(
        "ALTER TYPE a.t ADD VALUE IF NOT EXISTS 'it''s' BEFORE 'x'",
        "value it's a.t",
    );
    check("ALTER TABLE t OWNER TO r", "");
}

#[test]
fn others() {
    check("CALL a.p(1)", "opaque; call a.p");
    check("DO $$ BEGIN END $$", "opaque");
    check("SELECT f(1)", "opaque");
    check("SELECT 1 AS x INTO TEMP u FROM t", "opaque; +? table u");
    check("INSERT INTO t VALUES (1)", "");
}

#[test]
fn the_column_that_must_not_be_null_has_its_place() {
    let sql = "ALTER TABLE t ALTER a SET DEFAULT 1, ALTER COLUMN \"B\" SET NOT NULL";
    let tokens = significant(sql);
    let acts = acts(Cursor::new(sql, &tokens));
    assert_eq!(acts.not_null, [(37, "B".to_owned())]);
    assert_eq!(acts.subjects, [Object::new(Kind::Table, Name::new("t"))]);
}
