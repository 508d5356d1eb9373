//! What the statements of one text mean to each other: those that share a transaction.

use std::ops::Range;

use squawk_lexer::{LiteralKind, TokenKind};

use super::{Sighting, Step};
use crate::classify::Class;
use crate::lint::object::{Effect, Name};
use crate::lint::rules::own;
use crate::split::Piece;
use crate::token::tokens;

/// Adds what is found to the steps, and steps for statements that had nothing to say before.
pub(super) fn look(sql: &str, pieces: &[Piece], steps: &mut Vec<Step>) {
    validated_at_once(steps);
    used_at_once(sql, pieces, steps);
}

/// `VALIDATE CONSTRAINT` in the transaction that added the constraint with `NOT VALID`.
fn validated_at_once(steps: &mut [Step]) {
    let mut added: Vec<(usize, Name, String)> = Vec::new();
    for step in steps {
        let Some(transaction) = step.transaction else {
            continue;
        };
        for effect in &step.effects {
            match effect {
                Effect::NotValid { table, constraint } => {
                    added.push((transaction, table.clone(), constraint.clone()));
                }
                Effect::Validate {
                    table: of,
                    constraint,
                } => {
                    let same = |(within, on, name): &(usize, Name, String)| {
                        *within == transaction && on.matches(of) && name == constraint
                    };
                    if added.iter().any(same) {
                        let range = step.start..step.end;
                        let mut sighting = Sighting::new("constraint-missing-not-valid", range);
                        sighting.detail = Some(
                            "NOT VALID and VALIDATE in one transaction hold the strong lock of the first while the second \
                             reads the table"
                                .to_owned(),
                        );
                        step.sightings.push(sighting);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A value of an enum in the transaction that added it, unless that made the type too.
fn used_at_once(sql: &str, pieces: &[Piece], steps: &mut Vec<Step>) {
    let mut found = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(transaction) = step.transaction else {
            continue;
        };
        let before = steps.get(..at).unwrap_or_default();
        for effect in &step.effects {
            let Effect::AddValue { value, of } = effect else {
                continue;
            };
            let made_here = before.iter().any(|it| {
                it.transaction == Some(transaction)
                    && it.effects.iter().any(|effect| {
                        matches!(effect, Effect::Create(object, _) if object.name.matches(of))
                    })
            });
            if made_here {
                continue;
            }
            let later = pieces
                .iter()
                .filter(|piece| piece.range.start > step.end)
                .take_while(|piece| transaction == 0 || !matches!(piece.class, Class::Control(_)));
            found.extend(later.filter_map(|piece| {
                let place = literal(sql, piece, value)?;
                let mut sighting = Sighting::new(own::ENUM_VALUE, place);
                sighting.detail = Some(format!("'{value}' of type \"{of}\""));
                Some((piece.range.clone(), transaction, sighting))
            }));
        }
    }
    for (range, transaction, sighting) in found {
        if let Some(step) = steps.iter_mut().find(|step| step.start == range.start) {
            step.sightings.push(sighting);
            continue;
        }
        steps.push(Step {
            start: range.start,
            end: range.end,
            transaction: Some(transaction),
            subjects: Vec::new(),
            effects: Vec::new(),
            sightings: vec![sighting],
        });
    }
    steps.sort_by_key(|step| step.start);
}

/// Where a statement writes a value; adding another value after it, or before it, is no use.
fn literal(sql: &str, piece: &Piece, value: &str) -> Option<Range<usize>> {
    let statement = sql.get(piece.range.clone())?;
    let head = statement.trim_start().get(..7).unwrap_or_default();
    if ["alter t", "comment"]
        .iter()
        .any(|word| head.eq_ignore_ascii_case(word))
        && !statement.to_ascii_uppercase().contains("DEFAULT")
    {
        return None;
    }
    let wanted = format!("'{}'", value.replace('\'', "''"));
    let found = tokens(statement, 0).find(|token| {
        matches!(
            token.kind,
            TokenKind::Literal {
                kind: LiteralKind::Str { .. }
            }
        ) && statement.get(token.range()) == Some(wanted.as_str())
    })?;
    let start = piece.range.start;
    Some(start + found.start..start + found.end)
}
