//! A table of statements and the names in them, for every operation and spelling.

use super::*;
use crate::classify::{Class, tests::classified};

/// The names are joined with ` | `.
#[track_caller]
fn check(operation: Operation, sql: &str, expected: &str) {
    let found = classified(sql);
    let Class::NonTransactional(outside) = found.class else {
        panic!("{sql} is {:?}", found.class);
    };
    assert_eq!(outside.operation, operation, "{sql}");
    let names: Vec<&str> = found.names.into_iter().map(|name| &sql[name]).collect();
    assert_eq!(names.join(" | "), expected, "{sql}");
}

#[test]
fn an_index_is_created_on_a_table() {
    let check = |sql, expected| check(Operation::CreateIndex, sql, expected);
    check("create index concurrently i on t (a)", "i | t");
    check("CREATE UNIQUE INDEX CONCURRENTLY I ON S.T (a)", "I | S.T");
    check(
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY s.t USING gin (a)",
        "i | s.t",
    );
    check("CREATE INDEX CONCURRENTLY i ON ONLY (s.t) (a)", "i | s.t");
    check("CREATE INDEX CONCURRENTLY i ON t* (a)", "i | t");
    check("CREATE INDEX CONCURRENTLY ON t (a)", "t");
    check(
        "CREATE UNIQUE INDEX CONCURRENTLY ON ONLY \"ON\" (a)",
        "\"ON\"",
    );
    check(
        "CREATE INDEX CONCURRENTLY \"My. Index\" ON \"My Schema\".\"t \"\"1\"\"\"(a)",
        "\"My. Index\" | \"My Schema\".\"t \"\"1\"\"\"",
    );
    check(
        "CREATE INDEX CONCURRENTLY größe ON база.таблица (a)",
        "größe | база.таблица",
    );
    check(
        "create/**/index -- a\n concurrently /* i */ if not /* on */ exists i\non /* t */ only -- t\n s . t /* u */ (a)",
        "i | s . t",
    );
}

#[test]
fn keywords_may_be_names() {
    let check = |sql, expected| check(Operation::CreateIndex, sql, expected);
    check("CREATE INDEX CONCURRENTLY if ON t (a)", "if | t");
    check("CREATE INDEX CONCURRENTLY \"on\" ON t (a)", "\"on\" | t");
    check(
        "CREATE INDEX CONCURRENTLY \"if\" ON s.only (a)",
        "\"if\" | s.only",
    );
    check(
        "CREATE INDEX CONCURRENTLY \"concurrently\" ON \"only\" (a)",
        "\"concurrently\" | \"only\"",
    );
}

#[test]
fn names_that_the_catalog_cannot_be_asked_about_are_none() {
    for sql in [
        "CREATE INDEX CONCURRENTLY uescape ON U&\"d!0061t\" UESCAPE '!' (a)",
        "CREATE INDEX CONCURRENTLY i ON s /* . */ . t (a)",
        "DROP INDEX CONCURRENTLY u&\"\\0061\"",
    ] {
        check(Operation::Opaque, sql, "");
    }
}

#[test]
fn an_index_is_dropped() {
    let check = |sql, expected| check(Operation::DropIndex, sql, expected);
    check("DROP INDEX CONCURRENTLY i", "i");
    check("drop index concurrently if exists s.i cascade", "s.i");
    check("DROP INDEX CONCURRENTLY if", "if");
    check(
        "DROP INDEX /* if exists */ CONCURRENTLY d . \"S\" . i RESTRICT",
        "d . \"S\" . i",
    );
}

#[test]
fn an_index_is_built_again() {
    for (sql, name) in [
        ("REINDEX INDEX CONCURRENTLY i", "i"),
        ("reindex table concurrently s.t", "s.t"),
        ("REINDEX (CONCURRENTLY) INDEX i", "i"),
        (
            "REINDEX (VERBOSE, CONCURRENTLY on) TABLE \"t 1\"",
            "\"t 1\"",
        ),
        ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", "t"),
        (
            "REINDEX (CONCURRENTLY, TABLESPACE fast) TABLE CONCURRENTLY \"concurrently\"",
            "\"concurrently\"",
        ),
        ("REINDEX ( /* ) */ CONCURRENTLY ) TABLE -- t\n u", "u"),
    ] {
        check(Operation::Reindex, sql, name);
    }
    for (sql, name) in [
        ("REINDEX SCHEMA CONCURRENTLY s", "s"),
        ("REINDEX (CONCURRENTLY) SCHEMA \"S s\"", "\"S s\""),
        ("REINDEX DATABASE CONCURRENTLY d", ""),
        ("REINDEX DATABASE CONCURRENTLY", ""),
        ("REINDEX (VERBOSE, CONCURRENTLY) SYSTEM d", ""),
    ] {
        check(Operation::ReindexMany, sql, name);
    }
}

