//! Which statements may stand in a file that runs in a transaction, and in one that does not.
//!
//! The result is the table of statements to run. What each statement is was found by `classify`.

use std::ops::Range;

use crate::classify::{Class, Control};
use crate::finding::Finding;
use crate::folder::{Kind, Mode, Statement};
use crate::place::Text;
use crate::split::Piece;

/// A file with fifty concurrent indexes has one mistake, not fifty.
const MOST_PLACES: usize = 10;

const SEPARATE: &str = "remove it: the whole file runs in one transaction; what must commit earlier belongs into a file \
                        of its own, or under \"-- migrator: no-transaction\"";

/// The statements to run, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Arranged {
    pub(crate) statements: Vec<Statement>,
    pub(crate) problems: Vec<Finding>,
    pub(crate) warnings: Vec<Finding>,
}

/// Arranges the statements of a file.
pub(crate) fn arrange(text: Text<'_>, pieces: &[Piece], mode: Mode) -> Arranged {
    let mut arranging = Arranging {
        text,
        arranged: Arranged::default(),
    };
    match mode {
        Mode::Transaction => arranging.transaction(pieces),
        Mode::NoTransaction => arranging.no_transaction(pieces),
    }
    arranging.arranged
}

struct Arranging<'a> {
    text: Text<'a>,
    arranged: Arranged,
}

impl Arranging<'_> {
    fn transaction(&mut self, pieces: &[Piece]) {
        let pieces = match unwrapped(pieces) {
            Some(inner) => {
                let finding = Finding::new("BEGIN and COMMIT around the whole file are left out");
                let finding =
                    finding.hint("remove them: the file runs in a transaction with its record");
                self.arranged
                    .warnings
                    .push(finding.at(self.text.place(&pieces[0].range)));
                inner
            }
            None => pieces,
        };
        let mut outside: Vec<(&'static str, Range<usize>)> = Vec::new();
        for piece in pieces {
            match piece.class {
                Class::NonTransactional(name) => outside.push((name, piece.range.clone())),
                Class::Control(Control::Savepoint) => self.push(piece, Kind::Plain),
                Class::Control(control) => {
                    let hint = match control {
                        Control::PrepareTransaction => {
                            "remove it: the record could not commit with the file"
                        }
                        Control::BeginWithMode => {
                            "remove it: the file runs in a transaction of the run"
                        }
                        _ => SEPARATE,
                    };
                    self.problem(
                        piece,
                        &format!(
                            "{} in a migration that runs in a transaction",
                            spelled(control)
                        ),
                        hint,
                    );
                }
                _ => self.unless_refused(piece),
            }
        }
        if let Some((name, _)) = outside.first() {
            let mixed = outside.len() < pieces.len();
            let mut finding = Finding::new(format!("{name} cannot run inside a transaction")).hint(if mixed {
                "move it to a file of its own that begins with the line \"-- migrator: no-transaction\"; with that line \
                 here, every statement of this file would commit by itself"
            } else {
                "add \"-- migrator: no-transaction\" as the first line"
            });
            finding.places.extend(
                outside
                    .iter()
                    .take(MOST_PLACES)
                    .map(|(_, range)| self.text.place(range)),
            );
            self.arranged.problems.push(finding);
        }
    }

    fn no_transaction(&mut self, pieces: &[Piece]) {
        let mut open: Option<&Piece> = None;
        for piece in pieces {
            match (piece.class, open) {
                (Class::Control(Control::Begin | Control::BeginWithMode), None) => {
                    open = Some(piece);
                    self.push(piece, Kind::Begin);
                }
                (Class::Control(Control::Begin | Control::BeginWithMode), Some(_)) => {
                    self.problem(
                        piece,
                        "BEGIN inside a block that is already open",
                        "end the block above with COMMIT first",
                    );
                }
                (Class::Control(Control::Commit), Some(_)) => {
                    open = None;
                    self.push(piece, Kind::Commit);
                }
                (Class::Control(Control::Commit), None) => {
                    self.problem(
                        piece,
                        "COMMIT without a BEGIN",
                        "remove it: outside a block each statement commits by itself",
                    );
                }
                (Class::Control(Control::Savepoint), Some(_)) => self.push(piece, Kind::Plain),
                (Class::Control(Control::Savepoint), None) => {
                    self.problem(
                        piece,
                        "savepoints exist only inside a block",
                        "put BEGIN and COMMIT around the statements",
                    );
                }
                (Class::Control(control), _) => {
                    let message = format!("{} in a migration", spelled(control));
                    self.problem(
                        piece,
                        &message,
                        "end each block with a plain COMMIT; a failure rolls it back",
                    );
                }
                (Class::NonTransactional(name), Some(_)) => {
                    let message = format!("{name} cannot run inside a transaction");
                    self.problem(
                        piece,
                        &message,
                        "move it out of the block of BEGIN and COMMIT",
                    );
                }
                (Class::NonTransactional(_), None) => self.push(piece, Kind::NonTransactional),
                _ => self.unless_refused(piece),
            }
        }
        if let Some(piece) = open {
            self.problem(piece, "BEGIN without a COMMIT", "end the block with COMMIT");
        }
        let needed = |piece: &Piece| {
            matches!(
                piece.class,
                Class::NonTransactional(_) | Class::Undecided | Class::Control(_)
            )
        };
        if let Some(first) = pieces.first().filter(|_| !pieces.iter().any(needed)) {
            let finding = Finding::new("\"no-transaction\" on a file where nothing needs it");
            let finding = finding
                .hint("remove the directive: in a transaction a failure leaves nothing behind");
            self.arranged
                .warnings
                .push(finding.at(self.text.place(&first.range)));
        }
    }

    /// What holds in either mode.
    fn unless_refused(&mut self, piece: &Piece) {
        match piece.class {
            Class::CopyOut => {
                let hint = "remove it: a migration has nowhere to send rows to";
                self.problem(piece, "COPY … TO stdout in a migration", hint);
            }
            Class::Refused(name) => {
                let hint = "remove it: the runner resets the session after each file";
                self.problem(
                    piece,
                    &format!("{name} would release the lock of the run"),
                    hint,
                );
            }
            Class::CopyIn => self.push(piece, Kind::Copy),
            _ => self.push(piece, Kind::Plain),
        }
    }

    fn push(&mut self, piece: &Piece, kind: Kind) {
        let Range { start, end } = piece.range;
        self.arranged
            .statements
            .push(Statement { start, end, kind });
        if let Some(Range { start, end }) = piece.data {
            self.arranged.statements.push(Statement {
                start,
                end,
                kind: Kind::CopyData,
            });
        }
    }

    fn problem(&mut self, piece: &Piece, message: &str, hint: &str) {
        let finding = Finding::new(message)
            .hint(hint)
            .at(self.text.place(&piece.range));
        self.arranged.problems.push(finding);
    }
}

