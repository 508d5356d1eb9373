//! How each tool's table is read: one query, whose rows are the same whoever's table it is. Columns that only some
//! versions of a tool have are taken from the row as JSON, where a missing one is NULL.

use crate::quote::Identifier;

use super::{Found, Tool};

/// What a tool's columns mean, as expressions over a row `h` of its table `{t}` in schema `{s}`.
struct Facts {
    key: &'static str,
    alias: &'static str,
    name: &'static str,
    checksum: &'static str,
    /// One of the words of [`super::entry::State`].
    state: &'static str,
    why: &'static str,
    /// `WHERE …`, `ORDER BY …`.
    rest: &'static str,
}

const NOTHING: &str = "NULL";

/// What sqitch calls a change. One that was reworked is there once more, and its earlier script is named after the tag
/// that came next.
const REWORKED: &str = "h.change || CASE WHEN EXISTS (SELECT FROM {t} l WHERE l.project = h.project AND l.change = h.change \
     AND l.committed_at > h.committed_at) THEN COALESCE((SELECT g.tag FROM {s}.tags g JOIN {t} c \
     ON c.change_id = g.change_id WHERE c.project = h.project AND c.committed_at >= h.committed_at \
     ORDER BY c.committed_at LIMIT 1), '') ELSE '' END";

/// A tool that keeps a row for each applied version, and nothing else of interest.
const fn versions(key: &'static str, rest: &'static str) -> Facts {
    Facts {
        key,
        alias: NOTHING,
        name: NOTHING,
        checksum: NOTHING,
        state: "'applied'",
        why: NOTHING,
        rest,
    }
}

const fn facts(tool: Tool) -> Facts {
    match tool {
        Tool::Alembic => Facts {
            state: "'position'",
            ..versions("h.version_num", "ORDER BY h.version_num")
        },
        // Bits of the type: 1 stands for everything before it, 2 was executed, 4 was set by hand. Rows that begin with
        // a dot are the tool's own notes.
        Tool::Atlas => Facts {
            name: "CASE WHEN (j ->> 'type')::bigint & 1 = 1 THEN NULL ELSE j ->> 'description' END",
            // The hash of a file covers those before it, as far as they were there when it was applied.
            checksum: "CASE WHEN (j ->> 'type')::bigint & 2 = 2 AND h.executed_at >= \
                       pg_catalog.max(h.executed_at) OVER (ORDER BY h.version COLLATE \"C\") THEN h.hash END",
            state: "CASE WHEN COALESCE(j ->> 'error', '') <> '' OR h.applied < h.total THEN 'broken' \
                    WHEN (j ->> 'type')::bigint & 1 = 1 THEN 'baseline' ELSE 'applied' END",
            why: "h.applied || ' of ' || h.total || ' statements were applied: ' || COALESCE(j ->> 'error', '')",
            ..versions(
                "h.version",
                "WHERE h.version NOT LIKE '.%' ORDER BY h.version COLLATE \"C\"",
            )
        },
        Tool::Dbmate | Tool::Diesel | Tool::Rails => {
            versions("h.version", "ORDER BY h.version COLLATE \"C\"")
        }
        Tool::Django => Facts {
            name: "pg_catalog.regexp_replace(h.name, '^[0-9]+_', '')",
            ..versions("h.app || '.' || h.name", "ORDER BY h.id")
        },
        // The last row of a version decides: it may have been undone since, or its file deleted.
        Tool::Flyway => Facts {
            name: "CASE WHEN h.type LIKE '%BASELINE' THEN NULL ELSE h.description END",
            checksum: "h.checksum",
            state: "CASE WHEN NOT h.success THEN 'broken' WHEN h.type LIKE 'UNDO%' OR h.type = 'DELETE' THEN 'undone' \
                    WHEN h.type LIKE '%BASELINE' THEN 'baseline' WHEN h.version IS NULL THEN 'repeatable' \
                    ELSE 'applied' END",
            why: "'success is false since ' || h.installed_on",
            ..versions(
                "COALESCE(h.version, h.script)",
                "WHERE h.type <> 'SCHEMA' AND (NOT h.success OR NOT EXISTS (SELECT FROM {t} l \
                 WHERE COALESCE(l.version, l.script) = COALESCE(h.version, h.script) \
                 AND l.installed_rank > h.installed_rank)) ORDER BY h.installed_rank",
            )
        },
        Tool::GolangMigrate => Facts {
            state: "CASE WHEN h.dirty THEN 'broken' ELSE 'position' END",
            why: "'it is dirty'",
            ..versions("h.version", "ORDER BY h.version")
        },
        // The last row of a version decides; version 0 is the table's own beginning.
        Tool::Goose => Facts {
            state: "CASE WHEN h.is_applied THEN 'applied' ELSE 'undone' END",
            ..versions(
                "h.version_id",
                "WHERE h.version_id <> 0 AND NOT EXISTS (SELECT FROM {t} l \
                 WHERE l.version_id = h.version_id AND l.id > h.id) ORDER BY h.version_id",
            )
        },
        Tool::Knex | Tool::NodePgMigrate => versions("h.name", "ORDER BY h.id"),
        Tool::Liquibase => Facts {
            alias: "h.id",
            name: "h.id",
            state: "CASE h.exectype WHEN 'FAILED' THEN 'broken' WHEN 'SKIPPED' THEN 'undone' ELSE 'applied' END",
            why: "'its exectype is ' || h.exectype",
            ..versions(
                "h.filename || '::' || h.id || '::' || h.author",
                "ORDER BY h.orderexecuted",
            )
        },
        Tool::Plain => versions(
            "h.migration_name",
            "ORDER BY h.applied_at, h.migration_name",
        ),
        // One that failed and was rolled back may have been applied by a later row.
        Tool::Prisma => Facts {
            checksum: "h.checksum",
            state: "CASE WHEN h.rolled_back_at IS NOT NULL THEN 'undone' WHEN h.finished_at IS NULL THEN 'broken' \
                    ELSE 'applied' END",
            why: "'it was started and never finished'",
            ..versions(
                "h.migration_name",
                "ORDER BY h.migration_name COLLATE \"C\", h.finished_at",
            )
        },
        Tool::Refinery => Facts {
            name: "h.name",
            checksum: "h.checksum",
            ..versions("h.version", "ORDER BY h.version")
        },
        Tool::Sqitch => Facts {
            // Unlike the key, it tells the projects of one registry apart.
            alias: "h.project || ':' || h.change",
            ..versions(REWORKED, "ORDER BY h.committed_at")
        },
        Tool::Sqlx => Facts {
            name: "h.description",
            checksum: "pg_catalog.encode(h.checksum, 'hex')",
            state: "CASE WHEN h.success THEN 'applied' ELSE 'broken' END",
            why: "'success is false'",
            ..versions("h.version", "ORDER BY h.version")
        },
        // It counts its files from 1; 0 is before the first.
        Tool::Tern => Facts {
            state: "'position'",
            ..versions("h.version", "WHERE h.version <> 0")
        },
    }
}

