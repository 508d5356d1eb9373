//! What differs between the schema that is expected and the one that was found. Pure.
//!
//! Reading a schema is `snapshot`; what follows from a difference is `verify`.

use std::collections::BTreeMap;

use crate::snapshot::{Object, Snapshot};

/// One object that is not as expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference<'s> {
    /// Expected, and not there.
    Missing(&'s Object),
    /// There, and not expected.
    Unexpected(&'s Object),
    /// There, but other than expected.
    Different {
        /// As expected.
        expected: &'s Object,
        /// As found.
        found: &'s Object,
    },
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

impl<'s> Difference<'s> {
    /// The object, as expected where it was.
    #[must_use]
    pub const fn object(&self) -> &'s Object {
        match self {
            Self::Missing(object)
            | Self::Unexpected(object)
            | Self::Different {
                expected: object, ..
            } => object,
        }
    }

    /// `missing`, `unexpected` or `different`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Unexpected(_) => "unexpected",
            Self::Different { .. } => "different",
        }
    }
}

/// Every object that is not as expected: in the order of the expected ones, then what is unexpected.
#[must_use]
pub fn differences<'s>(expected: &'s Snapshot, found: &'s Snapshot) -> Vec<Difference<'s>> {
    let mut there = by_name(found);
    let mut differences: Vec<Difference<'s>> = Vec::new();
    for object in &expected.objects {
        match there.remove(&(object.kind.as_str(), object.name.as_str())) {
            None => differences.push(Difference::Missing(object)),
            Some(found) if found.essence() != object.essence() => {
                differences.push(Difference::Different {
                    expected: object,
                    found,
                });
            }
            Some(_) => {}
        }
    }
    // An index or trigger of a table that is unexpected is no news of its own; it is listed all the same, because a
    // person who removes the table would have to know.
    let unexpected = found
        .objects
        .iter()
        .filter(|object| there.contains_key(&(object.kind.as_str(), object.name.as_str())));
    differences.extend(unexpected.map(Difference::Unexpected));
    differences
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
        let told: Vec<(&str, &str, &str)> = differences(&expected, &found)
            .iter()
            .map(|difference| {
                let object = difference.object();
                (
                    difference.word(),
                    object.kind.as_str(),
                    object.name.as_str(),
                )
            })
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
