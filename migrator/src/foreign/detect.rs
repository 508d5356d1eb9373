//! Which tables are another tool's history: by name and columns, in every schema. Several tools use one name.

mod beside;

use crate::history::{Fields, HISTORY};
use crate::quote::Literal;

use super::Tool;
use beside::RAILS_NEIGHBOUR;

pub(super) use beside::LOCK_TABLES;
pub use beside::{is_neighbour, lock_table};

/// A table whose name is that of a tool's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The schema's name, unquoted.
    pub schema: String,
    /// The table's name, unquoted.
    pub table: String,
    /// Its columns in order, each with its type as PostgreSQL spells it, without a length.
    pub columns: Vec<(String, String)>,
}

/// Another tool's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Whose it is.
    pub tool: Tool,
    /// The schema's name, unquoted.
    pub schema: String,
    /// The table's name, unquoted.
    pub table: String,
}

impl Found {
    /// The table's qualified name, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{}.{}", self.schema, self.table)
    }
}

/// What types a column may have.
#[derive(Clone, Copy)]
enum Type {
    /// `text` or `varchar`.
    Text,
    /// An integer of any width.
    Integer,
    /// A time of any kind.
    Time,
    /// `boolean`.
    Boolean,
    /// `bytea`.
    Bytes,
    /// Any.
    Any,
}

impl Type {
    fn accepts(self, name: &str) -> bool {
        match self {
            Self::Text => ["text", "character varying", "character"].contains(&name),
            Self::Integer => ["smallint", "integer", "bigint"].contains(&name),
            Self::Time => name.starts_with("timestamp"),
            Self::Boolean => name == "boolean",
            Self::Bytes => name == "bytea",
            Self::Any => true,
        }
    }
}

/// The table of a tool: its names, and the columns that tell it from other tables of that name.
struct Shape {
    tool: Tool,
    tables: &'static [&'static str],
    columns: &'static [(&'static str, Type)],
    others: Others,
}

/// Whether a table may have columns that its shape does not name.
enum Others {
    Allowed,
    Forbidden,
}

const fn shape(
    tool: Tool,
    tables: &'static [&'static str],
    columns: &'static [(&'static str, Type)],
) -> Shape {
    Shape {
        tool,
        tables,
        columns,
        others: Others::Allowed,
    }
}

const fn exact(
    tool: Tool,
    tables: &'static [&'static str],
    columns: &'static [(&'static str, Type)],
) -> Shape {
    Shape {
        tool,
        tables,
        columns,
        others: Others::Forbidden,
    }
}

const SHAPES: [Shape; 18] = [
    exact(
        Tool::Alembic,
        &["alembic_version"],
        &[("version_num", Type::Text)],
    ),
    shape(
        Tool::Atlas,
        &["atlas_schema_revisions"],
        &[
            ("version", Type::Text),
            ("applied", Type::Integer),
            ("total", Type::Integer),
            ("executed_at", Type::Time),
            ("hash", Type::Text),
        ],
    ),
    // Told from Rails by what is beside it.
    exact(
        Tool::Dbmate,
        &["schema_migrations"],
        &[("version", Type::Text)],
    ),
    shape(
        Tool::Diesel,
        &["__diesel_schema_migrations"],
        &[("version", Type::Text), ("run_on", Type::Time)],
    ),
    shape(
        Tool::Django,
        &["django_migrations"],
        &[
            ("app", Type::Text),
            ("name", Type::Text),
            ("applied", Type::Time),
        ],
    ),
    shape(
        Tool::Flyway,
        &["flyway_schema_history", "schema_version"],
        &[
            ("installed_rank", Type::Integer),
            ("version", Type::Text),
            ("description", Type::Text),
            ("type", Type::Text),
            ("script", Type::Text),
            ("checksum", Type::Integer),
            ("installed_on", Type::Time),
            ("success", Type::Boolean),
        ],
    ),
    shape(
        Tool::GolangMigrate,
        &["schema_migrations"],
        &[("version", Type::Integer), ("dirty", Type::Boolean)],
    ),
    shape(
        Tool::Goose,
        &["goose_db_version"],
        &[
            ("id", Type::Integer),
            ("version_id", Type::Integer),
            ("is_applied", Type::Boolean),
        ],
    ),
    shape(
        Tool::Knex,
        &["knex_migrations"],
        &[
            ("id", Type::Integer),
            ("name", Type::Text),
            ("batch", Type::Integer),
        ],
    ),
    shape(
        Tool::Liquibase,
        &["databasechangelog"],
        &[
            ("id", Type::Text),
            ("author", Type::Text),
            ("filename", Type::Text),
            ("orderexecuted", Type::Integer),
            ("exectype", Type::Text),
        ],
    ),
    shape(
        Tool::NodePgMigrate,
        &["pgmigrations"],
        &[
            ("id", Type::Integer),
            ("name", Type::Text),
            ("run_on", Type::Time),
        ],
    ),
    shape(
        Tool::Plain,
        &["schema_migrations"],
        &[("migration_name", Type::Text), ("applied_at", Type::Any)],
    ),
    shape(
        Tool::Prisma,
        &["_prisma_migrations"],
        &[
            ("checksum", Type::Text),
            ("finished_at", Type::Time),
            ("migration_name", Type::Text),
            ("rolled_back_at", Type::Time),
        ],
    ),
    // Told from dbmate by what is beside it.
    exact(
        Tool::Rails,
        &["schema_migrations"],
        &[("version", Type::Text)],
    ),
    shape(
        Tool::Refinery,
        &[HISTORY],
        &[
            ("version", Type::Integer),
            ("name", Type::Text),
            ("applied_on", Type::Text),
            ("checksum", Type::Text),
        ],
    ),
    shape(
        Tool::Sqitch,
        &["changes"],
        &[
            ("change_id", Type::Text),
            ("change", Type::Text),
            ("project", Type::Text),
            ("committed_at", Type::Time),
            ("planned_at", Type::Time),
        ],
    ),
    shape(
        Tool::Sqlx,
        &["_sqlx_migrations"],
        &[
            ("version", Type::Integer),
            ("description", Type::Text),
            ("success", Type::Boolean),
            ("checksum", Type::Bytes),
        ],
    ),
    exact(
        Tool::Tern,
        &["schema_version"],
        &[("version", Type::Integer)],
    ),
];

