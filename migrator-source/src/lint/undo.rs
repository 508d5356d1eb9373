//! Whether a down file undoes what its up file did, at the level of objects.
//!
//! What a file does is compared by what is there before and after it. Where a statement may do anything, such as `DO`,
//! nothing is claimed about what it left or took.

use super::object::{Certainty, Effect, Kind, Object};
use super::observe::Step;

/// What is not undone, and the offset of the statement in its file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Created by the up file, and there after the down file.
    Left(Object, usize),
    /// Dropped by the up file, and not brought back.
    Lost(Object, usize),
    /// Dropped by the down file, though the up file did not create it.
    Taken(Object, usize),
}

/// A file with fifty tables and an empty down file has one mistake.
const MOST: usize = 5;

pub(super) fn gaps(up: &[Step], down: &[Step]) -> Vec<Gap> {
    let (up, down) = (Net::of(up), Net::of(down));
    let left = up.created().filter(|made| !down.removes(&made.object));
    let lost = up.dropped().filter(|gone| !down.restores(&gone.object));
    let taken = down
        .dropped()
        .filter(|gone| KEPT.contains(&gone.object.kind) && !up.made(&gone.object));
    let left = left.map(|it| Gap::Left(it.object.clone(), it.at));
    let lost = lost.map(|it| Gap::Lost(it.object.clone(), it.at));
    let taken = taken.map(|it| Gap::Taken(it.object.clone(), it.at));
    left.chain(lost).chain(taken).take(MOST).collect()
}

/// What PostgreSQL does not create in passing, as it does with indexes, sequences and constraints.
const KEPT: [Kind; 8] = [
    Kind::Table,
    Kind::View,
    Kind::Type,
    Kind::Function,
    Kind::Schema,
    Kind::Column,
    Kind::Trigger,
    Kind::Policy,
];

/// What a file makes of the objects that it names.
#[derive(Debug, Default)]
struct Net {
    fates: Vec<Fate>,
    cascades: bool,
    opaque: bool,
}

/// One object before and after a file.
#[derive(Debug)]
struct Fate {
    object: Object,
    before: bool,
    after: bool,
    certainty: Certainty,
    at: usize,
}

impl Net {
    fn of(steps: &[Step]) -> Self {
        let mut net = Self::default();
        for step in steps {
            for effect in &step.effects {
                match effect {
                    Effect::Create(object, certainty) => {
                        net.set(object, Presence::There, *certainty, step.start);
                    }
                    Effect::Drop(object, certainty) => {
                        net.set(object, Presence::Gone, *certainty, step.start);
                        net.drop_with(object);
                    }
                    Effect::Rename(from, to) => {
                        let mut object = from.clone();
                        object.name = to.clone();
                        net.set(from, Presence::Gone, Certainty::Sure, step.start);
                        net.set(&object, Presence::There, Certainty::Sure, step.start);
                    }
                    Effect::Cascade => net.cascades = true,
                    Effect::Opaque => net.opaque = true,
                    _ => {}
                }
            }
        }
        net
    }

    fn set(&mut self, object: &Object, presence: Presence, certainty: Certainty, at: usize) {
        let after = presence == Presence::There;
        let known = self.fates.iter_mut().find(|it| it.object.matches(object));
        if let Some(fate) = known {
            fate.after = after;
            return;
        }
        self.fates.push(Fate {
            object: object.clone(),
            before: !after,
            after,
            certainty,
            at,
        });
    }

    /// What goes away with what is dropped.
    fn drop_with(&mut self, owner: &Object) {
        for fate in &mut self.fates {
            if goes_with(&fate.object, owner) {
                fate.after = false;
            }
        }
    }

    fn created(&self) -> impl Iterator<Item = &Fate> {
        let sure = self
            .fates
            .iter()
            .filter(|it| it.certainty == Certainty::Sure);
        sure.filter(|it| !it.before && it.after)
    }

    fn dropped(&self) -> impl Iterator<Item = &Fate> {
        let sure = self
            .fates
            .iter()
            .filter(|it| it.certainty == Certainty::Sure);
        sure.filter(|it| it.before && !it.after)
    }

    fn removes(&self, object: &Object) -> bool {
        let needs_its_name = [Kind::Table, Kind::Schema, Kind::Column, Kind::Type];
        let cascades = self.cascades && !needs_its_name.contains(&object.kind);
        let mut gone = self.fates.iter().filter(|it| it.before && !it.after);
        self.opaque
            || cascades
            || gone.any(|it| it.object.matches(object) || goes_with(object, &it.object))
    }

    fn restores(&self, object: &Object) -> bool {
        let mut there = self.fates.iter().filter(|it| it.after);
        self.opaque
            || there.any(|it| {
                let made = &it.object;
                let owner = object.on.as_ref().is_some_and(|table| {
                    made.kind == Kind::Table && made.name.matches(table)
                        // A constraint without a name, or an index in its place.
                        || matches!(made.kind, Kind::Constraint | Kind::Index)
                            && object.kind == Kind::Constraint
                            && made.is_on(table)
                });
                owner || made.matches(object)
            })
    }

    /// Whether the file created something, or may have.
    fn made(&self, object: &Object) -> bool {
        self.opaque
            || self.fates.iter().any(|it| {
                let owner = object.on.as_ref().is_some_and(|table| {
                    it.object.kind == Kind::Table && it.object.name.matches(table)
                });
                it.after && (owner || it.object.matches(object))
            })
    }
}

/// Whether an object is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Gone,
}

/// Whether an object goes away with another.
fn goes_with(object: &Object, owner: &Object) -> bool {
    match owner.kind {
        Kind::Table | Kind::View => object.is_on(&owner.name) || object.kind == Kind::Sequence,
        Kind::Column => {
            let of_column = [Kind::Index, Kind::Constraint, Kind::Statistics];
            object.kind == Kind::Sequence
                || owner
                    .on
                    .as_ref()
                    .is_some_and(|table| object.is_on(table) && of_column.contains(&object.kind))
        }
        Kind::Schema => object.name.schema.as_ref() == Some(&owner.name.name),
        Kind::Extension | Kind::Constraint => object.kind == Kind::Index,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
