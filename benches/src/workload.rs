//! What is applied: each workload as a list of migrations, the same at every run. Where they are written to is
//! `folder`.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Serialize;

use crate::schema::{application, seed_copy, seed_inserts, three_statements};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Workload {
    /// 1,000 migrations of three statements: create a table, create an index, insert or alter.
    W1,
    /// 10,000 migrations of one statement.
    W10k,
    /// Nothing pending, 1,000 applied.
    Steady,
    /// One file of 50 MB of INSERT.
    SeedInsert,
    /// One file of 50 MB of COPY.
    SeedCopy,
    /// The compilation of 10,000 files of 50 MB together; no database.
    Build,
    /// The plan for 10,000 migrations of which 9,999 are applied; in this process, no database.
    Plan,
}

/// One migration before it is a file.
pub(crate) struct Migration {
    pub(crate) version: usize,
    pub(crate) name: String,
    /// With semicolons, one a statement.
    pub(crate) sql: String,
}

/// How large a seed is, and how large all files of the build are together.
const FIFTY_MEGABYTES: usize = 50 * 1024 * 1024;
/// How many files the build has.
const FILES: usize = 10_000;

impl Workload {
    pub(crate) const ALL: [Self; 7] = [
        Self::W1,
        Self::W10k,
        Self::Steady,
        Self::SeedInsert,
        Self::SeedCopy,
        Self::Build,
        Self::Plan,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W10k => "w10k",
            Self::Steady => "steady",
            Self::SeedInsert => "seed-insert",
            Self::SeedCopy => "seed-copy",
            Self::Build => "build",
            Self::Plan => "plan",
        }
    }

    /// The workload whose program and folders this one uses.
    pub(crate) const fn source(self) -> Self {
        match self {
            Self::Steady => Self::W1,
            other => other,
        }
    }

    /// Whether only psql can read it beside us: it holds the data of a `COPY` inline.
    pub(crate) const fn is_copy(self) -> bool {
        matches!(self, Self::SeedCopy)
    }

    /// How many rounds are enough where none are asked for.
    pub(crate) const fn rounds(self) -> usize {
        match self {
            Self::Steady | Self::Plan => 25,
            Self::W1 => 7,
            _ => 3,
        }
    }

    pub(crate) fn migrations(self) -> Vec<Migration> {
        match self {
            Self::W1 | Self::Steady => numbered(1_000, "add_widget", three_statements),
            Self::W10k => numbered(10_000, "change", |at| application(at, 0)),
            Self::SeedInsert => vec![one("seed", seed_inserts(FIFTY_MEGABYTES))],
            Self::SeedCopy => vec![one("seed", seed_copy(FIFTY_MEGABYTES))],
            Self::Build | Self::Plan => numbered(FILES, "change", |at| {
                application(at, FIFTY_MEGABYTES / FILES)
            }),
        }
    }
}

fn one(name: &str, sql: String) -> Migration {
    Migration {
        version: 1,
        name: name.to_owned(),
        sql,
    }
}

fn numbered(count: usize, name: &str, sql: impl Fn(usize) -> String) -> Vec<Migration> {
    (1..=count)
        .map(|version| {
            let mut words = name.to_owned();
            // Writing to a string cannot fail.
            let _ = write!(words, "_{version}");
            Migration {
                version,
                name: words,
                sql: sql(version),
            }
        })
        .collect()
}
