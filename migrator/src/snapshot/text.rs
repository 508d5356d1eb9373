//! A snapshot as the text of `schema.sql`: readable, the same for the same schema, loadable by psql; and back. Pure.

use std::fmt::{self, Write as _};

use super::{Object, Snapshot};

/// Where a text is no snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} is not what a proof writes there; write the file anew with `migrator-dev prove`",
            self.line
        )
    }
}

impl std::error::Error for Malformed {}

const HEAD: &str = "\
-- The schema that the migrations of this folder make, written by `migrator-dev prove`.
-- For reading, for review, and for psql; a change belongs into a migration.

SET check_function_bodies = off;
SELECT pg_catalog.set_config('search_path', '', false);
";

impl Snapshot {
    /// The text of `schema.sql`.
    #[must_use]
    pub fn to_sql(&self) -> String {
        let mut text = HEAD.to_owned();
        for object in &self.objects {
            let lines = object.definition.split('\n').count();
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "\n-- {}: {} ({lines})\n{};\n",
                object.kind, object.name, object.definition
            );
        }
        text
    }

    /// Reads what [`Snapshot::to_sql`] wrote. The number of lines of each object is in its heading, so that nothing
    /// inside a definition can be taken for the next heading.
    ///
    /// # Errors
    ///
    /// The first line that is not what it should be.
    pub fn from_sql(text: &str) -> Result<Self, Malformed> {
        let body = text.strip_prefix(HEAD).ok_or(Malformed { line: 1 })?;
        let mut lines = body.split('\n').enumerate();
        let offset = HEAD.matches('\n').count() + 1;
        let mut objects = Vec::new();
        while let Some((at, line)) = lines.next() {
            if line.is_empty() {
                continue;
            }
            let malformed = Malformed { line: at + offset };
            let (kind, name, count) = heading(line).ok_or_else(|| malformed.clone())?;
            let definition: Vec<&str> = lines.by_ref().take(count).map(|(_, line)| line).collect();
            let definition = definition.join("\n");
            let definition = definition.strip_suffix(';').ok_or(malformed)?;
            objects.push(Object {
                kind: kind.to_owned(),
                name: name.to_owned(),
                definition: definition.to_owned(),
            });
        }
        Ok(Self { objects })
    }
}

fn heading(line: &str) -> Option<(&str, &str, usize)> {
    let (kind, rest) = line.strip_prefix("-- ")?.split_once(": ")?;
    let (name, count) = rest.strip_suffix(')')?.rsplit_once(" (")?;
    Some((kind, name, count.parse().ok().filter(|count| *count > 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(kind: &str, name: &str, definition: &str) -> Object {
        Object {
            kind: kind.to_owned(),
            name: name.to_owned(),
            definition: definition.to_owned(),
        }
    }

    #[test]
    fn a_snapshot_survives_its_text() {
        let snapshot = Snapshot {
            objects: vec![
                object("schema", "app", "CREATE SCHEMA app"),
                object(
                    "function",
                    "app.f(a integer, b text)",
                    "CREATE FUNCTION app.f()\n\n-- table: app.t (1)\nAS ''",
                ),
            ],
        };
        assert_eq!(Snapshot::from_sql(&snapshot.to_sql()), Ok(snapshot));
        let empty = Snapshot::default();
        assert_eq!(Snapshot::from_sql(&empty.to_sql()), Ok(empty));
    }

    #[test]
    fn a_text_that_was_edited_is_told() {
        let text = Snapshot {
            objects: vec![object("schema", "app", "CREATE SCHEMA app")],
        }
        .to_sql();
        assert_eq!(Snapshot::from_sql("SELECT 1"), Err(Malformed { line: 1 }));
        let line = text.matches('\n').count();
        for edited in [
            text.replace("(1)", "(one)"),
            text.replace("app;", "app"),
            text.replace("-- schema", "<<<<<<<"),
        ] {
            assert_eq!(
                Snapshot::from_sql(&edited),
                Err(Malformed { line: line - 1 })
            );
        }
    }
}
