//! `serve`: the status page.

use std::path::PathBuf;

use clap::Args;

use super::observe::Display;
use super::{Context, json};
use crate::error::Error;
use crate::serve::{Door, serve};

/// Show where the database stands, for people and monitors, over HTTP
#[derive(Debug, Args)]
#[command(after_help = "\
Paths:
  /             a page for people
  /status.json  the same for programs
  /healthz      200 while the process is alive
  /readyz       200 when the database is at head, without drift; else 503 with the reasons
  /metrics      for Prometheus

It reads, over one connection, and only when it is asked. SIGTERM ends it, with exit code 0.
docs/status-page.md has probes, alerts, and how it is put behind a proxy.")]
pub(super) struct Arguments {
    /// The address and the port to listen on
    #[arg(
        long,
        value_name = "ADDRESS",
        env = "MIGRATOR_LISTEN",
        default_value = "127.0.0.1:8080",
        hide_env_values = true
    )]
    listen: String,

    /// A file with the token that every request has to carry, /healthz excepted
    #[arg(
        long,
        value_name = "PATH",
        env = "MIGRATOR_TOKEN_FILE",
        hide_env_values = true
    )]
    token_file: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let settings = context.options.settings()?;
    let mut display = Display::new(context.options);
    let door = Door {
        address: arguments.listen.clone(),
        token_file: arguments.token_file.clone(),
    };
    serve(context.bundle, &settings, &door, json::view, &mut |event| {
        display.show(&event);
    })
}
