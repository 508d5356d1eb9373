//! The command line: what is typed, turned into calls of the library. One file a command.
//!
//! Nothing is decided here that the library could decide. Only `render`, `json` and `observe` print; `termination`
//! writes the summary that a container leaves behind.

mod adopt;
mod check;
mod completions;
mod current;
mod down;
mod duration;
mod export;
mod help;
mod history;
mod identify;
mod info;
mod json;
mod logging;
mod manual;
mod observe;
mod options;
mod plan;
mod redo;
mod render;
mod resolve;
#[cfg(feature = "serve")]
mod serve;
mod show;
mod signal;
mod stamp;
mod status;
mod termination;
mod unlock;
mod up;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::bundle::Bundle;
use crate::error::Error;
use crate::placeholder::Values;
use options::{LogFormat, Options, with_environment};
use termination::Termination;

const EXAMPLES: &str = "\
Examples:
  migrator up                       bring the database to head
  migrator up --wait 60s            the same, once the server accepts connections
  migrator up +1                    one migration further
  migrator down -1                  undo the newest one
  migrator plan                     what `up` would do
  migrator status                   where the database stands
  migrator check                    exit 4 when migrations are pending
  migrator check --wait 5min        wait until somebody else has applied them
  migrator unlock                   who holds the lock

The database is named by --url, MIGRATOR_DATABASE_URL, DATABASE_URL, POSTGRES_HOST and its
companions, or PGHOST and its companions; the first that is set wins. Secrets may come from
files: POSTGRES_PASSWORD_FILE, DATABASE_URL_FILE. Commands that change the database need a
session of the server: behind a transaction pooler, name the server itself with --direct-url
or MIGRATOR_DIRECT_URL.

Exit codes: 0 done or nothing to do, 1 a migration failed, 2 usage or configuration,
3 history and binary disagree, 4 migrations are pending (check), 5 the lock was not obtained,
6 no connection, 7 the schema is not the proven one, 8 interrupted (SIGTERM, SIGINT),
9 a step is in doubt (resolve).";

/// Brings a PostgreSQL database to the schema history that is compiled into this program.
#[derive(Debug, Parser)]
#[command(name = "migrator", version, after_help = EXAMPLES, max_term_width = 100, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(visible_alias = "upgrade")]
    Up(up::Arguments),
    #[command(visible_alias = "downgrade")]
    Down(down::Arguments),
    Redo(redo::Arguments),
    Plan(plan::Arguments),
    Status(status::Arguments),
    History(history::Arguments),
    Current(current::Arguments),
    Check(check::Arguments),
    Stamp(stamp::Arguments),
    Adopt(adopt::Arguments),
    Resolve(resolve::Arguments),
    Unlock(unlock::Arguments),
    Verify(verify::Arguments),
    Identify(identify::Arguments),
    Info(info::Arguments),
    Show(show::Arguments),
    Export(export::Arguments),
    #[cfg(feature = "serve")]
    Serve(serve::Arguments),
    Completions(completions::Arguments),
    Help(help::Arguments),
}

impl Command {
    const fn name(&self) -> &'static str {
        match self {
            Self::Up(_) => "up",
            Self::Down(_) => "down",
            Self::Redo(_) => "redo",
            Self::Plan(_) => "plan",
            Self::Status(_) => "status",
            Self::History(_) => "history",
            Self::Current(_) => "current",
            Self::Check(_) => "check",
            Self::Stamp(_) => "stamp",
            Self::Adopt(_) => "adopt",
            Self::Resolve(_) => "resolve",
            Self::Unlock(_) => "unlock",
            Self::Verify(_) => "verify",
            Self::Identify(_) => "identify",
            Self::Info(_) => "info",
            Self::Show(_) => "show",
            Self::Export(_) => "export",
            #[cfg(feature = "serve")]
            Self::Serve(_) => "serve",
            Self::Completions(_) => "completions",
            Self::Help(_) => "help",
        }
    }
}

/// What every command gets.
struct Context<'c> {
    bundle: &'static Bundle,
    /// What this program is called: an application bakes its own under its own name.
    program: &'c str,
    options: &'c Options,
    output: Output<'c>,
}

/// How a command says what it was asked for.
#[derive(Clone, Copy, Debug)]
struct Output<'c> {
    command: &'static str,
    format: Format,
    log_format: LogFormat,
    termination: &'c Termination,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Text,
    Json,
}

/// Runs the command line of this process around a bundle.
#[must_use]
pub fn main(bundle: &'static Bundle) -> ExitCode {
    run(bundle, std::env::args_os())
}

/// Runs a command line, the program's name first, around a bundle.
pub fn run(bundle: &'static Bundle, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let program = manual::program(arguments.first());
    let parsed = Cli::try_parse_from(arguments).and_then(|cli| match cli.command {
        Command::Help(help) if !help.man() => Cli::try_parse_from(help.as_flag(&program)),
        _ => Ok(cli),
    });
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let named = std::env::var_os(termination::VARIABLE);
            Termination::new(None, named.as_deref()).refuse(bundle.head(), &error);
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    cli.options.placeholders =
        with_environment(|environment| Values::from_variables(bundle, environment, names));
    logging::start(&cli.options);
    let command = cli.command.name();
    let termination = Termination::new(Some(command), cli.options.termination_log.as_deref());
    let output = Output {
        command,
        format: cli.options.format(),
        log_format: cli.options.log_format,
        termination: &termination,
    };
    let context = Context {
        bundle,
        program: &program,
        options: &cli.options,
        output,
    };
    let outcome = cli.command.run(&context);
    if let Err(error) = &outcome {
        output.error(error);
    }
    termination.end(bundle.head(), &outcome);
    outcome.map_or_else(
        |error| ExitCode::from(error.kind().exit_code()),
        |()| ExitCode::SUCCESS,
    )
}

impl Command {
    fn run(&self, context: &Context<'_>) -> Result<(), Error> {
        match self {
            Self::Up(arguments) => up::run(arguments, context),
            Self::Down(arguments) => down::run(arguments, context),
            Self::Redo(arguments) => redo::run(arguments, context),
            Self::Plan(arguments) => plan::run(arguments, context),
            Self::Status(arguments) => status::run(arguments, context),
            Self::History(arguments) => history::run(arguments, context),
            Self::Current(arguments) => current::run(arguments, context),
            Self::Check(arguments) => check::run(arguments, context),
            Self::Stamp(arguments) => stamp::run(arguments, context),
            Self::Adopt(arguments) => adopt::run(arguments, context),
            Self::Resolve(arguments) => resolve::run(arguments, context),
            Self::Unlock(arguments) => unlock::run(arguments, context),
            Self::Verify(arguments) => verify::run(arguments, context),
            Self::Identify(arguments) => identify::run(arguments, context),
            Self::Info(arguments) => {
                info::run(arguments, context);
                Ok(())
            }
            Self::Show(arguments) => show::run(arguments, context),
            Self::Export(arguments) => export::run(arguments, context),
            #[cfg(feature = "serve")]
            Self::Serve(arguments) => serve::run(arguments, context),
            Self::Completions(arguments) => {
                completions::run(arguments, context);
                Ok(())
            }
            Self::Help(arguments) => help::run(arguments, context),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
