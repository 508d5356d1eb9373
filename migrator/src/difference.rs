//! What differs between the schema that is expected and the one that was found. Pure.
//!
//! Reading a schema is `snapshot`; what follows from a difference is `verify`.

use std::collections::BTreeMap;

use crate::snapshot::{Object, Snapshot};

/// One object that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is wrong with it.
    pub fault: Fault,
    /// `table`, `index`, `function`, …
    pub kind: String,
    /// Its qualified name.
    pub name: String,
    /// The expected definition, where it is known: of a database, for the newest proven version only.
    pub expected: Option<String>,
    /// The definition that was found.
    pub found: Option<String>,
}

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Expected, and not there.
    Missing,
    /// There, and not expected.
    Unexpected,
    /// There, but other than expected.
    Different,
}

impl Fault {
    /// The word in output.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::Different => "different",
        }
    }
}

/// How two schemas compare as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Nothing differs.
    Exact,
    /// Only the order of columns differs.
    ColumnOrder,
    /// Something else differs.
    Different,
}

/// Every object that is not as expected: in the order of the expected ones, then what is unexpected.
#[must_use]
pub fn differences(expected: &Snapshot, found: &Snapshot) -> Vec<Difference> {
    let mut there = by_name(found);
    let mut differences = Vec::new();
    for object in &expected.objects {
        let found = there.remove(&(object.kind.as_str(), object.name.as_str()));
        let fault = match found {
            None => Fault::Missing,
            Some(found) if found.essence() != object.essence() => Fault::Different,
            Some(_) => continue,
        };
        differences.push(Difference {
            fault,
            kind: object.kind.clone(),
            name: object.name.clone(),
            expected: Some(object.definition.clone()),
            found: found.map(|found| found.definition.clone()),
        });
    }
    let surplus = found
        .objects
        .iter()
        .filter(|object| there.contains_key(&(object.kind.as_str(), object.name.as_str())));
    differences.extend(surplus.map(unexpected));
    differences
}

/// An object that nobody expects. The index of a table that is unexpected is no news of its own; it is told all the
/// same, because a person who removes the table would have to know.
pub(crate) fn unexpected(object: &Object) -> Difference {
    Difference {
        fault: Fault::Unexpected,
        kind: object.kind.clone(),
        name: object.name.clone(),
        expected: None,
        found: Some(object.definition.clone()),
    }
}

fn by_name(snapshot: &Snapshot) -> BTreeMap<(&str, &str), &Object> {
    snapshot
        .objects
        .iter()
        .map(|object| ((object.kind.as_str(), object.name.as_str()), object))
        .collect()
}

/// How two schemas compare as a whole.
#[must_use]
pub fn likeness(expected: &Snapshot, found: &Snapshot) -> Likeness {
    if !differences(expected, found).is_empty() {
        return Likeness::Different;
    }
    let reordered = expected.objects.iter().any(|object| {
        object.kind == "table"
            && found
                .find(&object.kind, &object.name)
                .is_some_and(|found| found.definition != object.definition)
    });
    if reordered {
        Likeness::ColumnOrder
    } else {
        Likeness::Exact
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(objects: &[(&str, &str, &str)]) -> Snapshot {
        let object = |(kind, name, definition): &(&str, &str, &str)| Object {
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
            definition: (*definition).to_owned(),
        };
        Snapshot {
            objects: objects.iter().map(object).collect(),
        }
    }

    #[test]
    fn what_is_missing_unexpected_and_different_is_told() {
        let expected = snapshot(&[
            ("table", "t", "CREATE TABLE t ()"),
            ("index", "i", "CREATE INDEX i"),
            ("view", "v", "CREATE VIEW v  AS SELECT 1"),
        ]);
        let found = snapshot(&[
            ("table", "t", "CREATE TABLE t (a)"),
            ("view", "v", "CREATE VIEW v AS SELECT 1"),
            ("view", "i", "CREATE VIEW i"),
        ]);
        let differences = differences(&expected, &found);
        let told: Vec<(&str, &str, &str)> = differences
            .iter()
            .map(|it| (it.fault.word(), it.kind.as_str(), it.name.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("different", "table", "t"),
                ("missing", "index", "i"),
                ("unexpected", "view", "i"),
            ]
        );
        assert_eq!(likeness(&expected, &found), Likeness::Different);
        assert_eq!(likeness(&expected, &expected), Likeness::Exact);
    }

    #[test]
    fn another_order_of_columns_is_told_apart() {
        let one = snapshot(&[(
            "table",
            "t",
            "CREATE TABLE t (\n    a integer,\n    b text\n)",
        )]);
        let other = snapshot(&[(
            "table",
            "t",
            "CREATE TABLE t (\n    b text,\n    a integer\n)",
        )]);
        assert_eq!(likeness(&one, &other), Likeness::ColumnOrder);
        let third = snapshot(&[(
            "table",
            "t",
            "CREATE TABLE t (\n    b text,\n    a bigint\n)",
        )]);
        assert_eq!(likeness(&one, &third), Likeness::Different);
    }
}
