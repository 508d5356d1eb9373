//! Tables of files and what becomes of their statements.

use super::*;
use crate::split::split;

#[track_caller]
fn check(mode: Mode, sql: &str, expected: &str) {
    let text = Text { file: "f", sql };
    let arranged = arrange(text, &split(text).pieces, mode);
    let letter = |kind| match kind {
        Kind::Plain => 'p',
        Kind::Alone(Operation::Repeatable) => 'r',
        Kind::Alone(Operation::Opaque) => 'o',
        Kind::Alone(_) => 'a',
        Kind::Name => 'n',
        Kind::Copy => 'c',
        Kind::CopyData => 'd',
        Kind::Begin => 'B',
        Kind::Commit => 'C',
    };
    let mut shown = arranged
        .statements
        .iter()
        .map(|statement| letter(statement.kind))
        .collect::<String>();
    for (mark, findings) in [("!", &arranged.problems), ("?", &arranged.warnings)] {
        for finding in findings {
            let at: Vec<String> = finding
                .places
                .iter()
                .map(|place| place.line.to_string())
                .collect();
            shown.extend([" ", mark, &at.join(","), " ", &finding.message]);
        }
    }
    assert_eq!(shown, expected, "{sql}");
}

#[test]
fn a_transactional_file_holds_no_control() {
    let check = |sql: &str, expected: &str| check(Mode::Transaction, sql, expected);
    check("", "");
    check("select 1; savepoint a; rollback to a; release a", "pppp");
    check("copy t from stdin;\n1\n\\.\nselect 1", "cdp");
    check(
        "alter type t add value 'x'; call p(); do ''; reindex table t; cluster t; repack t",
        "pppppp",
    );
    check(
        "begin; select 1; commit;",
        "p ?1 BEGIN and COMMIT around the whole file are left out",
    );
    check(
        "begin; select 1; commit; rollback;",
        "p ?1 BEGIN and COMMIT around the whole file are left out",
    );
    check(
        "start transaction; savepoint a; end",
        "p ?1 BEGIN and COMMIT around the whole file are left out",
    );
    let inside = "in a migration that runs in a transaction";
    check(
        "select 1;\ncommit;\nselect 2",
        &format!("pp !2 COMMIT {inside}"),
    );
    check("select 1;\nrollback", &format!("p !2 ROLLBACK {inside}"));
    check(
        "begin;\ncommit;\nbegin;\ncommit",
        &format!(" !1 BEGIN {inside} !2 COMMIT {inside} !3 BEGIN {inside} !4 COMMIT {inside}"),
    );
    check(
        "commit and chain",
        &format!(" !1 COMMIT AND CHAIN {inside}"),
    );
    check(
        "prepare transaction 'x'",
        &format!(" !1 PREPARE TRANSACTION {inside}"),
    );
    check(
        "begin isolation level serializable;\ncommit",
        &format!(" !1 BEGIN with a transaction mode {inside} !2 COMMIT {inside}"),
    );
    check(
        "vacuum;\nselect 1;\nreindex schema s",
        "p !1,3 VACUUM cannot run inside a transaction",
    );
    check(
        "begin;\nvacuum;\ncommit",
        " !2 VACUUM cannot run inside a transaction ?1 BEGIN and COMMIT around the whole file are left out",
    );
    check(
        "begin;\nset transaction read only;\ncommit",
        &format!(
            " !2 SET TRANSACTION {inside} ?1 BEGIN and COMMIT around the whole file are left out"
        ),
    );
    check("set transaction read write", "p");
    check(
        "discard all",
        " !1 DISCARD ALL would undo what the runner has set for the session",
    );
    check(
        "reset all",
        " !1 RESET ALL would undo what the runner has set for the session",
    );
    check("copy t to stdout", " !1 COPY … TO stdout in a migration");
}

#[test]
fn a_file_without_transaction_holds_whole_blocks() {
    let check = |sql: &str, expected: &str| check(Mode::NoTransaction, sql, expected);
    check("create index concurrently i on t (a); select 1", "annp");
    check(
        "reindex schema concurrently s; drop database d; vacuum",
        "ananr",
    );
    check(
        "vacuum; begin; select 1; savepoint a; commit; begin read write; end",
        "rBppCBC",
    );
    check(
        "call p(); do ''; reindex table t; cluster t; repack t; alter type t add value 'x'",
        "oorrrp",
    );
    check(
        "begin; call p(); do ''; reindex table t; cluster t; repack t; alter type t add value 'x'; commit; call p()",
        "BppppppCo",
    );
    check(
        "select 1",
        "p ?1 \"no-transaction\" on a file where nothing needs it",
    );
    check("begin; select 1", "Bp !1 BEGIN without a COMMIT");
    check(
        "begin;\nbegin;\ncommit",
        "BC !2 BEGIN inside a block that is already open",
    );
    check(
        "begin;\nvacuum;\ncommit",
        "BC !2 VACUUM cannot run inside a transaction",
    );
    check("select 1; begin; select 2; commit; rollback", "pBpC");
    check("begin;\nrollback;\ncommit", "BC !2 ROLLBACK in a migration");
    check("commit", " !1 COMMIT without a BEGIN");
    check("savepoint a", " !1 savepoints exist only inside a block");
    check("begin; set transaction read only; commit", "BpC");
    check("commit prepared 'x'", "o");
    check(
        "prepare transaction 'x'",
        " !1 PREPARE TRANSACTION in a migration",
    );
}

#[test]
fn names_stand_where_they_are_written() {
    let sql = "select 1;\ndrop index concurrently größe . \"My i\";\nselect 2";
    let text = Text { file: "f", sql };
    let arranged = arrange(text, &split(text).pieces, Mode::NoTransaction);
    let shown: Vec<_> = arranged
        .statements
        .iter()
        .map(|statement| (statement.kind, &sql[statement.start..statement.end]))
        .collect();
    let drop = Kind::Alone(Operation::DropIndex);
    assert_eq!(
        shown,
        [
            (Kind::Plain, "select 1"),
            (drop, "drop index concurrently größe . \"My i\""),
            (Kind::Name, "größe . \"My i\""),
            (Kind::Plain, "select 2"),
        ]
    );
}

#[test]
fn a_concurrent_index_should_have_a_name() {
    check(
        Mode::NoTransaction,
        "create index concurrently i on t (a);\ncreate unique index concurrently on t (a)",
        "annan ?2 CREATE INDEX CONCURRENTLY without a name",
    );
    // Where nothing runs, there is no crash to warn of.
    check(
        Mode::NoTransaction,
        "begin;\ncreate index concurrently on t (a);\ncommit",
        "BC !2 CREATE INDEX CONCURRENTLY cannot run inside a transaction",
    );
}
