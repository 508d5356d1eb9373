//! The schema that the proof of a bundle expects after one of its migrations. Pure.
//!
//! Every proven migration has its changes baked, as hashes of objects; the newest one has their definitions too.

use std::collections::BTreeMap;

use crate::bundle::{Counted, Proof};
use crate::snapshot::{Extra, Fingerprint, Object, Scope, Snapshot};

/// How many hexadecimal digits of an object's fingerprint a proof keeps.
pub const DIGITS: usize = 16;

/// The objects of a schema, known by kind and name, each with the first digits of its fingerprint.
pub type Expected<'p> = BTreeMap<(&'p str, &'p str), &'p str>;

/// How far a schema goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What the migrations make.
    Migrations,
    /// That, and what the repeatables make after the newest of them.
    Repeatables,
}

impl Proof {
    /// The schema after a migration, or after everything; `None` where it is not proven.
    #[must_use]
    pub fn at(&self, version: i64, extent: Extent) -> Option<(Fingerprint, Expected<'static>)> {
        match extent {
            Extent::Migrations => Some((self.fingerprint(version)?, self.expected(version)?)),
            Extent::Repeatables => self.whole(),
        }
    }

    /// The schema after the repeatables; `None` where there are none, or one is not proven.
    #[must_use]
    pub fn whole(&self) -> Option<(Fingerprint, Expected<'static>)> {
        let last = self
            .repeated
            .last()
            .filter(|_| self.unproven_repeatables.is_empty())?;
        let mut expected = self.stages().last().map(|(_, expected)| expected)?;
        let changes = self.repeated.iter().flat_map(|it| it.changes.lines());
        changes.for_each(|line| apply(&mut expected, line));
        Some((Fingerprint(last.fingerprint), expected))
    }

    /// Whether there is anything to compare with.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        self.points.is_empty()
    }

    /// The fingerprint of the schema after a migration.
    #[must_use]
    pub fn fingerprint(&self, version: i64) -> Option<Fingerprint> {
        self.points
            .iter()
            .find(|point| point.version == version)
            .map(|point| Fingerprint(point.fingerprint))
    }

    /// The objects after each proven migration, oldest first; before the first one there are none.
    pub fn stages(&self) -> impl Iterator<Item = (i64, Expected<'static>)> {
        let mut expected = Expected::new();
        self.points.iter().map(move |point| {
            for line in point.changes.lines() {
                apply(&mut expected, line);
            }
            (point.version, expected.clone())
        })
    }

    /// The objects after a migration; `None` where it is not proven.
    #[must_use]
    pub fn expected(&self, version: i64) -> Option<Expected<'static>> {
        self.stages()
            .find(|(at, _)| *at == version)
            .map(|(_, expected)| expected)
    }

    /// The definitions after a migration: those of the newest proven one are known.
    #[must_use]
    pub fn definitions(&self, version: i64) -> Option<Snapshot> {
        let newest = self.points.last()?;
        (newest.version == version)
            .then(|| Snapshot::from_sql(self.schema).ok())
            .flatten()
    }

    /// What of a database is compared: what `migrator.toml` says, else the schemas in which something is expected.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let mut schemas: Vec<String> = own(self.scope.schemas);
        if schemas.is_empty() {
            schemas.push("public".to_owned());
            let whole = self.whole().map(|(_, expected)| expected);
            for expected in self.stages().map(|(_, expected)| expected).chain(whole) {
                let of = expected
                    .keys()
                    .filter_map(|(kind, name)| schema_of(kind, name));
                for schema in of {
                    if !schemas.contains(&schema) {
                        schemas.push(schema);
                    }
                }
            }
        }
        let mut extras = Vec::new();
        if self.scope.comments == Counted::Yes {
            extras.push(Extra::Comments);
        }
        if self.scope.grants == Counted::Yes {
            extras.push(Extra::Grants);
        }
        Scope {
            schemas,
            ignore: own(self.scope.ignore),
            extras,
        }
    }
}

/// What a proof keeps of an object that is there after a migration, and was not, or not so, before it.
#[must_use]
pub fn change(object: &Object) -> String {
    format!("+ {} {}: {}", digits(object), object.kind, object.name)
}

/// The first digits of an object's fingerprint.
#[must_use]
pub fn digits(object: &Object) -> String {
    let mut digits = object.fingerprint().to_string();
    digits.truncate(DIGITS);
    digits
}

fn apply<'p>(expected: &mut Expected<'p>, line: &'p str) {
    let parts = || {
        let (sign, rest) = line.split_once(' ')?;
        let (digits, rest) = rest.split_once(' ')?;
        let (kind, name) = rest.split_once(": ")?;
        Some((sign, digits, kind, name))
    };
    match parts() {
        Some(("+", digits, kind, name)) => {
            expected.insert((kind, name), digits);
        }
        Some(("-", _, kind, name)) => {
            expected.remove(&(kind, name));
        }
        _ => {}
    }
}

/// The schema in which an object is, unquoted.
fn schema_of(kind: &str, name: &str) -> Option<String> {
    if matches!(kind, "extension" | "comment" | "grant") {
        return None;
    }
    match name.strip_prefix('"') {
        None => name.split('.').next().map(str::to_owned),
        Some(quoted) => {
            let mut schema = String::new();
            let mut characters = quoted.chars().peekable();
            while let Some(character) = characters.next() {
                if character == '"' && characters.next_if_eq(&'"').is_none() {
                    break;
                }
                schema.push(character);
            }
            Some(schema)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Point;

    #[test]
    fn the_changes_of_all_migrations_make_the_schema() {
        const POINTS: &[Point] = &[
            Point {
                version: 1,
                fingerprint: [1; 32],
                changes: "+ 00 schema: app\n+ 0a table: app.t\n+ 0b index: app.i",
            },
            Point {
                version: 3,
                fingerprint: [3; 32],
                changes: "+ 0c table: app.t\n- 0b index: app.i\n+ 0d table: \"A \"\"b\"\"\".t",
            },
        ];
        let proof = Proof {
            points: POINTS,
            ..Proof::ABSENT
        };
        let at = |version| {
            proof.expected(version).map(|expected| {
                let objects: Vec<String> = expected
                    .iter()
                    .map(|((kind, name), digits)| format!("{kind} {name} {digits}"))
                    .collect();
                objects
            })
        };
        assert_eq!(
            at(1),
            Some(vec![
                "index app.i 0b".to_owned(),
                "schema app 00".to_owned(),
                "table app.t 0a".to_owned()
            ])
        );
        assert_eq!(at(2), None);
        assert_eq!(
            at(3),
            Some(vec![
                "schema app 00".to_owned(),
                "table \"A \"\"b\"\"\".t 0d".to_owned(),
                "table app.t 0c".to_owned()
            ])
        );
        assert_eq!(proof.fingerprint(3), Some(Fingerprint([3; 32])));
        assert_eq!(proof.scope().schemas, ["public", "app", "A \"b\""]);
    }
}
