//! The workbench of migrator: what is needed while writing migrations, and never shipped.
//!
//! Reads the command line and says what failed; each command is a file of its own in `commands`.

mod commands;
mod failure;
mod import;
mod timestamp;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  migrator-dev new \"add users\"                     write an up and a down file
  migrator-dev lint                                say what is dangerous in the migrations
  migrator-dev prove                               run every migration up, down and up again; write migrator.lock
  migrator-dev rebase                              give late migrations versions after the newest
  migrator-dev import --from goose db/migrations   convert another tool's folder of migrations
  migrator-dev squash --to 20260101120000          write a baseline in place of old migrations
  migrator-dev try                                 watch a PostgreSQL go from empty to head
  migrator-dev with-server -- cargo test           run a command with a PostgreSQL of its own";

/// The workbench of migrator: new migrations, lint, proofs and throwaway servers.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Commands,
}

#[derive(Debug, Subcommand)]
enum Commands {
    Import(commands::import::Arguments),
    Lint(commands::lint::Arguments),
    New(commands::new::Arguments),
    Prove(commands::prove::Arguments),
    Rebase(commands::rebase::Arguments),
    Squash(commands::squash::Arguments),
    Try(commands::r#try::Arguments),
    WithServer(commands::with_server::Arguments),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Commands::Import(arguments) => commands::import::run(&arguments),
        Commands::Lint(arguments) => commands::lint::run(&arguments),
        Commands::New(arguments) => commands::new::run(&arguments),
        Commands::Prove(arguments) => commands::prove::run(&arguments),
        Commands::Rebase(arguments) => commands::rebase::run(&arguments),
        Commands::Squash(arguments) => commands::squash::run(&arguments),
        Commands::Try(arguments) => commands::r#try::run(&arguments),
        Commands::WithServer(arguments) => commands::with_server::run(&arguments),
    };
    result.unwrap_or_else(|failure| {
        failure.print();
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
