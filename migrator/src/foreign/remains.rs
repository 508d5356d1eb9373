//! What other tools' histories leave in a schema: their tables, and what belongs to those. That is nobody's drift: an
//! adopted database keeps them for as long as its owner likes. Pure.

use crate::difference::{Difference, Fault};
use crate::quote::Identifier;

use super::Candidate;
use super::detect::{is_neighbour, recognise};

/// The tables that other tools have left, as the catalog's `format('%I.%I')` writes their names.
pub(crate) fn remains(candidates: &[Candidate], ours: &str) -> Vec<String> {
    let found = recognise(candidates, ours);
    let beside = candidates.iter().filter(|candidate| {
        let same = |schema: &str| schema == candidate.schema;
        is_neighbour(candidate) && found.iter().any(|found| same(&found.schema))
    });
    found
        .iter()
        .map(|found| qualified(&found.schema, &found.table))
        .chain(beside.map(|candidate| qualified(&candidate.schema, &candidate.table)))
        .collect()
}

fn qualified(schema: &str, table: &str) -> String {
    let shown = |name: &str| {
        let plain = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        let begins = name.starts_with(plain);
        if begins && name.chars().all(|it| plain(it) || it.is_ascii_digit()) {
            name.to_owned()
        } else {
            Identifier(name).to_string()
        }
    };
    format!("{}.{}", shown(schema), shown(table))
}

/// Whether an object that nobody expects is one of these tables, or belongs to one.
pub(crate) fn is_left(tables: &[String], difference: &Difference) -> bool {
    difference.fault == Fault::Unexpected && belongs(tables, &difference.kind, &difference.name)
}

/// Whether an object is one of these tables, or belongs to one.
pub(crate) fn belongs(tables: &[String], kind: &str, name: &str) -> bool {
    let named = ["index", "sequence", "sequence owner"];
    let of = |table: &String| match name.strip_prefix(table.as_str()) {
        Some("") => true,
        Some(rest) if rest.starts_with('.') => true,
        // Both are named after their table.
        Some(rest) => rest.starts_with('_') && named.contains(&kind),
        None => false,
    };
    tables.iter().any(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(schema: &str, table: &str, columns: &[(&str, &str)]) -> Candidate {
        let owned = |(name, of): &(&str, &str)| ((*name).to_owned(), (*of).to_owned());
        Candidate {
            schema: schema.to_owned(),
            table: table.to_owned(),
            columns: columns.iter().map(owned).collect(),
        }
    }

    #[test]
    fn what_belongs_to_a_history_is_left_by_its_tool() {
        let tables = remains(
            &[
                candidate(
                    "public",
                    "alembic_version",
                    &[("version_num", "character varying")],
                ),
                candidate("Odd", "schema_migrations", &[("version", "text")]),
                candidate("Odd", "ar_internal_metadata", &[("key", "text")]),
                candidate("public", "schema_version", &[("of", "text")]),
            ],
            "public",
        );
        assert_eq!(
            tables,
            [
                "public.alembic_version",
                "\"Odd\".schema_migrations",
                "\"Odd\".ar_internal_metadata"
            ]
        );
        for (fault, kind, name, left) in [
            (Fault::Unexpected, "table", "public.alembic_version", true),
            (
                Fault::Unexpected,
                "constraint",
                "public.alembic_version.alembic_version_pkc",
                true,
            ),
            (
                Fault::Unexpected,
                "sequence",
                "public.alembic_version_id_seq",
                true,
            ),
            (
                Fault::Unexpected,
                "table",
                "public.alembic_version_of_mine",
                false,
            ),
            (Fault::Unexpected, "table", "public.alembic", false),
            (
                Fault::Unexpected,
                "table",
                "\"Odd\".ar_internal_metadata",
                true,
            ),
            (Fault::Different, "table", "public.alembic_version", false),
            (Fault::Missing, "table", "public.alembic_version", false),
        ] {
            let difference = Difference {
                fault,
                kind: kind.to_owned(),
                name: name.to_owned(),
                expected: None,
                found: None,
            };
            assert_eq!(is_left(&tables, &difference), left, "{kind} {name}");
        }
    }
}
