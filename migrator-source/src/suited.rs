//! Whether a text that nobody has marked can run in a transaction.
//!
//! For what converts the files of other tools. A file of ours says itself how it runs.

use crate::folder::Mode;
use crate::place::Text;
use crate::split::split;
use crate::transaction::arrange;

/// How a text can run: in a transaction if it can, outside one if only that works.
///
/// A text that works in neither way is `Transaction`: reading it tells what is wrong with it.
#[must_use]
pub fn suited(sql: &str) -> Mode {
    let sql = sql.replace("\r\n", "\n");
    let text = Text {
        file: "",
        sql: &sql,
    };
    let pieces = split(text).pieces;
    let works = |mode| arrange(text, &pieces, mode).problems.is_empty();
    if !works(Mode::Transaction) && works(Mode::NoTransaction) {
        Mode::NoTransaction
    } else {
        Mode::Transaction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_runs_in_a_transaction_if_it_can() {
        let check = |sql, expected| assert_eq!(suited(sql), expected, "{sql}");
        check("select 1;", Mode::Transaction);
        check("begin; select 1; commit;", Mode::Transaction);
        check(
            "create index concurrently i on t (a);\r\n",
            Mode::NoTransaction,
        );
        check(
            "begin; select 1; commit; begin; select 2; commit;",
            Mode::NoTransaction,
        );
        check("select 1; commit;", Mode::Transaction);
        check(
            "begin; create index concurrently i on t (a); commit;",
            Mode::Transaction,
        );
    }
}
