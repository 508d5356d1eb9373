//! Which table is adopted: the one that is named, or the only one that is another tool's history.

use crate::error::{Error, Kind};
use crate::history::HISTORY;
use crate::session::Session;

use super::super::Tool;
use super::super::detect::{
    self, Candidate, Found, candidates, candidates_called, has_columns_of, is_neighbour,
};
use super::Request;

/// The table, and every table that was looked at.
pub(super) fn choose(
    session: &mut Session,
    request: &Request,
) -> Result<(Found, Vec<Candidate>), Error> {
    let ours = session.probe().location.schema.clone();
    let mut look = |sql: String| -> Result<Vec<Candidate>, Error> {
        let rows = session.rows("looking for other tools' histories", Some(sql))?;
        Ok(rows.iter().map(detect::read_candidate).collect())
    };
    let all = look(candidates())?;
    let found = match &request.table {
        Some(name) => {
            let (_, table) = split(name);
            named(name, request, &look(candidates_called(table))?)
        }
        None => Ok(detect::recognise(&all, &ours)
            .into_iter()
            .filter(|found| request.from.is_none_or(|tool| tool == found.tool))
            .collect()),
    }?;
    match found.as_slice() {
        [found] => Ok((found.clone(), all)),
        [] => match own(session, request, &ours)? {
            Some(found) => Ok((found, all)),
            None => Err(none(request, &all, &ours)),
        },
        several => Err(ambiguous(several)),
    }
}

/// Our own history, where it has rows: refinery may have written them, and there is nothing to do about that.
fn own(session: &mut Session, request: &Request, ours: &str) -> Result<Option<Found>, Error> {
    let meant = request.table.is_none() && matches!(request.from, None | Some(Tool::Refinery));
    if !meant || session.applied()?.is_empty() {
        return Ok(None);
    }
    Ok(Some(Found {
        tool: Tool::Refinery,
        schema: ours.to_owned(),
        table: HISTORY.to_owned(),
    }))
}

fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once('.') {
        Some((schema, table)) => (Some(schema), table),
        None => (None, name),
    }
}

/// The tables of a name that have the columns of the tool.
fn named(name: &str, request: &Request, tables: &[Candidate]) -> Result<Vec<Found>, Error> {
    let Some(tool) = request.from else {
        return Err(Error::new(
            Kind::Usage,
            "`--table` needs the tool whose history the table is",
        )
        .with_hint(format!(
            "Name it: `migrator adopt --from TOOL --table {name}`."
        )));
    };
    let (schema, _) = split(name);
    let tables: Vec<&Candidate> = tables
        .iter()
        .filter(|table| schema.is_none_or(|schema| schema == table.schema))
        .collect();
    if tables.is_empty() {
        return Err(
            Error::new(Kind::Usage, format!("there is no table \"{name}\""))
                .with_hint("Write it as it is in the catalog: `--table schema.name`."),
        );
    }
    let found: Vec<Found> = tables
        .iter()
        .filter(|table| has_columns_of(tool, table))
        .map(|table| Found {
            tool,
            schema: table.schema.clone(),
            table: table.table.clone(),
        })
        .collect();
    if found.is_empty() {
        let error = Error::new(
            Kind::Usage,
            format!("\"{name}\" does not have the columns of a history of {tool}"),
        )
        .with_hint("Look whose it is, and name that tool: `--from TOOL`.");
        return Err(tables.into_iter().fold(error, with_columns));
    }
    Ok(found)
}

fn with_columns(error: Error, table: &Candidate) -> Error {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(name, of)| format!("{name} {of}"))
        .collect();
    error.with_detail(format!(
        "The columns of {}.{} are: {}.",
        table.schema,
        table.table,
        columns.join(", ")
    ))
}

fn none(request: &Request, all: &[Candidate], ours: &str) -> Error {
    let whose = request
        .from
        .map_or_else(|| "another tool".to_owned(), |tool| tool.to_string());
    let error = Error::new(
        Kind::Usage,
        format!("there is no history of {whose} in this database"),
    );
    let known: Vec<Found> = detect::recognise(all, ours);
    let error = known.iter().fold(error, |error, found| {
        error.with_detail(format!("{} is a history of {}.", found.shown(), found.tool))
    });
    let strange = all.iter().filter(|table| {
        let is = |found: &Found| found.schema == table.schema && found.table == table.table;
        !is_neighbour(table) && table.table != HISTORY && !known.iter().any(is)
    });
    let error = strange.fold(error, with_columns);
    error.with_hint(
        "Name its table, `migrator adopt --from TOOL --table schema.name`; \
         without a history, see `migrator identify`, then `migrator stamp VERSION`.",
    )
}

fn ambiguous(several: &[Found]) -> Error {
    let error = Error::new(
        Kind::Usage,
        format!(
            "{} histories of other tools are in this database",
            several.len()
        ),
    );
    let error = several.iter().fold(error, |error, found| {
        error.with_detail(format!("{} is a history of {}.", found.shown(), found.tool))
    });
    let commands: Vec<String> = several
        .iter()
        .map(|found| {
            let alone = several.iter().filter(|it| it.tool == found.tool).count() == 1;
            if alone {
                format!("`migrator adopt --from {}`", found.tool)
            } else {
                format!(
                    "`migrator adopt --from {} --table {}`",
                    found.tool,
                    found.shown()
                )
            }
        })
        .collect();
    error.with_hint(format!("Say which: {}.", commands.join(" or ")))
}
