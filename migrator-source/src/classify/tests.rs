//! Tables of statements and what they are.

use squawk_lexer::TokenKind;

use super::*;
use crate::token::{Token, tokens};

pub(super) fn classified(sql: &str) -> Classified {
    let skipped = |kind| {
        matches!(
            kind,
            TokenKind::Whitespace
                | TokenKind::LineComment
                | TokenKind::BlockComment { .. }
                | TokenKind::Eof
        )
    };
    let tokens: Vec<Token> = tokens(sql, 0)
        .filter(|token| !skipped(token.kind))
        .collect();
    classify(Words {
        sql,
        tokens: &tokens,
    })
}

#[track_caller]
fn check(class_of: Class, statements: &str) {
    for sql in statements
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        assert_eq!(classified(sql).class, class_of, "{sql}");
    }
}

#[track_caller]
fn check_outside(called: &'static str, operation: Operation, statements: &str) {
    check(
        Class::NonTransactional(Outside { called, operation }),
        statements,
    );
}

#[test]
fn what_concerns_tables_and_runs_in_no_transaction() {
    for (called, operation, statements) in [
        (
            "VACUUM",
            Operation::Repeatable,
            "VACUUM\n vacuum (full, analyze) t\n VACUUM FULL t",
        ),
        (
            "CREATE INDEX CONCURRENTLY",
            Operation::CreateIndex,
            "create index concurrently i on t (a)\n CREATE UNIQUE INDEX CONCURRENTLY ON t (a)",
        ),
        (
            "DROP INDEX CONCURRENTLY",
            Operation::DropIndex,
            "DROP INDEX CONCURRENTLY IF EXISTS i",
        ),
        (
            "REINDEX CONCURRENTLY",
            Operation::Reindex,
            "REINDEX INDEX CONCURRENTLY i\n REINDEX (VERBOSE, CONCURRENTLY) TABLE t\n REINDEX (CONCURRENTLY true) TABLE t\n REINDEX (VERBOSE) TABLE CONCURRENTLY t",
        ),
        (
            "REINDEX of a schema or database",
            Operation::Repeatable,
            "REINDEX SCHEMA s\n REINDEX DATABASE d\n REINDEX (VERBOSE) SYSTEM d\n REINDEX (CONCURRENTLY false) SCHEMA s",
        ),
        (
            "REINDEX of a schema or database",
            Operation::ReindexMany,
            "REINDEX SCHEMA CONCURRENTLY s\n REINDEX (CONCURRENTLY) DATABASE\n REINDEX SYSTEM CONCURRENTLY d",
        ),
        (
            "CLUSTER of every table",
            Operation::Repeatable,
            "CLUSTER\n CLUSTER VERBOSE\n CLUSTER (VERBOSE)",
        ),
        (
            "DETACH PARTITION … CONCURRENTLY",
            Operation::DetachPartition,
            "ALTER TABLE p DETACH PARTITION c CONCURRENTLY",
        ),
        (
            "REPACK",
            Operation::Repeatable,
            "REPACK (CONCURRENTLY) t\n REPACK",
        ),
    ] {
        check_outside(called, operation, statements);
    }
}

#[test]
fn what_concerns_the_server_and_runs_in_no_transaction() {
    for (called, operation, statements) in [
        (
            "ALTER SYSTEM",
            Operation::Repeatable,
            "ALTER SYSTEM SET work_mem = '1MB'",
        ),
        (
            "CREATE DATABASE",
            Operation::CreateDatabase,
            "CREATE DATABASE d",
        ),
        (
            "DROP DATABASE",
            Operation::DropDatabase,
            "DROP DATABASE IF EXISTS d",
        ),
        (
            "ALTER DATABASE … SET TABLESPACE",
            Operation::Repeatable,
            "ALTER DATABASE \"d\" SET TABLESPACE t",
        ),
        (
            "CREATE TABLESPACE",
            Operation::CreateTablespace,
            "CREATE TABLESPACE t LOCATION '/x'",
        ),
        (
            "DROP TABLESPACE",
            Operation::DropTablespace,
            "DROP TABLESPACE t",
        ),
        (
            "CREATE SUBSCRIPTION",
            Operation::CreateSubscription,
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p\n CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = true)",
        ),
        (
            "DROP SUBSCRIPTION",
            Operation::DropSubscription,
            "DROP SUBSCRIPTION s",
        ),
        (
            "ALTER SUBSCRIPTION … REFRESH",
            Operation::Repeatable,
            "ALTER SUBSCRIPTION s REFRESH PUBLICATION\n ALTER SUBSCRIPTION s SET PUBLICATION p\n ALTER SUBSCRIPTION add SET PUBLICATION p",
        ),
        (
            "ALTER SUBSCRIPTION … REFRESH",
            Operation::Opaque,
            "ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (copy_data = off)\n ALTER SUBSCRIPTION add DROP PUBLICATION p",
        ),
        ("COMMIT PREPARED", Operation::Opaque, "COMMIT PREPARED 'x'"),
        (
            "ROLLBACK PREPARED",
            Operation::Opaque,
            "ROLLBACK PREPARED 'x'",
        ),
    ] {
        check_outside(called, operation, statements);
    }
}

