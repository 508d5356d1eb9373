//! The tools that are compared, and how each is called.

use std::env;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::workload::Workload;

/// A program that applies migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tool {
    /// Ours.
    Migrator,
    /// `psql -f`, the yardstick.
    Psql,
    /// refinery_cli.
    Refinery,
    /// sqlx-cli.
    Sqlx,
    /// diesel_cli.
    Diesel,
}

/// A command line, with the variables it needs.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) url: String,
    pub(crate) folder: PathBuf,
}

impl Tool {
    /// psql comes first: the others are set against its time of the same round.
    pub(crate) const ALL: [Self; 5] = [
        Self::Psql,
        Self::Migrator,
        Self::Refinery,
        Self::Sqlx,
        Self::Diesel,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Migrator => "migrator",
            Self::Psql => "psql",
            Self::Refinery => "refinery",
            Self::Sqlx => "sqlx",
            Self::Diesel => "diesel",
        }
    }

    /// Whether it can be called, and can read the workload.
    pub(crate) fn can(self, workload: Workload) -> bool {
        match self {
            Self::Migrator => true,
            Self::Psql => on_path("psql"),
            other => !workload.is_copy() && on_path(other.name()),
        }
    }

    /// The call that applies a folder to a database; `program` is ours.
    pub(crate) fn call(self, workload: Workload, program: &Path, folder: &Path, url: &str) -> Call {
        let path = folder.to_string_lossy().into_owned();
        let words: Vec<String> = match self {
            Self::Migrator => vec!["up".into()],
            Self::Psql => {
                let what = if workload == Workload::Steady {
                    [
                        "-c".into(),
                        "SELECT version, name, applied_on, checksum FROM refinery_schema_history"
                            .into(),
                    ]
                } else {
                    ["-f".into(), format!("{path}/all.sql")]
                };
                let fixed = ["-X", "-q", "-v", "ON_ERROR_STOP=1"].map(str::to_owned);
                fixed
                    .into_iter()
                    .chain(what)
                    .chain([url.to_owned()])
                    .collect()
            }
            Self::Refinery => ["migrate", "-e", "DATABASE_URL", "-p", &path]
                .map(str::to_owned)
                .into(),
            Self::Sqlx => ["migrate", "run", "--source", &path]
                .map(str::to_owned)
                .into(),
            Self::Diesel => ["migration", "run"].map(str::to_owned).into(),
        };
        Call {
            program: match self {
                Self::Migrator => program.to_owned(),
                other => PathBuf::from(other.name()),
            },
            arguments: words,
            url: url.to_owned(),
            folder: folder.to_owned(),
        }
    }
}

fn on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}
