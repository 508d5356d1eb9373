//! What a statement does to objects, by its words.
//!
//! Only the head of the grammar is read: which kind of object, which names, and what becomes of them. What is not
//! understood has no effect here, so that a rule that asks stays silent.

mod alter;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::object::Certainty::{Perhaps, Sure};
use super::object::{Certainty, Effect, Kind, Name, Object};
use super::routine;

/// What one statement acts upon, and what it does.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Acts {
    /// What it locks, changes or takes away; rules about existing things ask whether anybody knows these.
    pub(super) subjects: Vec<Object>,
    pub(super) effects: Vec<Effect>,
    /// `SET NOT NULL` with the offset at which its action begins.
    pub(super) not_null: Vec<(usize, String)>,
}

pub(super) fn acts(words: Cursor<'_>) -> Acts {
    let mut cursor = words;
    let mut acts = Acts::default();
    // A statement that ends early is no reason to forget what was read before.
    let _ = match cursor.ahead(0).to_ascii_uppercase().as_str() {
        "CREATE" => create(&mut cursor, &mut acts),
        "DROP" => drop(&mut cursor, &mut acts),
        "ALTER" => alter::alter(&mut cursor, &mut acts),
        "TRUNCATE" => truncate(&mut cursor, &mut acts),
        "REINDEX" | "CLUSTER" | "VACUUM" => maintain(&mut cursor, &mut acts),
        "CALL" => call(&mut cursor, &mut acts),
        "SELECT" | "WITH" => select(&mut cursor, &mut acts),
        "DO" | "EXECUTE" | "IMPORT" => {
            acts.effects.push(Effect::Opaque);
            None
        }
        _ => None,
    };
    acts
}

/// The kind that words such as `MATERIALIZED VIEW` name, if it is one of those that are followed.
fn kind(cursor: &mut Cursor<'_>) -> Option<Kind> {
    const KINDS: [(&[&str], Kind); 20] = [
        (&["MATERIALIZED", "VIEW"], Kind::View),
        (&["FOREIGN", "TABLE"], Kind::Table),
        (&["EVENT", "TRIGGER"], Kind::EventTrigger),
        (&["TABLE"], Kind::Table),
        (&["VIEW"], Kind::View),
        (&["INDEX"], Kind::Index),
        (&["SEQUENCE"], Kind::Sequence),
        (&["TYPE"], Kind::Type),
        (&["DOMAIN"], Kind::Type),
        (&["FUNCTION"], Kind::Function),
        (&["PROCEDURE"], Kind::Function),
        (&["AGGREGATE"], Kind::Function),
        (&["ROUTINE"], Kind::Function),
        (&["SCHEMA"], Kind::Schema),
        (&["EXTENSION"], Kind::Extension),
        (&["STATISTICS"], Kind::Statistics),
        (&["PUBLICATION"], Kind::Publication),
        (&["TRIGGER"], Kind::Trigger),
        (&["POLICY"], Kind::Policy),
        (&["RULE"], Kind::Rule),
    ];
    KINDS
        .iter()
        .find(|(words, _)| cursor.eat_all(words))
        .map(|(_, kind)| *kind)
}

