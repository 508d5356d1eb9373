//! What became of a statement outside a transaction that was begun and whose end nobody noted: asked of the catalog.
//!
//! Only whoever holds the lock may ask, because only then is nobody executing it any more.

use super::{Halt, Runner};
use crate::bundle::Operation;
use crate::history::Fields;
use crate::quote::Literal;
use crate::unit::{Form, Name, Unit};

/// What is to be done about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It took effect.
    Done,
    /// It did not, or once more does no harm.
    Run,
    /// It left something behind: these statements remove it, then it is run.
    Clean(Vec<String>),
    /// It was half done: this statement does the rest.
    Instead(String),
    /// The catalog does not tell, for this reason.
    Doubt(String),
}

/// The last part of a name as written, as the catalog holds it.
fn last_part(name: &str) -> String {
    let parts = format!("pg_catalog.parse_ident({})", Literal(name));
    format!("({parts})[pg_catalog.array_upper({parts}, 1)]::name")
}

fn yes(field: Option<&Option<String>>) -> bool {
    field.and_then(Option::as_deref) == Some("t")
}

fn word(field: Option<&Option<String>>) -> String {
    field.cloned().flatten().unwrap_or_default()
}

impl Runner<'_, '_> {
    /// Judges a statement that was begun earlier.
    pub(super) fn judge(&mut self, operation: Operation, unit: &Unit<'_>) -> Result<Verdict, Halt> {
        let names = unit.names();
        let names = names.as_slice();
        let exists = |catalog: &str, column: &str, more: &str| {
            names.first().map(|name| {
                format!(
                    "SELECT EXISTS (SELECT FROM pg_catalog.{catalog} WHERE {column} = {}{more})",
                    last_part(name.text)
                )
            })
        };
        let here = " AND subdbid = (SELECT oid FROM pg_catalog.pg_database \
                    WHERE datname = pg_catalog.current_database())";
        let (question, there, absent) = match operation {
            Operation::CreateIndex => return self.created_index(unit),
            Operation::Reindex | Operation::ReindexMany => return self.reindexed(operation, names),
            Operation::DetachPartition => return self.detached(names),
            Operation::Repeatable => return Ok(Verdict::Run),
            Operation::Opaque => {
                let why = "Its effects are not in the catalog.";
                return Ok(Verdict::Doubt(why.to_owned()));
            }
            Operation::DropIndex => {
                let question = names.first().map(|name| {
                    format!(
                        "SELECT pg_catalog.to_regclass({}) IS NOT NULL",
                        Literal(name.text)
                    )
                });
                (question, Verdict::Run, Verdict::Done)
            }
            Operation::CreateDatabase => (
                exists("pg_database", "datname", ""),
                Verdict::Done,
                Verdict::Run,
            ),
            Operation::DropDatabase => (
                exists("pg_database", "datname", ""),
                Verdict::Run,
                Verdict::Done,
            ),
            Operation::CreateTablespace => (
                exists("pg_tablespace", "spcname", ""),
                Verdict::Done,
                Verdict::Run,
            ),
            Operation::DropTablespace => (
                exists("pg_tablespace", "spcname", ""),
                Verdict::Run,
                Verdict::Done,
            ),
            Operation::CreateSubscription => (
                exists("pg_subscription", "subname", here),
                Verdict::Done,
                Verdict::Run,
            ),
            Operation::DropSubscription => (
                exists("pg_subscription", "subname", here),
                Verdict::Run,
                Verdict::Done,
            ),
        };
        let Some(question) = question else {
            return Ok(Verdict::Doubt("It has no name.".to_owned()));
        };
        let rows = self.ask(&question)?;
        Ok(if yes(rows.first().and_then(|row| row.first())) {
            there
        } else {
            absent
        })
    }