#[test]
fn their_neighbours_do() {
    check(
        Class::Plain,
        "ANALYZE
         CREATE INDEX i ON t (a)
         CREATE TABLE concurrently_made (a int)
         DROP INDEX \"concurrently\"
         ALTER DATABASE d SET work_mem = '1MB'
         ALTER TABLE p DETACH PARTITION c FINALIZE
         ALTER TABLE p DETACH PARTITION c
         ALTER TABLE p DETACH PARTITION s.concurrently
         ALTER TABLE p DETACH PARTITION \"concurrently\"
         CREATE INDEX \"concurrently\" ON t (a)
         ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (refresh = false)
         REFRESH MATERIALIZED VIEW CONCURRENTLY v
         CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = false)
         CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = 'off', enabled)
         ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)
         ALTER SUBSCRIPTION s DISABLE
         CHECKPOINT
         LOCK TABLE t
         SET SESSION AUTHORIZATION bob
         SET TRANSACTION ISOLATION LEVEL READ COMMITTED
         DISCARD TEMP
         PREPARE p AS SELECT 1
         SELECT 'COMMIT'",
    );
}

#[test]
fn of_some_only_the_data_decides() {
    check(
        Class::Undecided(Kind::Alone(Operation::Opaque)),
        "CALL p()\n DO $$ BEGIN END $$",
    );
    check(
        Class::Undecided(Kind::Alone(Operation::Repeatable)),
        "REINDEX TABLE t\n REINDEX (CONCURRENTLY false) TABLE t\n REINDEX INDEX \"concurrently\"\n CLUSTER t USING i\n REPACK t",
    );
    check(
        Class::Undecided(Kind::Plain),
        "ALTER TYPE mood ADD VALUE 'glad'",
    );
}

#[test]
fn transaction_control_is_known_in_every_spelling() {
    for (control, statements) in [
        (
            Control::Begin,
            "BEGIN\n begin work\n BEGIN TRANSACTION\n START TRANSACTION",
        ),
        (
            Control::BeginWithMode,
            "BEGIN ISOLATION LEVEL SERIALIZABLE\n START TRANSACTION READ ONLY",
        ),
        (
            Control::Commit,
            "COMMIT\n COMMIT WORK\n END\n END TRANSACTION\n COMMIT AND NO CHAIN",
        ),
        (
            Control::CommitAndChain,
            "COMMIT AND CHAIN\n END WORK AND CHAIN",
        ),
        (
            Control::Rollback,
            "ROLLBACK\n ABORT\n ABORT WORK\n ROLLBACK AND CHAIN",
        ),
        (
            Control::Savepoint,
            "SAVEPOINT a\n RELEASE a\n RELEASE SAVEPOINT a\n ROLLBACK TO a\n ROLLBACK WORK TO SAVEPOINT a",
        ),
        (Control::PrepareTransaction, "PREPARE TRANSACTION 'x'"),
        (
            Control::SetTransaction,
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE\n set transaction read only\n \
             set transaction not deferrable",
        ),
    ] {
        check(Class::Control(control), statements);
    }
    check(Class::Refused("DISCARD ALL"), "discard all");
}

#[test]
fn a_copy_is_known_by_its_other_end() {
    check(
        Class::CopyIn,
        "COPY t FROM stdin\n copy t (a, b) from STDIN with (format csv)\n COPY BINARY t FROM STDIN\n COPY t FROM stdout",
    );
    check(
        Class::CopyOut,
        "COPY t TO STDOUT\n COPY (SELECT a FROM stdin) TO stdout WITH CSV",
    );
    check(
        Class::Plain,
        "COPY t FROM '/tmp/x'\n COPY t FROM PROGRAM 'x'\n COPY t TO '/tmp/x'\n COPY (SELECT 1 FROM stdin) TO '/tmp/x'",
    );
}