fn create(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    cursor.eat("CREATE");
    let mut certainty = Sure;
    if cursor.eat_all(&["OR", "REPLACE"]) {
        certainty = Perhaps;
    }
    while cursor.eat_any(&[
        "GLOBAL",
        "LOCAL",
        "UNLOGGED",
        "UNIQUE",
        "RECURSIVE",
        "CONSTRAINT",
    ]) {}
    if cursor.eat_any(&["TEMP", "TEMPORARY"]) {
        certainty = Perhaps;
    }
    cursor.eat("RECURSIVE");
    let kind = kind(cursor)?;
    cursor.eat("CONCURRENTLY");
    if cursor.eat_all(&["IF", "NOT", "EXISTS"]) {
        certainty = Perhaps;
    }
    let object = match kind {
        Kind::Index => {
            let name = if cursor.is("ON") {
                Name::default()
            } else {
                cursor.name()?
            };
            cursor.eat("ON").then_some(())?;
            let table = cursor.table()?;
            acts.subjects.push(Object::new(Kind::Table, table.clone()));
            if name.name.is_empty() {
                return Some(());
            }
            let schema = name.schema.or_else(|| table.schema.clone());
            Object::on(kind, Name { schema, ..name }, table)
        }
        Kind::Trigger | Kind::Policy | Kind::Rule => {
            let name = cursor.name()?;
            let before = if kind == Kind::Rule { "TO" } else { "ON" };
            cursor.seek(before).then(|| cursor.eat(before))?;
            let table = cursor.table()?;
            acts.subjects.push(Object::new(Kind::Table, table.clone()));
            Object::on(kind, name, table)
        }
        Kind::Schema => {
            cursor.eat("AUTHORIZATION");
            Object::new(kind, cursor.name()?)
        }
        _ => Object::new(kind, cursor.name()?),
    };
    let object = if kind == Kind::Table && cursor.eat_all(&["PARTITION", "OF"]) {
        Object::on(kind, object.name, cursor.name()?)
    } else {
        object
    };
    if kind == Kind::Function && routine::commits(*cursor) {
        acts.effects.push(Effect::Committing(object.name.clone()));
    }
    acts.effects.push(Effect::Create(object, certainty));
    Some(())
}

fn drop(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    cursor.eat("DROP");
    if cursor.is("OWNED") {
        acts.effects.push(Effect::Opaque);
        return None;
    }
    let kind = kind(cursor)?;
    cursor.eat("CONCURRENTLY");
    let certainty = if cursor.eat_all(&["IF", "EXISTS"]) {
        Perhaps
    } else {
        Sure
    };
    loop {
        let name = cursor.name()?;
        if cursor.is("(") {
            cursor.step();
        }
        let object = if cursor.eat("ON") {
            let table = cursor.name()?;
            acts.subjects.push(Object::new(Kind::Table, table.clone()));
            Object::on(kind, name, table)
        } else {
            let object = Object::new(kind, name);
            acts.subjects.push(object.clone());
            object
        };
        acts.effects.push(Effect::Drop(object, certainty));
        if !cursor.eat(",") {
            break;
        }
    }
    if cursor.is("CASCADE") {
        acts.effects.push(Effect::Cascade);
    }
    Some(())
}

fn truncate(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    cursor.eat("TRUNCATE");
    cursor.eat("TABLE");
    loop {
        acts.subjects
            .push(Object::new(Kind::Table, cursor.table()?));
        if !cursor.eat(",") {
            return Some(());
        }
    }
}

fn maintain(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    cursor.at += 1;
    if cursor.is("(") {
        cursor.step();
    }
    while cursor.eat_any(&["FULL", "FREEZE", "VERBOSE", "ANALYZE"]) {}
    let index = cursor.eat("INDEX");
    cursor.eat_any(&["TABLE", "SCHEMA", "DATABASE", "SYSTEM"]);
    cursor.eat("CONCURRENTLY");
    let kind = if index { Kind::Index } else { Kind::Table };
    acts.subjects.push(Object::new(kind, cursor.name()?));
    Some(())
}

fn call(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    acts.effects.push(Effect::Opaque);
    cursor.eat("CALL");
    acts.effects.push(Effect::Call(cursor.name()?));
    Some(())
}

/// A query may call a function that does anything, and `SELECT … INTO` creates a table.
fn select(cursor: &mut Cursor<'_>, acts: &mut Acts) -> Option<()> {
    acts.effects.push(Effect::Opaque);
    cursor.seek("INTO").then(|| cursor.eat("INTO"))?;
    while cursor.eat_any(&["TEMP", "TEMPORARY", "UNLOGGED", "TABLE"]) {}
    let table = Object::new(Kind::Table, cursor.name()?);
    acts.effects.push(Effect::Create(table, Perhaps));
    Some(())
}

/// `IF EXISTS`.
fn if_exists(cursor: &mut Cursor<'_>) -> Certainty {
    if cursor.eat_all(&["IF", "EXISTS"]) {
        Perhaps
    } else {
        Sure
    }
}
