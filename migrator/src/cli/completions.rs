//! `completions`: what a shell needs to complete this command line. Needs no database.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Context};

/// Print what a shell needs to complete commands and options
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator completions bash > /etc/bash_completion.d/migrator
  migrator completions zsh > /usr/local/share/zsh/site-functions/_migrator
  migrator completions fish > ~/.config/fish/completions/migrator.fish
  source <(migrator completions bash)   for this shell only")]
pub(super) struct Arguments {
    /// For which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Cli::command(),
        context.program,
        &mut script,
    );
    context.output.completions(
        &arguments.shell.to_string(),
        &String::from_utf8_lossy(&script),
    );
}
