//! What `ALTER` does: names that change, and the parts that a table gets and loses.

use super::{Acts, if_exists, kind};
use crate::lint::cursor::Cursor;
use crate::lint::object::Certainty::{Perhaps, Sure};
use crate::lint::object::{Effect, Kind, Name, Object};

pub(super) fn alter(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    cursor.eat("ALTER");
    let kind = kind(cursor)?;
    if_exists(cursor);
    let name = cursor.table()?;
    if matches!(kind, Kind::Trigger | Kind::Policy | Kind::Rule) {
        cursor.eat("ON").then_some(())?;
        let table = cursor.table()?;
        acts.subjects.push(Object::new(Kind::Table, table.clone()));
        let from = Object::on(kind, name, table);
        return cursor
            .eat_all(&["RENAME", "TO"])
            .then(|| rename(cursor, acts, from))?;
    }
    if cursor.is("(") {
        cursor.step();
    }
    let object = Object::new(kind, name);
    acts.subjects.push(object.clone());
    if cursor.eat_all(&["RENAME", "TO"]) {
        return rename(cursor, acts, object);
    }
    if cursor.eat_all(&["SET", "SCHEMA"]) {
        let to = Name {
            schema: Some(cursor.part()?),
            name: object.name.name.clone(),
        };
        acts.effects.push(Effect::Rename(object, to));
        return Some(());
    }
    match kind {
        Kind::Table => table(cursor, acts, &object.name),
        Kind::Type => value(cursor, acts, object.name),
        _ => None,
    }
}

fn rename(cursor: &mut Cursor<'_>, acts: &mut Acts, from: Object) -> Option<()> {
    let to = Name {
        schema: from.name.schema.clone(),
        name: cursor.part()?,
    };
    acts.effects.push(Effect::Rename(from, to));
    Some(())
}

fn value(cursor: &mut Cursor<'_>, acts: &mut Acts, of: Name) -> Option<()> {
    cursor.eat_all(&["ADD", "VALUE"]).then_some(())?;
    cursor.eat_all(&["IF", "NOT", "EXISTS"]);
    let value = cursor.string()?;
    acts.effects.push(Effect::AddValue { value, of });
    Some(())
}

/// The actions of an `ALTER TABLE`, one by one.
fn table(cursor: &mut Cursor<'_>, acts: &mut Acts, table: &Name) -> Option<()> {
    while !cursor.is_done() {
        let mut action = *cursor;
        while !cursor.is_done() && !cursor.is(",") {
            cursor.step();
        }
        action.tokens = action.tokens.get(..cursor.at)?;
        cursor.eat(",");
        // An action that is not understood does not hide the next one.
        let _ = one(action, acts, table);
    }
    Some(())
}

fn one(mut action: Cursor<'_>, acts: &mut Acts, table: &Name) -> Option<()> {
    let start = action.tokens.get(action.at)?.start;
    let part = |kind, name: String| Object::on(kind, Name::new(name), table.clone());
    if action.eat_all(&["ADD", "CONSTRAINT"]) {
        return constraint(action, acts, table);
    }
    if action.eat("ADD") {
        let unnamed = ["CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "EXCLUDE", "NOT"];
        if unnamed.iter().any(|word| action.is(word)) {
            let object = part(Kind::Constraint, String::new());
            acts.effects.push(Effect::Create(object, Perhaps));
            return Some(());
        }
        action.eat("COLUMN");
        let certainty = if action.eat_all(&["IF", "NOT", "EXISTS"]) {
            Perhaps
        } else {
            Sure
        };
        let object = part(Kind::Column, action.part()?);
        acts.effects.push(Effect::Create(object, certainty));
        return Some(());
    }
    if action.eat("DROP") {
        let kind = if action.eat("CONSTRAINT") {
            Kind::Constraint
        } else {
            action.eat("COLUMN");
            Kind::Column
        };
        let certainty = if_exists(&mut action);
        let object = part(kind, action.part()?);
        acts.effects.push(Effect::Drop(object, certainty));
        if action.is("CASCADE") {
            acts.effects.push(Effect::Cascade);
        }
        return Some(());
    }
    if action.eat_all(&["VALIDATE", "CONSTRAINT"]) {
        acts.effects.push(Effect::Validate {
            table: table.clone(),
            constraint: action.part()?,
        });
        return Some(());
    }
    if action.eat("RENAME") {
        let kind = if action.eat("CONSTRAINT") {
            Kind::Constraint
        } else {
            action.eat("COLUMN");
            Kind::Column
        };
        let from = part(kind, action.part()?);
        action.eat("TO").then_some(())?;
        return rename(&mut action, acts, from);
    }
    if action.eat("ALTER") {
        action.eat("COLUMN");
        let column = action.part()?;
        if action.is_all(&["SET", "NOT", "NULL"]) {
            acts.not_null.push((start, column));
        }
    }
    Some(())
}

fn constraint(mut action: Cursor<'_>, acts: &mut Acts, table: &Name) -> Option<()> {
    let constraint = action.part()?;
    let object = Object::on(
        Kind::Constraint,
        Name::new(constraint.clone()),
        table.clone(),
    );
    acts.effects.push(Effect::Create(object, Sure));
    let not_valid = action.holds(&["NOT", "VALID"]);
    if not_valid {
        acts.effects.push(Effect::NotValid {
            table: table.clone(),
            constraint: constraint.clone(),
        });
    }
    action.eat_all(&["CHECK", "("]).then_some(())?;
    while action.eat("(") {}
    let column = action.part()?;
    while action.eat(")") {}
    if action.eat_all(&["IS", "NOT", "NULL", ")"]) {
        acts.effects.push(Effect::NotNull {
            table: table.clone(),
            constraint: constraint.clone(),
            column,
        });
        if !not_valid {
            acts.effects.push(Effect::Validate {
                table: table.clone(),
                constraint,
            });
        }
    }
    Some(())
}
