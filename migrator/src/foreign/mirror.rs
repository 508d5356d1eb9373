//! The mirror: while old images of an application still start, and run their own tool, what we do to the history is
//! done to that tool's table too, in the same transaction. Pure; where it is kept is `history::mirror`.
//!
//! Which of our versions the old image knows, and under which names, is `known`; what is written is `write`.

pub(crate) mod known;
pub(crate) mod style;
mod write;

use crate::error::{Error, Kind};
use crate::history::Fields;

use super::detect::{Candidate, LOCK_TABLES, has_columns_of};
use super::lock::guard;
use super::{Found, Tool};
use crate::session::Guard;
use style::{Style, Words};

/// What a tool does with a version that its folder does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temper {
    /// It takes no notice of it.
    Lenient,
    /// It refuses to start.
    Strict,
}

/// How a tool keeps its history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// A row for each version.
    Rows,
    /// One row, which names the newest.
    Position,
}

impl Tool {
    /// What it does with a version that its folder does not have.
    pub(crate) const fn temper(self) -> Temper {
        match self {
            Self::Alembic
            | Self::GolangMigrate
            | Self::Knex
            | Self::Refinery
            | Self::Sqitch
            | Self::Sqlx
            | Self::Tern => Temper::Strict,
            Self::Atlas
            | Self::Dbmate
            | Self::Diesel
            | Self::Django
            | Self::Flyway
            | Self::Goose
            | Self::Liquibase
            | Self::NodePgMigrate
            | Self::Plain
            | Self::Prisma
            | Self::Rails => Temper::Lenient,
        }
    }

    /// How it keeps its history.
    pub(crate) const fn keeping(self) -> Keeping {
        match self {
            Self::Alembic | Self::GolangMigrate | Self::Tern => Keeping::Position,
            _ => Keeping::Rows,
        }
    }
}

/// How the lines of the other tool's files end, as far as its checksums tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LineEnds {
    /// `\n`.
    #[default]
    Unix,
    /// `\r\n`.
    Windows,
}

impl LineEnds {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unix => "lf",
            Self::Windows => "crlf",
        }
    }
}

/// Another tool's table that is written too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// Whose it is, and where.
    pub found: Found,
    /// Since when, RFC 3339, UTC.
    pub since: String,
    pub(crate) style: Option<Style>,
    pub(crate) line_ends: LineEnds,
    /// Its columns; `None` where the table is gone.
    columns: Option<Vec<(String, String)>>,
    /// Those that a row cannot do without.
    needed: Vec<String>,
    /// The privileges that this role lacks.
    lacking: String,
    /// The locks of its tool.
    pub(crate) guard: Guard,
}

impl Mirror {
    /// Reads the row of [`crate::history::Location::read_mirror`].
    pub(crate) fn read(fields: &Fields) -> Result<Self, Error> {
        let field = |at: usize| fields.get(at).cloned().flatten();
        let text = |at: usize| field(at).unwrap_or_default();
        let lines = |at: usize| -> Vec<String> { text(at).lines().map(str::to_owned).collect() };
        let tool: Tool = text(0).parse().map_err(|_| {
            let message = format!(
                "the mirror is one of \"{}\", which this version does not know",
                text(0)
            );
            Error::new(Kind::Drift, message).with_hint(
                "Run a release that was built with the version that turned it on, or a later one.",
            )
        })?;
        let found = Found {
            tool,
            schema: text(1),
            table: text(2),
        };
        let columns = field(10).map(|columns| {
            let columns = columns.lines().filter_map(|line| line.split_once(' '));
            columns
                .map(|(name, of)| (name.to_owned(), of.to_owned()))
                .collect()
        });
        let beside = lines(13);
        let lock_table = LOCK_TABLES
            .iter()
            .find(|(of, table)| *of == tool && beside.iter().any(|it| it == table));
        Ok(Self {
            guard: guard(&found, lock_table.map(|(_, table)| *table), &text(14)),
            found,
            since: text(9),
            style: field(4)
                .and_then(|digits| digits.parse().ok())
                .map(|digits| Style {
                    before: text(3),
                    digits,
                    words: field(5).map(|between| Words {
                        between,
                        within: text(6),
                        after: text(7),
                    }),
                }),
            line_ends: if text(8) == LineEnds::Windows.word() {
                LineEnds::Windows
            } else {
                LineEnds::Unix
            },
            columns,
            needed: lines(11),
            lacking: text(12),
        })
    }

    /// Refuses a table that is not what it was.
    pub(crate) fn refuse_changed(&self) -> Result<(), Error> {
        let Found { tool, .. } = self.found;
        let shown = self.found.shown();
        let problem = match &self.columns {
            None => Some("It is gone.".to_owned()),
            Some(columns) => self.misshapen(columns),
        };
        let Some(problem) = problem else {
            return Ok(());
        };
        let message = format!("\"{shown}\", the mirrored history of {tool}, cannot be written");
        Err(Error::new(Kind::Drift, message)
            .with_detail(problem)
            .with_detail("Nothing was changed.")
            .with_hint(
                "Bring the table back as it was. If no old image starts any more: `migrator adopt --stop-mirror`.",
            ))
    }

    /// Refuses a table that cannot be written, before anything is.
    pub(crate) fn refuse_unwritable(&self) -> Result<(), Error> {
        self.refuse_changed()?;
        if self.lacking.is_empty() {
            return Ok(());
        }
        let Found { tool, .. } = self.found;
        let shown = self.found.shown();
        let message =
            format!("this role may not write \"{shown}\", the mirrored history of {tool}");
        Err(Error::new(Kind::Drift, message)
            .with_detail("Nothing was changed.")
            .with_hint(format!(
                "Grant it: `GRANT {} ON {shown} TO …`, or end the mirror: `migrator adopt --stop-mirror`.",
                self.lacking
            )))
    }

    fn misshapen(&self, columns: &[(String, String)]) -> Option<String> {
        let candidate = Candidate {
            schema: self.found.schema.clone(),
            table: self.found.table.clone(),
            columns: columns.to_vec(),
        };
        let shown: Vec<String> = columns
            .iter()
            .map(|(name, of)| format!("{name} {of}"))
            .collect();
        let shown = shown.join(", ");
        if !has_columns_of(self.found.tool, &candidate) {
            return Some(format!(
                "Its columns are not those of {} any more: {shown}.",
                self.found.tool
            ));
        }
        let written = self.written_columns();
        let written: Vec<&str> = written.split(", ").collect();
        let missing: Vec<&str> = written
            .iter()
            .copied()
            .filter(|name| !columns.iter().any(|(found, _)| found == name))
            .collect();
        if !missing.is_empty() {
            return Some(format!("It has no column {}: {shown}.", missing.join(", ")));
        }
        let unknown: Vec<&str> = self
            .needed
            .iter()
            .map(String::as_str)
            .filter(|name| !written.contains(name))
            .collect();
        (!unknown.is_empty()).then(|| {
            format!(
                "A row needs a value for {}, which {} does not write.",
                unknown.join(", "),
                self.found.tool
            )
        })
    }

    /// The type of a column.
    pub(super) fn type_of(&self, column: &str) -> Option<&str> {
        let mut columns = self.columns.iter().flatten();
        columns
            .find(|(name, _)| name == column)
            .map(|(_, of)| of.as_str())
    }
}
