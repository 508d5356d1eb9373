//! What a database holds, counted: the objects that make it other than empty.
//!
//! A schema, an extension and what belongs to one do not: a server's administrator provides them for an empty
//! database. Neither do our own tables.

use std::fmt;

use crate::bundle::Scope;
use crate::history::{Fields, TABLES};
use crate::quote::Literal;

/// How many names of a kind are read.
const NAMED: usize = 3;

/// The objects of a database, counted by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// The kinds, the most frequent first.
    pub kinds: Vec<Kind>,
}

/// The objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `table`, `view`, `function`, …
    pub kind: String,
    /// How many there are.
    pub count: usize,
    /// The first of their names.
    pub names: Vec<String>,
}

impl Objects {
    /// Whether there are none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.kinds.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kinds.iter().map(|kind| kind.count).sum()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.count, self.kind)
    }
}

/// "2 tables, 1 function".
impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<String> = self.kinds.iter().map(ToString::to_string).collect();
        f.write_str(&kinds.join(", "))
    }
}

/// The query that counts them: kind, how many, and the first names, in lines. Reads the catalog only.
pub(super) fn query(scope: &Scope) -> String {
    let schemas = if scope.schemas.is_empty() {
        "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'".to_owned()
    } else {
        let names = scope.schemas.iter().map(|name| Literal(name).to_string());
        format!("n.nspname IN ({})", names.collect::<Vec<_>>().join(", "))
    };
    let ours = TABLES.map(|table| Literal(table).to_string()).join(", ");
    let mut counted = vec!["true".to_owned()];
    let ignored = scope.ignore.iter();
    counted.extend(ignored.map(|pattern| format!("NOT ({})", matches(pattern))));
    let counted = counted.join(" AND ");
    format!(
        "SELECT kind, pg_catalog.count(*), pg_catalog.array_to_string((pg_catalog.array_agg(name ORDER BY name))[1:{NAMED}], E'\\n') \
         FROM (SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' \
         WHEN 'f' THEN 'foreign table' ELSE 'table' END AS kind, \
         pg_catalog.format('%I.%I', n.nspname, c.relname) AS name \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE {schemas} AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relname NOT IN ({ours}) \
         AND NOT {class} \
         UNION ALL SELECT 'function', pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, \
         pg_catalog.pg_get_function_identity_arguments(p.oid)) \
         FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         WHERE {schemas} AND NOT {function} \
         UNION ALL SELECT 'type', pg_catalog.format('%I.%I', n.nspname, t.typname) \
         FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE {schemas} AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))) AND NOT {of_type}) AS objects \
         WHERE {counted} GROUP BY kind ORDER BY 2 DESC, 1",
        class = belongs("pg_class", "c.oid"),
        function = belongs("pg_proc", "p.oid"),
        of_type = belongs("pg_type", "t.oid"),
    )
}

/// Whether an object belongs to an extension, or to another object that made it.
fn belongs(catalog: &str, id: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.{catalog}'::pg_catalog.regclass \
         AND d.objid = {id} AND (d.deptype IN ('e', 'i') \
         OR (d.deptype = 'a' AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.classid = d.refclassid)))"
    )
}

/// Whether a name is one of those that `[verify] ignore` leaves out, as [`crate::snapshot::Scope`] understands it.
fn matches(pattern: &str) -> String {
    let begins = |prefix: &str| format!("pg_catalog.starts_with(name, {})", Literal(prefix));
    match pattern.strip_suffix('*') {
        Some(prefix) => begins(prefix),
        None => format!(
            "name = {} OR {} OR {}",
            Literal(pattern),
            begins(&format!("{pattern}.")),
            begins(&format!("{pattern}(")),
        ),
    }
}

/// Reads the answer to [`query`].
pub(super) fn read(rows: &[Fields]) -> Objects {
    let kinds = rows.iter().map(|row| {
        let field = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        Kind {
            kind: field(0).to_owned(),
            count: field(1).parse().unwrap_or(1),
            names: field(2).lines().map(str::to_owned).collect(),
        }
    });
    Objects {
        kinds: kinds.collect(),
    }
}
