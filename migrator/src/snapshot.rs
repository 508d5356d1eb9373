//! The schema of a database as a list of objects, each with the statement that would make it; and its fingerprint.
//!
//! A snapshot is what a proof writes into `schema.sql` and what `verify` compares with a live database. Reading the
//! catalog is `snapshot/catalog`; what counts as equal is `snapshot/normalise`; what differs is `difference`.

mod catalog;
mod normalise;
mod order;
mod text;

use sha2::{Digest, Sha256};

use crate::blocker;
use crate::connection::Heard;
use crate::error::Error;
use crate::event::{Event, Observer};
use crate::history::{self, Fields};
use crate::quote::{Literal, hex};
use crate::session::{Session, failed};

pub use text::Malformed;

/// The schema of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The objects, each after those that it needs.
    pub objects: Vec<Object>,
}

/// One object of a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// `table`, `index`, `function`, …
    pub kind: String,
    /// Its qualified name, quoted where SQL needs it; of a function with its argument types.
    pub name: String,
    /// The statement that would make it, without a final semicolon.
    pub definition: String,
}

/// Which part of a database is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The schemas; empty: all but those of the server.
    pub schemas: Vec<String>,
    /// Objects that are left out, as `schema.name` or `schema.*`.
    pub ignore: Vec<String>,
    /// Kinds that not every history cares about.
    pub extras: Vec<Extra>,
}

/// Kinds of objects that not every history cares about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    /// Comments.
    Comments,
    /// Grants on tables, views and sequences.
    Grants,
}

/// A hash over everything that counts in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Object {
    /// What counts of the definition: two objects are equal when this is.
    #[must_use]
    pub fn essence(&self) -> String {
        normalise::essence(&self.kind, &self.definition)
    }

    /// A hash of what counts.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(self.essence()).into())
    }
}

impl Snapshot {
    /// A hash over all objects, whatever their order.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut lines: Vec<String> = self
            .objects
            .iter()
            .map(|object| format!("{} {} {}", object.kind, object.name, object.fingerprint()))
            .collect();
        lines.sort_unstable();
        Fingerprint(Sha256::digest(lines.join("\n")).into())
    }

    /// The object of a kind under a name.
    #[must_use]
    pub fn find(&self, kind: &str, name: &str) -> Option<&Object> {
        self.objects
            .iter()
            .find(|object| object.kind == kind && object.name == name)
    }
}

impl Session {
    /// Reads the schema of the database, in one message and without writing anything. A view or an expression cannot be
    /// read while another session holds its table exclusively; the observer is told whose lock is waited for.
    pub fn snapshot(&mut self, scope: &Scope, observer: Observer<'_>) -> Result<Snapshot, Error> {
        let kinds = kinds(scope);
        let mut sql = String::from(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off",
        );
        for (_, query) in &kinds {
            sql.push_str("; ");
            sql.push_str(&filled(query, scope));
        }
        sql.push_str("; ");
        sql.push_str(catalog::DEPENDENCIES);
        sql.push_str("; COMMIT");
        let results = match self.connection.attend_query(&sql, &mut |heard| {
            if let Heard::Blocked(found) = heard {
                observer(Event::Blocked {
                    blocker: &blocker::line(found),
                });
            }
        }) {
            Ok(results) => results,
            Err(error) => {
                let _ = self.send("ROLLBACK");
                return Err(failed(self.settings(), "reading the schema", &error));
            }
        };
        // The first three and the last answer are those of BEGIN, SET and COMMIT.
        let mut answers = results.into_iter().skip(3);
        let mut found = Vec::new();
        for ((kind, _), rows) in kinds.iter().zip(answers.by_ref()) {
            found.extend(rows.iter().filter_map(|row| placed(kind, row)));
        }
        found.retain(|placed| {
            !placed.object.definition.is_empty() && !scope.ignores(&placed.object)
        });
        let dependencies = answers.next().unwrap_or_default();
        Ok(Snapshot {
            objects: order::ordered(found, &dependencies),
        })
    }
}

fn kinds(scope: &Scope) -> Vec<(&'static str, &'static str)> {
    let mut kinds = catalog::QUERIES.to_vec();
    if scope.extras.contains(&Extra::Comments) {
        kinds.push(catalog::COMMENT);
    }
    if scope.extras.contains(&Extra::Grants) {
        kinds.push(catalog::GRANT);
    }
    kinds
}

fn filled(query: &str, scope: &Scope) -> String {
    let schemas = if scope.schemas.is_empty() {
        "(n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')".to_owned()
    } else {
        let names: Vec<String> = scope
            .schemas
            .iter()
            .map(|schema| Literal(schema).to_string())
            .collect();
        format!("n.nspname IN ({})", names.join(", "))
    };
    let ours = history::TABLES
        .map(|table| Literal(table).to_string())
        .join(", ");
    query
        .replace("{schemas}", &schemas)
        .replace("{ours_of_table}", &format!("(t.relname IN ({ours}))"))
        .replace("{ours}", &format!("(c.relname IN ({ours}))"))
        .replace("{collation}", catalog::COLLATION)
}

/// An object with its place in the catalog.
struct Placed {
    class: String,
    id: String,
    object: Object,
}

fn placed(kind: &str, row: &Fields) -> Option<Placed> {
    let field = |at: usize| row.get(at).cloned().flatten();
    Some(Placed {
        class: field(0)?,
        id: field(1)?,
        object: Object {
            kind: kind.to_owned(),
            name: field(2)?,
            definition: field(3)?,
        },
    })
}

impl Scope {
    /// A comment is called after what it is on (`table column app.people.name`), and is left out with it.
    fn ignores(&self, object: &Object) -> bool {
        let name = object.name.as_str();
        let within = name.match_indices(' ').map(|(at, _)| &name[at + 1..]);
        let names =
            std::iter::once(name).chain(within.filter(|_| object.kind == catalog::COMMENT.0));
        names
            .into_iter()
            .any(|name| self.ignore.iter().any(|pattern| matches(pattern, name)))
    }
}

/// Whether a name is that of a pattern, or of something that belongs to it: a column, a routine, a grant.
fn matches(pattern: &str, name: &str) -> bool {
    let rest = |prefix: &str| name.strip_prefix(prefix);
    match pattern.strip_suffix('*') {
        Some(prefix) => rest(prefix).is_some(),
        None => {
            rest(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(', ' ']))
        }
    }
}