#[test]
fn a_partition_is_detached() {
    let check = |sql, expected| check(Operation::DetachPartition, sql, expected);
    check("ALTER TABLE p DETACH PARTITION c CONCURRENTLY", "p | c");
    check(
        "alter table if exists only s.p detach partition \"S\".\"c 1\" concurrently",
        "s.p | \"S\".\"c 1\"",
    );
    check(
        "ALTER TABLE ONLY (p) DETACH PARTITION c CONCURRENTLY",
        "p | c",
    );
    check("ALTER TABLE p * DETACH PARTITION c CONCURRENTLY", "p | c");
    check(
        "ALTER TABLE detach DETACH PARTITION partition CONCURRENTLY",
        "detach | partition",
    );
    check(
        "ALTER TABLE if DETACH PARTITION s.concurrently CONCURRENTLY",
        "if | s.concurrently",
    );
    check(
        "ALTER /* x */ TABLE p -- DETACH PARTITION y\n DETACH PARTITION /**/ c CONCURRENTLY",
        "p | c",
    );
}

#[test]
fn whole_databases_come_and_go() {
    for (operation, sql, name) in [
        (
            Operation::CreateDatabase,
            "CREATE DATABASE \"my.d\" TEMPLATE t",
            "\"my.d\"",
        ),
        (Operation::CreateDatabase, "create /* a */ database d", "d"),
        (Operation::CreateDatabase, "CREATE DATABASE if", "if"),
        (Operation::DropDatabase, "DROP DATABASE d WITH (FORCE)", "d"),
        (Operation::DropDatabase, "DROP DATABASE IF EXISTS d", "d"),
        (Operation::DropDatabase, "DROP DATABASE if", "if"),
        (
            Operation::CreateTablespace,
            "CREATE TABLESPACE fast OWNER o LOCATION '/x'",
            "fast",
        ),
        (Operation::DropTablespace, "DROP TABLESPACE fast", "fast"),
        (
            Operation::DropTablespace,
            "drop tablespace if exists \"F\"",
            "\"F\"",
        ),
        (
            Operation::CreateSubscription,
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
            "s",
        ),
        (
            Operation::DropSubscription,
            "DROP SUBSCRIPTION s CASCADE",
            "s",
        ),
        (
            Operation::DropSubscription,
            "DROP SUBSCRIPTION IF EXISTS \"S s\"",
            "\"S s\"",
        ),
    ] {
        check(operation, sql, name);
    }
}

#[test]
fn what_may_run_twice_or_cannot_be_judged_names_nothing() {
    for sql in [
        "VACUUM t",
        "CLUSTER",
        "REPACK (CONCURRENTLY) t",
        "REINDEX SCHEMA s",
        "ALTER SYSTEM SET work_mem = '1MB'",
        "ALTER DATABASE d SET TABLESPACE t",
        "ALTER SUBSCRIPTION s REFRESH PUBLICATION",
    ] {
        check(Operation::Repeatable, sql, "");
    }
    for sql in [
        "COMMIT PREPARED 'x'",
        "ALTER SUBSCRIPTION s ADD PUBLICATION p",
    ] {
        check(Operation::Opaque, sql, "");
    }
}

#[test]
fn without_its_names_an_operation_cannot_be_judged() {
    for sql in [
        "CREATE INDEX CONCURRENTLY i t (a)",
        "CREATE INDEX CONCURRENTLY 'i' ON t (a)",
        "CREATE INDEX CONCURRENTLY i ON",
        "CREATE INDEX CONCURRENTLY i ON s. (a)",
        "CREATE INDEX CONCURRENTLY",
        "DROP INDEX CONCURRENTLY IF EXISTS",
        "REINDEX TABLE CONCURRENTLY",
        "ALTER TABLE p DETACH PARTITION CONCURRENTLY",
        "ALTER TABLE p, q DETACH PARTITION c CONCURRENTLY",
        "CREATE DATABASE",
        "DROP DATABASE 'd'",
    ] {
        check(Operation::Opaque, sql, "");
    }
}
