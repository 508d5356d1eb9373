//! What the statements so far have made of the database, as far as a rule asks.

use std::collections::HashMap;

use super::object::{Certainty, Effect, Kind, Name, Object};

/// Whether databases have a migration already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Proven,
    /// It stands in the tail that no proof covers, so what it creates is new everywhere.
    Unproven,
}

/// What is known of the schema at a place in the history.
#[derive(Debug, Default)]
pub(super) struct History {
    /// What the unproven tail has created, by name.
    born: HashMap<String, Vec<Object>>,
    /// What the proven migrations have created, by name: `IF NOT EXISTS` and `OR REPLACE` find it there.
    known: HashMap<String, Vec<Object>>,
    /// Every index, with its table.
    indexes: HashMap<String, Vec<Object>>,
    checks: Vec<Check>,
    committing: Vec<Name>,
}

/// A constraint that says that a column is not NULL.
#[derive(Debug)]
struct Check {
    table: Name,
    constraint: String,
    column: String,
    validated: bool,
}

impl History {
    pub(super) fn apply(&mut self, effect: &Effect, proof: Proof) {
        match effect {
            Effect::Create(object, certainty) => {
                if object.kind == Kind::Index {
                    insert(&mut self.indexes, object.clone());
                }
                let there = *certainty == Certainty::Perhaps && self.is_known(object);
                if proof == Proof::Proven {
                    insert(&mut self.known, object.clone());
                } else if !there {
                    insert(&mut self.born, object.clone());
                }
            }
            Effect::Drop(object, _) => {
                remove(&mut self.born, object);
                remove(&mut self.known, object);
                remove(&mut self.indexes, object);
                if object.kind == Kind::Constraint {
                    self.checks.retain(|check| {
                        check.constraint != object.name.name || !object.is_on(&check.table)
                    });
                }
            }
            Effect::Rename(from, to) => self.rename(from, to),
            Effect::NotNull {
                table,
                constraint,
                column,
            } => self.checks.push(Check {
                table: table.clone(),
                constraint: constraint.clone(),
                column: column.clone(),
                validated: false,
            }),
            Effect::Validate { table, constraint } => {
                for check in &mut self.checks {
                    check.validated |=
                        check.table.matches(table) && check.constraint == *constraint;
                }
            }
            Effect::Committing(name) => self.committing.push(name.clone()),
            Effect::NotValid { .. }
            | Effect::AddValue { .. }
            | Effect::Call(_)
            | Effect::Cascade
            | Effect::Opaque => {}
        }
    }

    fn rename(&mut self, from: &Object, to: &Name) {
        for objects in [&mut self.born, &mut self.known, &mut self.indexes] {
            for mut object in remove(objects, from) {
                object.name = to.clone();
                insert(objects, object);
            }
        }
        if from.kind == Kind::Table {
            for index in self.indexes.values_mut().flatten() {
                if index.is_on(&from.name) {
                    index.on = Some(to.clone());
                }
            }
        }
    }

    fn is_known(&self, object: &Object) -> bool {
        let mut same = self.known.get(&object.name.name).into_iter().flatten();
        same.any(|it| it.matches(object))
    }

    /// Whether nobody can hold rows in something or use it: the unproven tail has created it.
    pub(super) fn is_new(&self, object: &Object) -> bool {
        if object.kind == Kind::Index {
            // Who locks an index locks its table.
            let known = self.indexes.get(&object.name.name).into_iter().flatten();
            let mut tables = known
                .filter(|index| index.matches(object))
                .filter_map(|index| index.on.clone());
            return tables.any(|table| self.is_new(&Object::new(Kind::Table, table)));
        }
        let on = object.on.as_ref();
        if on.is_some_and(|table| self.is_new(&Object::new(Kind::Table, table.clone()))) {
            return true;
        }
        let mut born = self.born.get(&object.name.name).into_iter().flatten();
        born.any(|it| {
            let relations = [Kind::Table, Kind::View, Kind::Sequence];
            let both = relations.contains(&it.kind) && relations.contains(&object.kind);
            it.matches(object) || (both && it.name.matches(&object.name))
        })
    }

    /// Whether a validated constraint says that a column is not NULL, so that PostgreSQL need not look.
    pub(super) fn is_never_null(&self, table: &Name, column: &str) -> bool {
        let mut checks = self.checks.iter();
        checks.any(|it| it.validated && it.column == column && it.table.matches(table))
    }

    /// Whether a procedure of the history ends the transaction that calls it.
    pub(super) fn commits(&self, procedure: &Name) -> bool {
        self.committing.iter().any(|it| it.matches(procedure))
    }
}

fn insert(objects: &mut HashMap<String, Vec<Object>>, object: Object) {
    let name = object.name.name.clone();
    objects.entry(name).or_default().push(object);
}

fn remove(objects: &mut HashMap<String, Vec<Object>>, object: &Object) -> Vec<Object> {
    let Some(same) = objects.get_mut(&object.name.name) else {
        return Vec::new();
    };
    let (gone, rest) = same.drain(..).partition(|it| it.matches(object));
    *same = rest;
    gone
}
