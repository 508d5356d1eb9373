//! The statements of a script as the bytes that are baked.
//!
//! `migrator::bundle` reads them, and has the same numbers again: the shipped program does not hold this crate. A test
//! of the workspace compares the two.

use crate::folder::{Kind, Operation, Spot, Statement};
use crate::settings::Quoting;

/// An entry of nine bytes for each statement: start and end as little-endian `u32`, and a byte of kind. The spots of
/// placeholders follow in the same form.
#[must_use]
pub fn table(statements: &[Statement], spots: &[Spot]) -> Vec<u8> {
    let mut table = Vec::with_capacity((statements.len() + spots.len()) * 9);
    let statements = statements
        .iter()
        .map(|it| (it.start, it.end, byte(it.kind)));
    let spots = spots.iter().map(|it| {
        let byte = match it.quoting {
            Quoting::Identifier => 7,
            Quoting::Literal => 8,
        };
        (it.start, it.end, byte)
    });
    for (start, end, byte) in statements.chain(spots) {
        for offset in [start, end] {
            // The reader refuses files whose offsets do not fit.
            table.extend(u32::try_from(offset).unwrap_or(u32::MAX).to_le_bytes());
        }
        table.push(byte);
    }
    table
}

/// A number is in the journals of databases, so it never changes its meaning.
fn byte(kind: Kind) -> u8 {
    match kind {
        Kind::Plain => 0,
        Kind::Copy => 2,
        Kind::CopyData => 3,
        Kind::Begin => 4,
        Kind::Commit => 5,
        Kind::Name => 6,
        Kind::Alone(operation) => match operation {
            Operation::CreateIndex => 16,
            Operation::DropIndex => 17,
            Operation::Reindex => 18,
            Operation::ReindexMany => 19,
            Operation::DetachPartition => 20,
            Operation::CreateDatabase => 21,
            Operation::DropDatabase => 22,
            Operation::CreateTablespace => 23,
            Operation::DropTablespace => 24,
            Operation::CreateSubscription => 25,
            Operation::DropSubscription => 26,
            Operation::Repeatable => 27,
            Operation::Opaque => 28,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_nine_bytes() {
        let statement = |start, end, kind| Statement { start, end, kind };
        assert_eq!(
            table(
                &[
                    statement(0, 8, Kind::Plain),
                    statement(258, 65_536, Kind::Commit)
                ],
                &[]
            ),
            [0, 0, 0, 0, 8, 0, 0, 0, 0, 2, 1, 0, 0, 0, 0, 1, 0, 5]
        );
    }
}
