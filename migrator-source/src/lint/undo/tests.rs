//! Up and down files, and what the second leaves, loses and takes.

use super::*;
use crate::folder::Mode;
use crate::lint::observe::observe;

#[track_caller]
fn check(up: &str, down: &str, expected: &str) {
    let steps = |sql: &str| observe(sql, Mode::Transaction, &[]).steps;
    let shown = gaps(&steps(up), &steps(down))
        .into_iter()
        .map(|gap| match gap {
            Gap::Left(object, _) => format!("left {object}"),
            Gap::Lost(object, _) => format!("lost {object}"),
            Gap::Taken(object, _) => format!("taken {object}"),
        });
    let shown = shown.collect::<Vec<_>>().join("; ").replace('"', "");
    assert_eq!(shown, expected, "{up}\n{down}");
}

#[test]
fn what_is_created_is_dropped() {
    check(
        "CREATE TABLE t (a int); CREATE INDEX i ON t (a);",
        "DROP TABLE t;",
        "",
    );
    check("CREATE TABLE a.t (i int);", "DROP TABLE t;", "");
    check(
        "CREATE TABLE a.t (i int);",
        "DROP TABLE b.t;",
        "left table a.t; taken table b.t",
    );
    check(
        "CREATE TABLE t (a int); CREATE TABLE u (a int);",
        "DROP TABLE u;",
        "left table t",
    );
    check("CREATE INDEX i ON t (a);", "SELECT 1;", "");
    check(
        "CREATE INDEX i ON t (a);",
        "UPDATE t SET a = 1;",
        "left index i",
    );
    check("CREATE INDEX i ON t (a);", "DROP INDEX IF EXISTS i;", "");
    check(
        "ALTER TABLE t ADD a int; CREATE INDEX i ON t (a);",
        "ALTER TABLE t DROP a;",
        "",
    );
    check(
        "ALTER TABLE t ADD a int, ADD b int;",
        "ALTER TABLE t DROP a;",
        "left column b of t",
    );
    check(
        "CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (a e);",
        "DROP TABLE t;",
        "left type e",
    );
    check(
        "CREATE SCHEMA s; CREATE TABLE s.t (a int);",
        "DROP SCHEMA s CASCADE;",
        "",
    );
    check(
        "CREATE TABLE t (a int); CREATE VIEW v AS SELECT 1;",
        "DROP TABLE t CASCADE;",
        "",
    );
    check(
        "CREATE TABLE t (a int); DROP TABLE t;",
        "UPDATE u SET a = 1;",
        "",
    );
    check(
        "CREATE TABLE p PARTITION OF t DEFAULT;",
        "DROP TABLE p;",
        "",
    );
    check(
        "CREATE TABLE t (a int); CREATE TABLE p PARTITION OF t DEFAULT;",
        "DROP TABLE t;",
        "",
    );
    check(
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "UPDATE t SET a = 1;",
        "",
    );
    check(
        "CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f();",
        "DROP TRIGGER g ON t;",
        "",
    );
    check(
        "CREATE TABLE t (a int);",
        "DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$;",
        "",
    );
    check(
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i;",
        "ALTER TABLE t DROP CONSTRAINT c;",
        "",
    );
}

#[test]
fn what_is_dropped_is_brought_back() {
    check("DROP TABLE t;", "CREATE TABLE t (a int);", "");
    check("DROP TABLE t;", "UPDATE u SET a = 1;", "lost table t");
    check("DROP TABLE IF EXISTS t;", "UPDATE u SET a = 1;", "");
    check(
        "ALTER TABLE t DROP a;",
        "ALTER TABLE t ADD b int;",
        "lost column a of t",
    );
    check(
        "ALTER TABLE t DROP CONSTRAINT c;",
        "ALTER TABLE t ADD CHECK (a > 0);",
        "",
    );
    check(
        "ALTER TABLE t RENAME a TO b;",
        "ALTER TABLE t RENAME b TO a;",
        "",
    );
    check(
        "ALTER TABLE t RENAME TO u;",
        "ALTER TABLE u RENAME TO v;",
        "lost table t",
    );
}

#[test]
fn what_was_there_before_stays() {
    check("ALTER TABLE t ADD a int;", "DROP TABLE t;", "taken table t");
    check("UPDATE t SET a = 1;", "DROP TABLE IF EXISTS u;", "");
    check("DO $$ BEGIN END $$;", "DROP TABLE u;", "");
    check(
        "CREATE TABLE t (i serial);",
        "DROP SEQUENCE t_i_seq; DROP TABLE t;",
        "",
    );
    check(
        "ALTER TYPE e ADD VALUE 'b';",
        "ALTER TYPE e RENAME TO old; CREATE TYPE e AS ENUM ('a'); DROP TYPE old;",
        "",
    );
}
