//! The rows of every table and the values of every sequence, as counts and sums of hashes that can be compared.
//!
//! Which tables there are is the snapshot's to say; materialized views are made of the rows of others, and left out.

use std::collections::{BTreeMap, BTreeSet};

use migrator::snapshot::Snapshot;
use postgres::Client;

use super::scratch::said;
use crate::failure::Failure;

/// What decides how a value reads.
const STABLE: &str = "SET search_path = ''; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; \
                      SET extra_float_digits = 1; SET bytea_output = 'hex'; SET row_security = off; SET lc_monetary = 'C'";

/// What one database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows {
    tables: BTreeMap<String, Table>,
    /// The next value of each sequence.
    sequences: BTreeMap<String, i128>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Table {
    count: i64,
    columns: Vec<String>,
    /// The sum of the hashes of the values of each column.
    values: Vec<String>,
}

/// What differs between two runs of the same migrations, and is not compared therefore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unstable {
    columns: BTreeSet<(String, String)>,
    tables: BTreeSet<String>,
    sequences: BTreeSet<String>,
}

/// The tables of a schema that have rows of their own.
pub(crate) fn tables(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    snapshot
        .objects
        .iter()
        .filter(|it| it.kind == "table" && !it.definition.starts_with("CREATE FOREIGN"))
        .map(|it| it.name.as_str())
}

/// A session in which every value reads the same everywhere.
pub(crate) fn connect(url: &str) -> Result<Client, Failure> {
    let open = || -> Result<Client, postgres::Error> {
        let mut client = Client::connect(url, postgres::NoTls)?;
        client.batch_execute(STABLE)?;
        Ok(client)
    };
    open().map_err(|error| unreadable(&error))
}

/// The columns of a table that hold values of their own, in their order.
pub(crate) fn columns(client: &mut Client, table: &str) -> Result<Vec<String>, postgres::Error> {
    let sql = "SELECT format('%I', attname) FROM pg_catalog.pg_attribute WHERE attrelid = $1::text::regclass \
               AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum";
    let rows = client.query(sql, &[&table])?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

/// The next value of each sequence, those of identity columns among them.
pub(crate) fn sequences(
    client: &mut Client,
    snapshot: &Snapshot,
) -> Result<BTreeMap<String, i128>, postgres::Error> {
    let mut names: BTreeSet<String> = snapshot
        .objects
        .iter()
        .filter(|it| it.kind == "sequence")
        .map(|it| it.name.clone())
        .collect();
    let identity = "SELECT pg_catalog.pg_get_serial_sequence($1, attname) FROM pg_catalog.pg_attribute \
                    WHERE attrelid = $1::text::regclass AND attidentity <> '' AND NOT attisdropped";
    for table in tables(snapshot) {
        for row in client.query(identity, &[&table])? {
            names.extend(row.try_get::<_, Option<String>>(0)?);
        }
    }
    let mut sequences = BTreeMap::new();
    for name in names {
        let sql = format!(
            "SELECT s.last_value, CASE WHEN s.is_called THEN p.seqincrement ELSE 0 END FROM {name} s, \
             pg_catalog.pg_sequence p WHERE p.seqrelid = $1::text::regclass"
        );
        let row = client.query_one(&sql, &[&name])?;
        let next = i128::from(row.try_get::<_, i64>(0)?) + i128::from(row.try_get::<_, i64>(1)?);
        sequences.insert(name, next);
    }
    Ok(sequences)
}

impl Rows {
    /// Reads what a database holds; its schema is known.
    pub(crate) fn read(url: &str, snapshot: &Snapshot) -> Result<Self, Failure> {
        let mut client = connect(url)?;
        Self::find(&mut client, snapshot).map_err(|error| unreadable(&error))
    }

    fn find(client: &mut Client, snapshot: &Snapshot) -> Result<Self, postgres::Error> {
        let mut rows = Self {
            sequences: sequences(client, snapshot)?,
            ..Self::default()
        };
        for name in tables(snapshot) {
            let columns = columns(client, name)?;
            let sums = columns
                .iter()
                .map(|column| format!("COALESCE({}, '')", sum(&format!("t.{column}"))));
            let counted = std::iter::once("count(*)".to_owned());
            let list: Vec<String> = counted.chain(sums).collect();
            let sql = format!("SELECT {} FROM ONLY {name} t", list.join(", "));
            let row = client.query_one(&sql, &[])?;
            let values = (1..=columns.len()).map(|at| row.try_get(at));
            let table = Table {
                count: row.try_get(0)?,
                values: values.collect::<Result<_, _>>()?,
                columns,
            };
            rows.tables.insert(name.to_owned(), table);
        }
        Ok(rows)
    }

    /// Whether there is anything that could differ between two runs.
    pub(crate) fn are_there(&self) -> bool {
        self.tables.values().any(|table| table.count > 0)
    }

    /// What differs between this and another run of the same migrations.
    pub(crate) fn unstable(&self, again: &Self) -> Unstable {
        let mut unstable = Unstable::default();
        for (name, table) in &self.tables {
            match again.tables.get(name) {
                Some(other) if other.count == table.count => unstable.columns.extend(
                    table
                        .differing(other)
                        .into_iter()
                        .map(|column| (name.clone(), column)),
                ),
                _ => {
                    unstable.tables.insert(name.clone());
                }
            }
        }
        let moved = |it: &&String| self.sequences.get(*it) != again.sequences.get(*it);
        unstable.sequences = self.sequences.keys().filter(moved).cloned().collect();
        unstable
    }

    /// What differs from what is expected, a line each.
    pub(crate) fn differences(&self, found: &Self, unstable: &Unstable) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, table) in &self.tables {
            // A table that is missing is a matter of the schema.
            let Some(other) = found.tables.get(name) else {
                continue;
            };
            if unstable.tables.contains(name) {
                continue;
            }
            if table.count != other.count {
                lines.push(format!(
                    "table {name}: {} expected, {} found",
                    counted(table.count),
                    other.count
                ));
                continue;
            }
            let mut columns = table.differing(other);
            columns.retain(|it| !unstable.columns.contains(&(name.clone(), it.clone())));
            if !columns.is_empty() {
                lines.push(format!(
                    "table {name}: other values in {}",
                    columns.join(", ")
                ));
            }
        }
        for (name, next) in &self.sequences {
            if let Some(other) = found.sequences.get(name)
                && other != next
                && !unstable.sequences.contains(name)
            {
                lines.push(format!(
                    "sequence {name}: next value {next} expected, {other} found"
                ));
            }
        }
        lines
    }

    /// What is left when whole rows are compared, though every column by itself is the same: a line each.
    pub(crate) fn pairings(
        &self,
        urls: (&str, &str),
        unstable: &Unstable,
    ) -> Result<Vec<String>, Failure> {
        let (mut expected, mut found) = (connect(urls.0)?, connect(urls.1)?);
        let mut lines = Vec::new();
        for (name, table) in self.tables.iter().filter(|(_, table)| table.count > 0) {
            if unstable.tables.contains(name) {
                continue;
            }
            let stable = table
                .columns
                .iter()
                .filter(|it| !unstable.columns.contains(&(name.clone(), (*it).clone())))
                .map(|column| format!("t.{column}"));
            let row = format!("ROW({})", stable.collect::<Vec<_>>().join(", "));
            let sql = format!("SELECT COALESCE({}, '') FROM ONLY {name} t", sum(&row));
            let value = |client: &mut Client| -> Result<String, Failure> {
                let row = client.query_one(&sql, &[]);
                row.and_then(|row| row.try_get(0))
                    .map_err(|error| unreadable(&error))
            };
            if value(&mut expected)? != value(&mut found)? {
                lines.push(format!(
                    "table {name}: the values are there, and in other rows"
                ));
            }
        }
        Ok(lines)
    }
}

