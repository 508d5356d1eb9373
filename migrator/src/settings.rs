//! What a run is told: which database, how long to wait, which limits and policies. How the database is found is
//! `settings/database.rs`; what is typed on a command line is `cli::options`.

mod access;
mod database;
mod encryption;
mod environment;
mod hosts;
mod layers;
mod parameter;
mod passfile;
mod service;
mod unknown;

use std::path::PathBuf;
use std::time::Duration;

use crate::drift::Policies;
use crate::interrupt::Interrupt;
use crate::placeholder::Values;
use crate::quote::shell;

pub use database::Database;
pub use environment::Environment;

/// Everything a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which database.
    pub database: Database,
    /// The server itself, for commands that change the database, when `database` is reached through a pooler.
    pub direct: Option<Database>,
    /// The schema of the history tables; by default where refinery would look: first in `search_path`.
    pub history_schema: Option<String>,
    /// How long to wait for the server to accept connections; 0: one attempt.
    pub wait: Duration,
    /// How long to wait for another runner to finish; 0: one attempt.
    pub lock_wait: Duration,
    /// How long to try a migration again that could not get a lock; 0: one attempt.
    pub lock_retry_for: Duration,
    /// `lock_timeout` of each migration, in PostgreSQL's spelling.
    pub lock_timeout: String,
    /// `statement_timeout` of each migration, in PostgreSQL's spelling; `0` is none.
    pub statement_timeout: String,
    /// What is tolerated.
    pub policies: Policies,
    /// How many transactions.
    pub transactions: Transactions,
    /// When `up` compares the schema with the proof.
    pub verify: Verify,
    /// Where `up` puts a backup before it changes anything; by default it makes none.
    pub backup_to: Option<PathBuf>,
    /// The environment, for migrations that belong to some environments only.
    pub environment: Option<String>,
    /// The values of placeholders.
    pub placeholders: Values,
    /// The request to stop; by default never made.
    pub interrupt: Interrupt,
}

/// How many transactions a run uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transactions {
    /// One for each migration and its record.
    #[default]
    Each,
    /// One for all pending ones: all or none.
    Single,
}

/// When `up` compares the schema with the proof of the bundle, where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verify {
    /// At the end of every run, also of one that had nothing to do.
    #[default]
    Always,
    /// At the end of a run that changed something.
    Changed,
    /// Not at all.
    Never,
}

impl Settings {
    /// ` --history-schema NAME` where one was named, for a command that is told to a person.
    pub(crate) fn schema_flag(&self) -> String {
        match &self.history_schema {
            None => String::new(),
            Some(schema) => format!(" --history-schema {}", shell(schema)),
        }
    }

    /// The defaults for a database: one connection attempt, ten minutes for the lock and for retries, `lock_timeout` 3 s, no
    /// `statement_timeout`, strict policies.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            direct: None,
            history_schema: None,
            wait: Duration::ZERO,
            lock_wait: Duration::from_mins(10),
            lock_retry_for: Duration::from_mins(10),
            lock_timeout: "3s".to_owned(),
            statement_timeout: "0".to_owned(),
            policies: Policies::default(),
            transactions: Transactions::default(),
            verify: Verify::default(),
            backup_to: None,
            environment: None,
            placeholders: Values::default(),
            interrupt: Interrupt::default(),
        }
    }
}

#[cfg(test)]
mod tests;