/// What a plain `BEGIN` and `COMMIT` enclose, if they enclose the whole file and there is no other control in it.
fn unwrapped(pieces: &[Piece]) -> Option<&[Piece]> {
    let (first, rest) = pieces.split_first()?;
    let (last, inner) = rest.split_last()?;
    let wrapped = first.class == Class::Control(Control::Begin)
        && last.class == Class::Control(Control::Commit);
    let other = |piece: &Piece| matches!(piece.class, Class::Control(control) if control != Control::Savepoint);
    (wrapped && !inner.iter().any(other)).then_some(inner)
}

fn spelled(control: Control) -> &'static str {
    match control {
        Control::Begin => "BEGIN",
        Control::BeginWithMode => "BEGIN with a transaction mode",
        Control::Commit => "COMMIT",
        Control::CommitAndChain => "COMMIT AND CHAIN",
        Control::Rollback => "ROLLBACK",
        Control::Savepoint => "SAVEPOINT",
        Control::PrepareTransaction => "PREPARE TRANSACTION",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[track_caller]
    fn check(mode: Mode, sql: &str, expected: &str) {
        let text = Text { file: "f", sql };
        let arranged = arrange(text, &split(text).pieces, mode);
        let letter = |kind| match kind {
            Kind::Plain => 'p',
            Kind::NonTransactional => 'n',
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
        check("alter type t add value 'x'; call p()", "pp");
        check(
            "begin; select 1; commit;",
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
            "discard all",
            " !1 DISCARD ALL would release the lock of the run",
        );
        check("copy t to stdout", " !1 COPY … TO stdout in a migration");
    }

    #[test]
    fn a_file_without_transaction_holds_whole_blocks() {
        let check = |sql: &str, expected: &str| check(Mode::NoTransaction, sql, expected);
        check("create index concurrently i on t (a); select 1", "np");
        check(
            "vacuum; begin; select 1; savepoint a; commit; begin read write; end",
            "nBppCBC",
        );
        check("call p()", "p");
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
        check("begin;\nrollback;\ncommit", "BC !2 ROLLBACK in a migration");
        check("commit", " !1 COMMIT without a BEGIN");
        check("savepoint a", " !1 savepoints exist only inside a block");
        check("commit prepared 'x'", "n");
        check(
            "prepare transaction 'x'",
            " !1 PREPARE TRANSACTION in a migration",
        );
    }
}