impl Shape {
    fn fits(&self, candidate: &Candidate) -> bool {
        self.tables.contains(&candidate.table.as_str()) && self.has_columns(candidate)
    }

    fn has_columns(&self, candidate: &Candidate) -> bool {
        let has = |name: &str, of: Type| {
            let mut columns = candidate.columns.iter();
            columns.any(|(found, found_type)| found == name && of.accepts(found_type))
        };
        let lone = match self.others {
            Others::Allowed => true,
            Others::Forbidden => candidate.columns.len() == self.columns.len(),
        };
        lone && self.columns.iter().all(|(name, of)| has(name, *of))
    }
}

/// A query for every table with the name of a tool's history, in any schema. Reads the catalog only, and needs no
/// privilege on the tables. Its columns are schema, table, and the columns as `name type`, in lines.
#[must_use]
pub fn candidates() -> String {
    let mut names: Vec<&str> = SHAPES
        .iter()
        .flat_map(|shape| shape.tables)
        .copied()
        .collect();
    names.push(RAILS_NEIGHBOUR);
    names.extend(LOCK_TABLES.map(|(_, table)| table));
    names.sort_unstable();
    names.dedup();
    tables(&names)
}

/// The same for tables of one name.
#[must_use]
pub fn candidates_called(table: &str) -> String {
    tables(&[table])
}

fn tables(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| Literal(name).to_string()).collect();
    format!(
        "SELECT n.nspname, c.relname, (SELECT pg_catalog.string_agg(\
         a.attname || ' ' || pg_catalog.format_type(a.atttypid, NULL), E'\\n' ORDER BY a.attnum) \
         FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND c.relname IN ({}) AND n.nspname !~ '^pg_' ORDER BY 1, 2",
        names.join(", ")
    )
}

/// Reads a row of [`candidates`].
#[must_use]
pub fn read_candidate(fields: &Fields) -> Candidate {
    let field = |at: usize| fields.get(at).cloned().flatten().unwrap_or_default();
    let columns = field(2);
    Candidate {
        schema: field(0),
        table: field(1),
        columns: columns
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, of)| (name.to_owned(), of.to_owned()))
            .collect(),
    }
}

/// The histories among these tables, in the order in which they came. refinery's table in `ours`, the schema of our
/// own history, is not another tool's.
#[must_use]
pub fn recognise(candidates: &[Candidate], ours: &str) -> Vec<Found> {
    let neighbour = |schema: &str| {
        candidates
            .iter()
            .any(|other| other.schema == schema && other.table == RAILS_NEIGHBOUR)
    };
    let tool_of = |candidate: &Candidate| {
        let shape = SHAPES.iter().find(|shape| shape.fits(candidate))?;
        match shape.tool {
            Tool::Dbmate | Tool::Rails if neighbour(&candidate.schema) => Some(Tool::Rails),
            Tool::Refinery if candidate.schema == ours => None,
            tool => Some(tool),
        }
    };
    candidates
        .iter()
        .filter_map(|candidate| {
            tool_of(candidate).map(|tool| Found {
                tool,
                schema: candidate.schema.clone(),
                table: candidate.table.clone(),
            })
        })
        .collect()
}

/// Whether a table, whatever its name, has the columns of a tool's history.
#[must_use]
pub fn has_columns_of(tool: Tool, candidate: &Candidate) -> bool {
    SHAPES
        .iter()
        .any(|shape| shape.tool == tool && shape.has_columns(candidate))
}

#[cfg(test)]
mod tests;