    fn created_index(&mut self, unit: &Unit<'_>) -> Result<Verdict, Halt> {
        let [index, table] = unit.names()[..] else {
            let why = "The index has no name in the file.";
            return Ok(Verdict::Doubt(why.to_owned()));
        };
        let rows = self.ask(&format!(
            "SELECT i.indisvalid, i.indrelid = t.oid, {}, pg_catalog.format('%I.%I', n.nspname, c.relname) \
             FROM pg_catalog.pg_class t JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
             JOIN pg_catalog.pg_class c ON c.relnamespace = t.relnamespace AND c.relname = {} \
             LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid \
             WHERE t.oid = pg_catalog.to_regclass({})",
            shape("pg_catalog.format(' ON %I.%I ', n.nspname, t.relname)"),
            last_part(index.text),
            Literal(table.text)
        ))?;
        let Some(row) = rows.first() else {
            return Ok(Verdict::Run);
        };
        let name = word(row.get(3));
        if !yes(row.get(1)) {
            let why = format!("{name} is something else than an index of {}.", table.text);
            return Ok(Verdict::Doubt(why));
        }
        if !yes(row.first()) {
            return Ok(Verdict::Clean(vec![format!(
                "DROP INDEX CONCURRENTLY {name}"
            )]));
        }
        let found = word(row.get(2));
        Ok(match self.intended_index(unit, table)? {
            Some(intended) if intended == found => Verdict::Done,
            Some(intended) => Verdict::Doubt(format!(
                "{name} exists, but it is \"{found}\" where the file says \"{intended}\"."
            )),
            None => Verdict::Doubt(format!(
                "{name} exists and is valid; whether it is what the file says cannot be compared."
            )),
        })
    }

    /// What the server would call the index that the file asks for: made on an empty copy of the table, and undone.
    fn intended_index(&mut self, unit: &Unit<'_>, table: Name<'_>) -> Result<Option<String>, Halt> {
        let (head, definition) = unit.around(table);
        let unique = head
            .split_whitespace()
            .take(2)
            .any(|word| word.eq_ignore_ascii_case("UNIQUE"));
        // The copy has the table's own name, because an expression may say `name.column`.
        let question = format!(
            "BEGIN; CREATE TEMP TABLE {name} (LIKE {table}); \
             CREATE {unique} INDEX migrator_copy ON pg_temp.{name} {definition}\n; \
             SELECT {shape} FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
             WHERE i.indexrelid = 'pg_temp.migrator_copy'::pg_catalog.regclass; ROLLBACK",
            name = own_name(table.text),
            table = table.text,
            unique = if unique { "UNIQUE" } else { "" },
            shape = shape("pg_catalog.format('.%I ', t.relname)"),
        );
        match self.connection.query(&question) {
            Ok(results) => Ok(results
                .iter()
                .rev()
                .find_map(|rows| rows.first())
                .map(|row| word(row.first()))),
            Err(error) if error.is_final() => Err(Halt::engine(error)),
            Err(error) => {
                log::debug!("the index cannot be made on a copy: {}", error.message());
                self.roll_back(&error)?;
                Ok(None)
            }
        }
    }

