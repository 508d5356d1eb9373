//! The statements that do to another tool's table what was done to the history. Pure.
//!
//! They follow the record in its transaction. A row that is there already is left as it is, so that a stamp may meet
//! what an adoption has read.

use super::{Keeping, Mirror};
use crate::bundle::Migration;
use crate::foreign::checksum::checksum;
use crate::foreign::read::{key_of, lacks, qualified};
use crate::foreign::{Found, Tool};
use crate::history::Location;
use crate::plan::{Step, Work};
use crate::quote::{Literal, Nullable};

/// What a file may have set that these statements depend on; the reset of the session follows them. The server, which
/// guesses that lists of JSON are long, would compile a statement that looks at one row.
const SETTINGS: &str = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true), \
     pg_catalog.set_config('jit', 'off', true)";

/// The other tool's names of a version that is `given`.
const KNOWN: &str = "LATERAL jsonb_array_elements_text(COALESCE(mirror.names -> given.version::text, \
     to_jsonb(array_remove(ARRAY[given.derived], NULL)))) AS known (key)";

impl Mirror {
    /// The statements that follow the record of these steps.
    pub(crate) fn follow(&self, location: &Location, steps: &[Step<'_>]) -> Vec<String> {
        let mut gone: Vec<(i64, &str)> = Vec::new();
        let mut here: Vec<&Migration<'_>> = Vec::new();
        for step in steps {
            match step.work {
                Work::Apply(migration)
                | Work::Skip(migration)
                | Work::Stamp(migration)
                | Work::Adopt(migration, _) => here.push(migration),
                Work::Baseline(baseline, covered) => {
                    here.extend(covered);
                    here.push(&baseline.record);
                }
                Work::Revert(_) | Work::Unstamp => {
                    gone.extend(step.version.map(|version| (version, step.name)));
                }
                Work::Repeat(_) | Work::StampRepeatable(_) | Work::SkipRepeatable(_) => {}
            }
        }
        self.statements(location, &gone, &here)
    }

    /// The statements for versions whose records are gone, and for migrations that are recorded now.
    pub(crate) fn statements(
        &self,
        location: &Location,
        gone: &[(i64, &str)],
        here: &[&Migration<'_>],
    ) -> Vec<String> {
        if gone.is_empty() && here.is_empty() {
            return Vec::new();
        }
        let statements: Vec<String> = match self.found.tool.keeping() {
            Keeping::Position => {
                let gone = gone.iter().map(|(version, _)| *version);
                let versions: Vec<i64> = gone.chain(here.iter().map(|it| it.version)).collect();
                self.position(location, &versions)
            }
            Keeping::Rows => {
                let remove = (!gone.is_empty()).then(|| self.remove(location, gone));
                let insert = (!here.is_empty()).then(|| self.insert(location, here));
                remove.into_iter().chain(insert).collect()
            }
        };
        [SETTINGS.to_owned()]
            .into_iter()
            .chain(statements)
            .collect()
    }

    /// Moves the one row to the newest version of those that the other tool knows, where one of these is among them.
    fn position(&self, location: &Location, versions: &[i64]) -> Vec<String> {
        let Found { tool, .. } = self.found;
        let table = self.table();
        let (column, values, of) = match tool {
            Tool::GolangMigrate => ("version, dirty", "at.key::int8, false", "version"),
            Tool::Tern => ("version", "at.key::int4", "version"),
            _ => ("version_num", "at.key", "version_num"),
        };
        let versions: Vec<String> = versions.iter().map(|it| format!("'{it}'")).collect();
        // tern has a row from the beginning.
        let target = match tool {
            Tool::Tern => format!("COALESCE({}, '0')", location.mirrored_position()),
            _ => location.mirrored_position(),
        };
        vec![
            format!(
                "DELETE FROM {table} AS h USING {} AS mirror, (SELECT {target} AS key) AS at \
                 WHERE mirror.names ?| ARRAY[{}] AND h.{of}::text IS DISTINCT FROM at.key",
                location.mirror(),
                versions.join(", ")
            ),
            format!(
                "INSERT INTO {table} ({column}) SELECT {values} FROM (SELECT {target} AS key) AS at \
                 WHERE at.key IS NOT NULL AND NOT EXISTS (SELECT FROM {table})"
            ),
        ]
    }

    fn remove(&self, location: &Location, gone: &[(i64, &str)]) -> String {
        let rows: Vec<String> = gone
            .iter()
            .map(|(version, name)| format!("({version}::int8, {})", self.derived(*version, name)))
            .collect();
        format!(
            "DELETE FROM {} AS h USING {} AS mirror, (VALUES {}) AS given (version, derived), \
             {KNOWN} WHERE ({})::text = known.key",
            self.table(),
            location.mirror(),
            rows.join(", "),
            key_of(self.found.tool),
        )
    }

    /// What the tool would call a version that it was not said to know, as a literal.
    fn derived(&self, version: i64, name: &str) -> String {
        let key = self.style.as_ref().map(|style| style.key(version, name));
        format!("{}::text", Nullable(key.as_deref()))
    }

    fn insert(&self, location: &Location, here: &[&Migration<'_>]) -> String {
        let rows: Vec<String> = here
            .iter()
            .map(|migration| {
                format!(
                    "({}::int8, {}::text, {}::text, {})",
                    migration.version,
                    Literal(migration.name),
                    Nullable(self.checksum(migration).as_deref()),
                    self.derived(migration.version, migration.name),
                )
            })
            .collect();
        let (columns, values) = self.row();
        let table = self.table();
        format!(
            "INSERT INTO {table} ({columns}) SELECT {values} FROM (SELECT given.name, given.checksum, known.key, \
             row_number() OVER (ORDER BY given.version, known.key) AS at FROM {mirror} AS mirror, \
             (VALUES {rows}) AS given (version, name, checksum, derived), {KNOWN}) AS k \
             WHERE {lacks} ORDER BY k.at",
            mirror = location.mirror(),
            rows = rows.join(", "),
            lacks = lacks(&self.found, "k.key", here.len()),
        )
    }

    /// The checksum that the tool takes of the file from which a migration was made.
    fn checksum(&self, migration: &Migration<'_>) -> Option<String> {
        if self.found.tool == Tool::Refinery && self.type_of("version") == Some("integer") {
            return Some(migration.checksum_of_four_bytes().to_string());
        }
        checksum(self.found.tool, migration, self.line_ends)
    }

    fn table(&self) -> String {
        qualified(&self.found.schema, &self.found.table)
    }

    /// The columns that are written.
    pub(super) fn written_columns(&self) -> &'static str {
        match self.found.tool {
            Tool::Alembic => "version_num",
            Tool::GolangMigrate => "version, dirty",
            Tool::Tern => "version",
            _ => self.row().0,
        }
    }

    /// The columns of a row, and their values over `k`: the other tool's name `key`, our `name`, the `checksum`, and
    /// `at`, which counts the new rows.
    fn row(&self) -> (&'static str, String) {
        let next = |column: &str| {
            format!(
                "(SELECT COALESCE(max({column}), 0) FROM {}) + k.at",
                self.table()
            )
        };
        let own = |columns, values: &str| (columns, values.to_owned());
        match self.found.tool {
            Tool::Atlas => own(
                "version, description, type, applied, total, executed_at, execution_time, hash, operator_version",
                // 4: set by hand.
                "k.key, k.name, 4, 1, 1, now(), 0, '', 'migrator'",
            ),
            Tool::Diesel => own("version, run_on", "k.key, now()"),
            Tool::Django => own(
                "app, name, applied",
                "split_part(k.key, '.', 1), substr(k.key, strpos(k.key, '.') + 1), now()",
            ),
            Tool::Flyway => (
                "installed_rank, version, description, type, script, checksum, installed_by, installed_on, \
                 execution_time, success",
                format!(
                    "{}, k.key, replace(k.name, '_', ' '), 'SQL', concat('V', k.key, '__', k.name, '.sql'), \
                     k.checksum::int4, current_user, now(), 0, true",
                    next("installed_rank")
                ),
            ),
            Tool::Goose => own("version_id, is_applied", "k.key::int8, true"),
            Tool::Knex => (
                "name, batch, migration_time",
                format!("k.key, {}, now()", next("batch")),
            ),
            Tool::Liquibase => (
                "id, author, filename, dateexecuted, orderexecuted, exectype",
                format!(
                    "split_part(k.key, '::', 2), split_part(k.key, '::', 3), split_part(k.key, '::', 1), now(), {}, \
                     'EXECUTED'",
                    next("orderexecuted")
                ),
            ),
            Tool::NodePgMigrate => own("name, run_on", "k.key, clock_timestamp()"),
            Tool::Plain => match self.type_of("applied_at") {
                Some("bigint" | "integer" | "numeric" | "double precision") => own(
                    "migration_name, applied_at",
                    "k.key, extract(epoch FROM now())::int8",
                ),
                _ => own("migration_name, applied_at", "k.key, now()"),
            },
            Tool::Prisma => own(
                "id, checksum, finished_at, migration_name, started_at, applied_steps_count",
                "gen_random_uuid()::text, k.checksum, clock_timestamp(), k.key, now(), 1",
            ),
            Tool::Refinery => own(
                "version, name, applied_on, checksum",
                "k.key::int8, k.name, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), k.checksum",
            ),
            Tool::Sqlx => own(
                "version, description, success, checksum, execution_time",
                "k.key::int8, replace(k.name, '_', ' '), true, decode(k.checksum, 'hex'), 0",
            ),
            Tool::Alembic
            | Tool::Dbmate
            | Tool::GolangMigrate
            | Tool::Rails
            | Tool::Sqitch
            | Tool::Tern => own("version", "k.key"),
        }
    }
}
