//! What is baked of placeholders: their declarations, and where they stand in a script. What stands there in a run is
//! `crate::placeholder`.

use super::{ENTRY, Statements};

/// What `migrator.toml` says of one placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// What stands between the braces of `${name}`.
    pub name: &'static str,
    /// How its value is written.
    pub quoting: Quoting,
    /// Its value where none is given; `None`: one has to be given.
    pub default: Option<&'static str>,
    /// The environment variable that gives its value.
    pub variable: &'static str,
    /// Whether its value may be shown.
    pub secrecy: Secrecy,
}

/// How the value of a placeholder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// As a quoted identifier.
    Identifier,
    /// As a string literal.
    Literal,
}

/// Whether the value of a placeholder may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It may.
    Open,
    /// It appears nowhere.
    Secret,
}

/// Where the value of a placeholder will stand: `${name}` in a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Byte offset of the `$`.
    pub start: usize,
    /// Byte offset after the brace.
    pub end: usize,
    /// How the value is written.
    pub quoting: Quoting,
}

/// The bytes of kind that a spot has in a table.
const IDENTIFIER: u8 = 7;
const LITERAL: u8 = 8;

fn quoting(entry: &[u8]) -> Option<Quoting> {
    match *entry.last()? {
        IDENTIFIER => Some(Quoting::Identifier),
        LITERAL => Some(Quoting::Literal),
        _ => None,
    }
}

impl<'a> Statements<'a> {
    /// The entries of statements, and those of spots behind them.
    pub(super) fn parts(self) -> (&'a [u8], &'a [u8]) {
        let is_spot = |at: usize| {
            self.0
                .get(at * ENTRY..(at + 1) * ENTRY)
                .is_some_and(|entry| quoting(entry).is_some())
        };
        let count = self.0.len() / ENTRY;
        // Most scripts have none, which the last entry tells.
        if count == 0 || !is_spot(count - 1) {
            return (self.0, &[]);
        }
        let (mut low, mut high) = (0, count - 1);
        while low < high {
            let middle = low.midpoint(high);
            if is_spot(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        self.0.split_at(low * ENTRY)
    }

    /// Where the values of placeholders will stand, in order.
    pub fn spots(self) -> impl Iterator<Item = Spot> + 'a {
        self.parts().1.chunks_exact(ENTRY).filter_map(|entry| {
            let offset = |at: usize| {
                let bytes = entry.get(at..at + 4)?;
                let bytes: [u8; 4] = bytes.try_into().ok()?;
                usize::try_from(u32::from_le_bytes(bytes)).ok()
            };
            Some(Spot {
                start: offset(0)?,
                end: offset(4)?,
                quoting: quoting(entry)?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{Kind, Statement};

    #[test]
    fn spots_stand_behind_the_statements() {
        for statements in [0_usize, 1, 2, 7] {
            for spots in [0_usize, 1, 2, 5] {
                let mut table = Vec::new();
                for at in 0..statements {
                    let kind = Kind::Plain;
                    let (start, end) = (at, at + 1);
                    table.extend(Statement { start, end, kind }.entry());
                }
                for at in 0..spots {
                    let (start, end) = (at, at + 1);
                    let kind = Kind::Plain;
                    let mut entry = Statement { start, end, kind }.entry();
                    entry[8] = if at % 2 == 0 { IDENTIFIER } else { LITERAL };
                    table.extend(entry);
                }
                let read = Statements::from_table(&table);
                assert_eq!((read.count(), read.spots().count()), (statements, spots));
                assert!(read.spots().enumerate().all(|(at, spot)| spot.start == at
                    && spot.end == at + 1
                    && (spot.quoting == Quoting::Identifier) == (at % 2 == 0)));
            }
        }
    }
}