    fn reindexed(&mut self, operation: Operation, names: &[Name<'_>]) -> Result<Verdict, Halt> {
        let scope = match (operation, names.first()) {
            (Operation::Reindex, Some(name)) => format!(
                "COALESCE(owner.oid, i.indrelid) IN (SELECT relid FROM pg_catalog.pg_partition_tree(\
                 COALESCE((SELECT indrelid FROM pg_catalog.pg_index \
                 WHERE indexrelid = pg_catalog.to_regclass({name})), pg_catalog.to_regclass({name}))) \
                 UNION ALL SELECT COALESCE((SELECT indrelid FROM pg_catalog.pg_index \
                 WHERE indexrelid = pg_catalog.to_regclass({name})), pg_catalog.to_regclass({name})))",
                name = Literal(name.text)
            ),
            (_, Some(name)) => {
                format!(
                    "COALESCE(owner.relnamespace, c.relnamespace) = pg_catalog.to_regnamespace({})",
                    Literal(name.text)
                )
            }
            (_, None) => "(owner.oid IS NOT NULL OR n.nspname NOT LIKE 'pg\\_%')".to_owned(),
        };
        // What a REINDEX CONCURRENTLY that did not end leaves behind
        // (<https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY>).
        let rows = self.ask(&format!(
            "SELECT pg_catalog.format('DROP INDEX CONCURRENTLY %I.%I', n.nspname, c.relname) \
             FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             LEFT JOIN pg_catalog.pg_class owner ON owner.reltoastrelid = i.indrelid \
             WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND {scope} ORDER BY 1"
        ))?;
        let leftovers: Vec<String> = rows.iter().map(|row| word(row.first())).collect();
        Ok(if leftovers.is_empty() {
            Verdict::Run
        } else {
            Verdict::Clean(leftovers)
        })
    }

    fn detached(&mut self, names: &[Name<'_>]) -> Result<Verdict, Halt> {
        let [table, partition] = names else {
            return Ok(Verdict::Doubt("It has no name.".to_owned()));
        };
        // The column exists from PostgreSQL 14 on, and so does the statement.
        let rows = self.ask(&format!(
            "SELECT (SELECT COALESCE(pg_catalog.to_jsonb(i) ->> 'inhdetachpending', 'false') FROM pg_catalog.pg_inherits i \
             WHERE inhparent = named.parent AND inhrelid = named.child) FROM (SELECT pg_catalog.to_regclass({}) \
             AS parent, pg_catalog.to_regclass({}) AS child) named WHERE parent IS NOT NULL AND child IS NOT NULL",
            Literal(table.text),
            Literal(partition.text)
        ))?;
        let pending = rows.first().map(|row| row.first().cloned().flatten());
        Ok(match pending.as_ref().map(Option::as_deref) {
            Some(None) => Verdict::Done,
            Some(Some("true")) => Verdict::Instead(format!(
                "ALTER TABLE {} DETACH PARTITION {} FINALIZE",
                table.text, partition.text
            )),
            // A table that is not there at all is an error that the server names.
            Some(Some(_)) | None => Verdict::Run,
        })
    }

    /// The index that a statement made or rebuilt, when it is not valid.
    pub(super) fn invalid_index(
        &mut self,
        operation: Operation,
        names: &[Name<'_>],
    ) -> Result<Option<String>, Halt> {
        let condition = match (operation, names) {
            (Operation::CreateIndex, [index, table]) => format!(
                "c.relname = {} AND i.indrelid = pg_catalog.to_regclass({})",
                last_part(index.text),
                Literal(table.text)
            ),
            (Operation::Reindex, [name]) => {
                format!("c.oid = pg_catalog.to_regclass({})", Literal(name.text))
            }
            _ => return Ok(None),
        };
        let rows = self.ask(&format!(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND {condition}"
        ))?;
        Ok(rows.first().map(|row| word(row.first())))
    }

    /// The index that a statement which failed has left, and that is not valid. Not to know is no second failure.
    pub(super) fn left_by(&mut self, unit: &Unit<'_>) -> Option<String> {
        match unit.form {
            Form::Alone(operation @ Operation::CreateIndex) => {
                self.invalid_index(operation, &unit.names()).ok().flatten()
            }
            _ => None,
        }
    }

    fn ask(&mut self, question: &str) -> Result<Vec<Fields>, Halt> {
        let mut results = self.connection.query(question).map_err(Halt::engine)?;
        Ok(results.pop().unwrap_or_default())
    }
}

/// What of an index's definition must be equal, as an expression: whether it is unique, and everything after its
/// table, whose name ends where `before` does.
fn shape(before: &str) -> String {
    format!(
        "CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || pg_catalog.substr(\
         pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.strpos(pg_catalog.pg_get_indexdef(i.indexrelid), \
         {before}) + pg_catalog.length({before}))"
    )
}

/// A name without its schema, as written.
fn own_name(name: &str) -> &str {
    let mut quoted = false;
    let point = name.char_indices().filter(|(_, c)| {
        quoted ^= *c == '"';
        *c == '.' && !quoted
    });
    let last = point.last();
    last.and_then(|(at, _)| name.get(at + 1..))
        .unwrap_or(name)
        .trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_stands_behind_its_schema() {
        for (name, own) in [
            ("t", "t"),
            ("s.t", "t"),
            ("s . \"a.b\"", "\"a.b\""),
            ("\"a\"\".b\"", "\"a\"\".b\""),
            ("\"s.x\".\"t\"", "\"t\""),
        ] {
            assert_eq!(own_name(name), own, "{name}");
        }
    }
}