impl Table {
    /// The columns whose values are not the same.
    fn differing(&self, other: &Self) -> Vec<String> {
        let theirs = |column: &String| {
            let at = other.columns.iter().position(|it| it == column);
            at.and_then(|at| other.values.get(at))
        };
        self.columns
            .iter()
            .zip(&self.values)
            .filter(|(column, value)| theirs(column) != Some(*value))
            .map(|(column, _)| column.clone())
            .collect()
    }
}

impl Unstable {
    /// What is not compared, as output calls it.
    pub(crate) fn names(&self) -> Vec<String> {
        let columns = self.columns.iter();
        let columns = columns.map(|(table, column)| format!("{table}.{column}"));
        let others = self.tables.iter().chain(&self.sequences).cloned();
        columns.chain(others).collect()
    }
}

fn counted(count: i64) -> String {
    match count {
        1 => "1 row".to_owned(),
        count => format!("{count} rows"),
    }
}

/// The sum of the hashes of a value over all rows, whatever their order.
fn sum(value: &str) -> String {
    format!("pg_catalog.sum(pg_catalog.hashtextextended(({value})::text, 0)::numeric)::text")
}

pub(crate) fn unreadable(error: &postgres::Error) -> Failure {
    Failure::new("could not read the rows of a scratch database").detail(said(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: i64, values: [&str; 2], next: i128) -> Rows {
        let table = Table {
            count,
            columns: vec!["id".to_owned(), "at".to_owned()],
            values: values.map(str::to_owned).to_vec(),
        };
        Rows {
            tables: BTreeMap::from([("app.t".to_owned(), table)]),
            sequences: BTreeMap::from([("app.s".to_owned(), next)]),
        }
    }

    #[test]
    fn what_two_runs_disagree_about_is_not_compared() {
        let (run, again) = (rows(2, ["1", "5"], 3), rows(2, ["1", "6"], 3));
        let unstable = run.unstable(&again);
        assert_eq!(unstable.names(), ["app.t.at"]);
        for (found, expected) in [
            (rows(2, ["1", "7"], 3), &[][..]),
            (rows(2, ["2", "7"], 3), &["table app.t: other values in id"]),
            (
                rows(1, ["1", "5"], 4),
                &[
                    "table app.t: 2 rows expected, 1 found",
                    "sequence app.s: next value 3 expected, 4 found",
                ],
            ),
        ] {
            assert_eq!(run.differences(&found, &unstable), expected);
        }
        let unstable = run.unstable(&rows(3, ["1", "5"], 9));
        assert_eq!(unstable.names(), ["app.t", "app.s"]);
        assert!(
            run.differences(&rows(9, ["9", "9"], 1), &unstable)
                .is_empty()
        );
    }
}
