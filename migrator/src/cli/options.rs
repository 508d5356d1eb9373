//! The options that every command takes, and the settings that they become.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Format, duration, signal, termination};
use crate::drift::{Late, Newer, Policies, Unknown};
use crate::error::Error;
use crate::placeholder::Values;
use crate::settings::{Database, Environment, Settings, Transactions, Verify};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// The database, as a URL or in keyword form; better in the environment, where other users cannot see it
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    url: Option<String>,

    /// The server itself, for commands that change the database, when the other address is that of a pooler;
    /// what it leaves out is as there [env: MIGRATOR_DIRECT_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Connection")]
    direct_url: Option<String>,

    /// How long to wait for the server to accept connections, such as 60s; 0 is one attempt
    #[arg(long, global = true, value_name = "TIME", env = "MIGRATOR_WAIT", default_value = "0",
          value_parser = duration::parse, hide_env_values = true, help_heading = "Connection")]
    wait: Duration,

    /// How long to wait for another runner to finish; 0 is one attempt
    #[arg(long, global = true, value_name = "TIME", env = "MIGRATOR_LOCK_WAIT", default_value = "10min",
          value_parser = duration::parse, hide_env_values = true, help_heading = "Running")]
    lock_wait: Duration,

    /// How long to try a migration again that could not get a lock on a table; 0 is one attempt
    #[arg(long, global = true, value_name = "TIME", env = "MIGRATOR_LOCK_RETRY_FOR", default_value = "10min",
          value_parser = duration::parse, hide_env_values = true, help_heading = "Running")]
    lock_retry_for: Duration,

    /// How long a migration may wait for a lock on a table, in PostgreSQL's spelling
    #[arg(long, global = true, value_name = "TIME", env = "MIGRATOR_LOCK_TIMEOUT", default_value = "3s",
          value_parser = duration::limit, hide_env_values = true, help_heading = "Running")]
    lock_timeout: String,

    /// How long a statement of a migration may take, in PostgreSQL's spelling; 0 is no limit
    #[arg(long, global = true, value_name = "TIME", env = "MIGRATOR_STATEMENT_TIMEOUT", default_value = "0",
          value_parser = duration::limit, hide_env_values = true, help_heading = "Running")]
    statement_timeout: String,

    /// The schema of the history tables [default: the first in search_path]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "MIGRATOR_HISTORY_SCHEMA",
        hide_env_values = true,
        help_heading = "Running"
    )]
    history_schema: Option<String>,

    /// What to do with a pending migration that is older than the newest applied one
    #[arg(
        long,
        global = true,
        value_name = "POLICY",
        env = "MIGRATOR_LATE",
        default_value = "refuse",
        hide_env_values = true,
        help_heading = "Running"
    )]
    late: LateArgument,

    /// What to do when the database is newer than this program
    #[arg(
        long,
        global = true,
        value_name = "POLICY",
        env = "MIGRATOR_NEWER",
        default_value = "refuse",
        hide_env_values = true,
        help_heading = "Running"
    )]
    newer: NewerArgument,

    /// What to do with a database that has objects or another tool's history, and none of ours
    #[arg(
        long,
        global = true,
        value_name = "POLICY",
        env = "MIGRATOR_UNKNOWN",
        default_value = "refuse",
        hide_env_values = true,
        help_heading = "Running"
    )]
    unknown: UnknownArgument,

    /// When `up` compares the schema with the proof
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "MIGRATOR_VERIFY",
        default_value = "always",
        hide_env_values = true,
        help_heading = "Running"
    )]
    verify: VerifyArgument,

    /// The environment, for migrations that belong to some environments only
    /// [env: MIGRATOR_ENVIRONMENT, else MIGRATION_MODE]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Running")]
    environment: Option<String>,

    /// The values of the bundle's placeholders, from their variables.
    #[arg(skip)]
    pub(super) placeholders: Values,

    /// Print what was asked for as JSON; docs/json.md describes it
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,

    /// How to write to standard error
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "MIGRATOR_LOG_FORMAT",
        default_value = "text",
        hide_env_values = true,
        help_heading = "Output"
    )]
    pub(super) log_format: LogFormat,

    /// How much to log: off, error, warn, info, debug or trace, or RUST_LOG's syntax
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        env = "MIGRATOR_LOG_LEVEL",
        default_value = "warn",
        hide_env_values = true,
        help_heading = "Output"
    )]
    pub(super) log_level: String,

    /// Where to leave a short JSON summary of how it ended; empty: nowhere
    /// [default: /dev/termination-log, where that file exists]
    #[arg(
        long,
        global = true,
        value_name = "PATH",
        env = termination::VARIABLE,
        hide_env_values = true,
        help_heading = "Output"
    )]
    pub(super) termination_log: Option<OsString>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LateArgument {
    Refuse,
    Apply,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum NewerArgument {
    Refuse,
    Accept,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum UnknownArgument {
    /// Leave it as it is
    Refuse,
    /// Run from the beginning, beside what is there
    Accept,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VerifyArgument {
    /// At the end of every run
    Always,
    /// At the end of a run that changed something
    Changed,
    /// Not at all
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for containers.
    Json,
}

/// The option of every command that may run several migrations.
#[derive(Debug, Args)]
pub(super) struct Grouping {
    /// One transaction around all of them: all or none
    #[arg(long)]
    single_transaction: bool,
}

impl Grouping {
    pub(super) const fn transactions(&self) -> Transactions {
        if self.single_transaction {
            Transactions::Single
        } else {
            Transactions::Each
        }
    }
}

impl Options {
    pub(super) const fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    /// The first of the flag and the two variables that is set.
    fn environment(&self) -> Option<String> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        self.environment
            .clone()
            .or_else(|| variable("MIGRATOR_ENVIRONMENT"))
            .or_else(|| variable("MIGRATION_MODE"))
    }

    /// The settings of a run.
    pub(super) fn settings(&self) -> Result<Settings, Error> {
        with_environment(|environment| {
            let database = Database::find(self.url.as_deref(), environment)?;
            let direct = Database::find_direct(
                self.url.as_deref(),
                self.direct_url.as_deref(),
                environment,
            )?;
            self.settings_for(database, direct)
        })
    }

    /// Whether a database is configured.
    pub(super) fn name_a_database(&self) -> Result<bool, Error> {
        with_environment(|environment| Database::is_named(self.url.as_deref(), environment))
    }

    /// The settings of what connects to nothing: the address is one that nobody uses.
    pub(super) fn settings_for_no_database(&self) -> Result<Settings, Error> {
        self.settings_for(Database::from_url("host=localhost")?, None)
    }

    fn settings_for(
        &self,
        database: Database,
        direct: Option<Database>,
    ) -> Result<Settings, Error> {
        Ok(Settings {
            direct,
            interrupt: signal::interrupt()?,
            history_schema: self.history_schema.clone(),
            environment: self.environment(),
            placeholders: self.placeholders.clone(),
            wait: self.wait,
            lock_wait: self.lock_wait,
            lock_retry_for: self.lock_retry_for,
            lock_timeout: self.lock_timeout.clone(),
            statement_timeout: self.statement_timeout.clone(),
            policies: Policies {
                late: match self.late {
                    LateArgument::Refuse => Late::Refuse,
                    LateArgument::Apply => Late::Apply,
                },
                newer: match self.newer {
                    NewerArgument::Refuse => Newer::Refuse,
                    NewerArgument::Accept => Newer::Accept,
                },
                unknown: match self.unknown {
                    UnknownArgument::Refuse => Unknown::Refuse,
                    UnknownArgument::Accept => Unknown::Accept,
                },
            },
            verify: match self.verify {
                VerifyArgument::Always => Verify::Always,
                VerifyArgument::Changed => Verify::Changed,
                VerifyArgument::Never => Verify::Never,
            },
            ..Settings::new(database)
        })
    }
}

/// Lets the settings be read from the process's environment.
pub(super) fn with_environment<T>(read: impl FnOnce(&Environment<'_>) -> T) -> T {
    let variable = |name: &str| std::env::var_os(name);
    let file = |path: &str| std::fs::read(path);
    read(&Environment {
        variable: &variable,
        file: &file,
    })
}
