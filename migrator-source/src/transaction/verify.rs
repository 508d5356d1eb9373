//! Which statements and directives may stand in a verify script.
//!
//! It runs between a savepoint and the rollback to it, so that it has no say about transactions, and nothing of it
//! lasts.

use super::{Arranged, Arranging, spelled};
use crate::classify::Class;
use crate::finding::{Finding, Place};
use crate::folder::Kind;
use crate::place::Text;
use crate::split::Piece;

/// The directives that mean something in a verify script.
const MEANT: [&str; 3] = ["lock-timeout", "statement-timeout", "allow(syntax)"];

/// Arranges the statements of a verify script.
pub(crate) fn arrange(text: Text<'_>, pieces: &[Piece]) -> Arranged {
    let mut arranging = Arranging {
        text,
        arranged: Arranged::default(),
    };
    for piece in pieces {
        match piece.class {
            Class::Control(control) => arranging.problem(
                piece,
                &format!("{} in a verify script", spelled(control)),
                "remove it: the script runs in the transaction of its migration, and is rolled back by itself",
            ),
            Class::NonTransactional(found) => arranging.problem(
                piece,
                &format!("{} in a verify script", found.called),
                "remove it: it cannot run inside a transaction",
            ),
            Class::CopyIn | Class::CopyOut => arranging.problem(
                piece,
                "COPY with stdin or stdout in a verify script",
                "write rows with INSERT, or read them with SELECT: what the script writes is rolled back",
            ),
            Class::Refused(_) => arranging.unless_refused(piece),
            _ => arranging.push(piece, Kind::Plain),
        }
    }
    arranging.arranged
}

/// The directives that mean nothing in a verify script, as problems.
pub(crate) fn misplaced(directives: &[(String, Place)]) -> impl Iterator<Item = Finding> {
    let misplaced = directives
        .iter()
        .filter(|(name, _)| !MEANT.contains(&name.as_str()));
    misplaced.map(|(name, place)| {
        let finding = Finding::new(format!("\"{name}\" in a verify script"));
        let hint =
            "remove it: a verify script knows lock-timeout, statement-timeout and allow(syntax)";
        finding.hint(hint).at(place.clone())
    })
}