/// The query for the rows of a history: key, alias, name, checksum, state, reason, row.
#[must_use]
pub fn query(found: &Found) -> String {
    let facts = facts(found.tool);
    let table = qualified(&found.schema, &found.table);
    format!(
        "SELECT ({})::text, {}::text, {}::text, {}::text, {}, {}, j::text \
         FROM {table} h CROSS JOIN LATERAL pg_catalog.to_jsonb(h) AS j {}",
        facts
            .key
            .replace("{t}", &table)
            .replace("{s}", &Identifier(&found.schema).to_string()),
        facts.alias,
        facts.name,
        facts.checksum,
        facts.state,
        facts.why,
        facts.rest.replace("{t}", &table),
    )
}

/// What names a row `h`, as an expression.
pub(super) const fn key_of(tool: Tool) -> &'static str {
    facts(tool).key
}

/// A condition under which a history says nothing of a name that is applied: looked up for a few names, compared with
/// all that it says for many.
pub(super) fn lacks(found: &Found, name: &str, names: usize) -> String {
    let facts = facts(found.tool);
    let table = qualified(&found.schema, &found.table);
    let key = facts.key;
    let applied = format!("({}) IN ('applied', 'baseline')", facts.state);
    // Only one tool needs it, and it is not cheap.
    let json = if facts.state.contains("j ->>") {
        "CROSS JOIN LATERAL pg_catalog.to_jsonb(h) AS j"
    } else {
        ""
    };
    let rest = facts.rest.replace("{t}", &table);
    let rest = match rest.split_once("ORDER BY") {
        Some(("", _)) => "WHERE true",
        Some((condition, _)) => condition,
        None => rest.as_str(),
    };
    if names <= FEW {
        // No join is made of it, so that only rows of that name are looked at further.
        return format!(
            "(SELECT true FROM {table} h {json} {rest} AND ({key})::text = {name} AND {applied} LIMIT 1) IS NULL"
        );
    }
    format!(
        "{name} NOT IN (SELECT ({key})::text FROM {table} h {json} {rest} AND {key} IS NOT NULL AND {applied})"
    )
}

/// How many names are looked up one by one.
const FEW: usize = 16;

/// A table's name in SQL.
pub(super) fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", Identifier(schema), Identifier(table))
}

/// What a tool's users do about a row that was not carried out as a whole.
#[must_use]
pub const fn repair(tool: Tool) -> &'static str {
    match tool {
        Tool::Flyway => "`flyway repair`",
        Tool::GolangMigrate => "`migrate force VERSION`",
        Tool::Prisma => {
            "`prisma migrate resolve --applied NAME` or `prisma migrate resolve --rolled-back NAME`"
        }
        Tool::Atlas => "`atlas migrate apply`, or `atlas migrate set VERSION`",
        Tool::Liquibase => "`liquibase update`",
        Tool::Sqlx => "`DELETE FROM _sqlx_migrations WHERE NOT success`",
        _ => "the tool itself",
    }
}
