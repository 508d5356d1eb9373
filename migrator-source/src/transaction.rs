//! Which statements may stand in a file that runs in a transaction, and in one that does not.
//!
//! The result is the table of statements to run. What each statement is was found by `classify`.

pub(crate) mod verify;

use std::ops::Range;

use crate::classify::{Class, Control};
use crate::finding::Finding;
use crate::folder::{Kind, Mode, Operation, Statement};
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
    let pieces = without_idle_rollback(pieces);
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
                let finding =
                    Finding::warning("BEGIN and COMMIT around the whole file are left out");
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
                Class::NonTransactional(found) => outside.push((found.called, piece.range.clone())),
                Class::Control(Control::Savepoint) => self.push(piece, Kind::Plain),
                Class::Control(control) => {
                    let hint = match control {
                        Control::PrepareTransaction => {
                            "remove it: the record could not commit with the file"
                        }
                        Control::BeginWithMode | Control::SetTransaction => {
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
                (Class::Control(Control::Savepoint), Some(_))
                | (Class::Control(Control::SetTransaction), _) => self.push(piece, Kind::Plain),
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
                (Class::NonTransactional(outside), Some(_)) => {
                    let message = format!("{} cannot run inside a transaction", outside.called);
                    self.problem(
                        piece,
                        &message,
                        "move it out of the block of BEGIN and COMMIT",
                    );
                }
                (Class::NonTransactional(outside), None) => {
                    self.warn_of_nameless(piece, outside.operation);
                    self.push(piece, Kind::Alone(outside.operation));
                }
                (Class::Undecided(kind), None) => self.push(piece, kind),
                _ => self.unless_refused(piece),
            }
        }
        if let Some(piece) = open {
            self.problem(piece, "BEGIN without a COMMIT", "end the block with COMMIT");
        }
        let needed = |piece: &Piece| {
            matches!(
                piece.class,
                Class::NonTransactional(_) | Class::Undecided(_) | Class::Control(_)
            )
        };
        if let Some(first) = pieces.first().filter(|_| !pieces.iter().any(needed)) {
            let finding = Finding::warning("\"no-transaction\" on a file where nothing needs it");
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
                    &format!("{name} would undo what the runner has set for the session"),
                    hint,
                );
            }
            Class::CopyIn => self.push(piece, Kind::Copy),
            _ => self.push(piece, Kind::Plain),
        }
    }

    /// The server makes up a name for an index without one, and another for the same index the second time.
    fn warn_of_nameless(&mut self, piece: &Piece, operation: Operation) {
        if operation == Operation::CreateIndex && piece.names.len() == 1 {
            let finding = Finding::warning("CREATE INDEX CONCURRENTLY without a name").hint(
                "give the index a name: after a crash nothing could tell it from another index",
            );
            self.arranged
                .warnings
                .push(finding.at(self.text.place(&piece.range)));
        }
    }

    /// A statement, and the entries that belong to it.
    fn push(&mut self, piece: &Piece, kind: Kind) {
        let data = piece.data.iter().map(|range| (range, Kind::CopyData));
        let names = piece.names.iter().map(|range| (range, Kind::Name));
        let entries = std::iter::once((&piece.range, kind))
            .chain(data)
            .chain(names);
        self.arranged
            .statements
            .extend(entries.map(|(range, kind)| Statement {
                start: range.start,
                end: range.end,
                kind,
            }));
    }

    fn problem(&mut self, piece: &Piece, message: &str, hint: &str) {
        let finding = Finding::new(message)
            .hint(hint)
            .at(self.text.place(&piece.range));
        self.arranged.problems.push(finding);
    }
}

/// psql scripts end with a ROLLBACK for the case that the COMMIT before it fails; after that COMMIT, it does nothing.
fn without_idle_rollback(pieces: &[Piece]) -> &[Piece] {
    match pieces {
        [rest @ .., commit, rollback]
            if commit.class == Class::Control(Control::Commit)
                && rollback.class == Class::Control(Control::Rollback) =>
        {
            pieces.get(..=rest.len()).unwrap_or(pieces)
        }
        _ => pieces,
    }
}

/// What a plain `BEGIN` and `COMMIT` enclose, if they enclose the whole file and there is no other control in it.
fn unwrapped(pieces: &[Piece]) -> Option<&[Piece]> {
    let (first, rest) = pieces.split_first()?;
    let (last, inner) = rest.split_last()?;
    let wrapped = first.class == Class::Control(Control::Begin)
        && last.class == Class::Control(Control::Commit);
    let inside = [Control::Savepoint, Control::SetTransaction];
    let other = |piece: &Piece| matches!(piece.class, Class::Control(control) if !inside.contains(&control));
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
        Control::SetTransaction => "SET TRANSACTION",
    }
}

#[cfg(test)]
mod tests;
