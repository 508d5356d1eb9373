//! `down`: undo what is applied.

use std::io::IsTerminal as _;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Args;

use super::observe::Display;
use super::options::Grouping;
use super::{Context, render};
use crate::change::{Change, Reading};
use crate::error::{Error, Kind};
use crate::interrupt::Interrupt;
use crate::plan::Plan;
use crate::target::Target;

/// Undo what is applied, down to a target
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator down -1                  undo the newest one
  migrator down 20260112093000      undo everything after this version
  migrator down base --yes          undo everything, without being asked")]
pub(super) struct Arguments {
    /// base, a version, or -N
    #[arg(allow_negative_numbers = true)]
    target: Target,
    /// Do not ask before undoing more than one migration
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    grouping: Grouping,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let mut settings = context.options.settings()?;
    settings.transactions = arguments.grouping.transactions();
    let interrupt = settings.interrupt.clone();
    let mut consent = |plan: &Plan<'_>, _: &Reading| {
        if arguments.yes || plan.steps.len() <= 1 {
            return Ok(());
        }
        let hint = format!(
            "Look with `migrator plan --down {}`, then add `--yes`.",
            arguments.target
        );
        ask(
            plan,
            &format!("undoing {} migrations", plan.steps.len()),
            &hint,
            &interrupt,
        )
    };
    let mut display = Display::new(context.options);
    let report = crate::change(
        context.bundle,
        &settings,
        Change::Down(arguments.target),
        &mut consent,
        &mut |event| display.show(&event),
    )?;
    drop(display);
    context.output.report(&report);
    Ok(())
}

/// Asks on the terminal whether a plan may run; without a terminal, `--yes` is needed.
pub(super) fn ask(
    plan: &Plan<'_>,
    what: &str,
    hint: &str,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() || !std::io::stderr().is_terminal() {
        return Err(
            Error::new(Kind::Usage, format!("{what} needs a confirmation")).with_hint(hint),
        );
    }
    render::question(plan);
    let answer = answer(interrupt)?;
    if matches!(answer.trim(), "y" | "yes") {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        format!("{what} was not confirmed; nothing was done"),
    ))
}

/// One line from the terminal. A thread reads it: a signal does not end reading, but it ends waiting for it.
fn answer(interrupt: &Interrupt) -> Result<String, Error> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut answer = String::new();
        // What cannot be read is no yes.
        let _ = std::io::stdin().read_line(&mut answer);
        sender.send(answer)
    });
    loop {
        interrupt.sleep(Duration::ZERO)?;
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(answer) => return Ok(answer),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(String::new()),
        }
    }
}
