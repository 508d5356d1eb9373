//! `plan`: what would run, without running it.

use clap::Args;

use super::Context;
use super::observe::Display;
use super::options::Grouping;
use crate::change::Change;
use crate::environment;
use crate::error::Error;
use crate::event::Event;
use crate::foreign::Mirror;
use crate::run::refuse_changed;
use crate::script::{refuse_judged, script};
use crate::session::{Purpose, Session};
use crate::target::Target;

/// Show what would run, and run nothing
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator plan                     what `up` would do
  migrator plan +1                  what `up +1` would do
  migrator plan -1                  what `down -1` would do
  migrator plan --down 20260112093000
  migrator plan --sql > plan.sql    the exact script, for `psql -f plan.sql`")]
pub(super) struct Arguments {
    /// head, base, a version, +N or -N
    #[arg(default_value = "head", allow_negative_numbers = true)]
    target: Target,
    /// The way down to the target; implied by base and -N
    #[arg(long)]
    down: bool,
    /// Print the script that `psql -f` accepts
    #[arg(long)]
    sql: bool,
    #[command(flatten)]
    grouping: Grouping,
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let mut settings = context.options.settings()?;
    settings.transactions = arguments.grouping.transactions();
    let change = match arguments.target {
        Target::Base | Target::Back(_) => Change::Down(arguments.target),
        target if arguments.down => Change::Down(target),
        target => Change::Up(target),
    };
    environment::refuse_undeclared(context.bundle, settings.environment.as_deref())?;
    let mut display = Display::new(context.options);
    let mut session = Session::open(&settings, Purpose::Read, &mut |event| display.show(&event))?;
    let reading = change.read(&mut session, context.bundle, &mut |event| {
        display.show(&event);
    })?;
    if let Some(class) = reading.class() {
        display.show(&Event::Recognised { class });
    }
    let plan = change.plan(context.bundle, &reading, &settings)?;
    if arguments.sql {
        let (open, mirror) = session.open_steps_and_mirror()?;
        mirror.as_ref().map_or(Ok(()), Mirror::refuse_changed)?;
        refuse_changed(&plan, &open)?;
        refuse_judged(&plan, &open)?;
        context.output.script(&script(
            context.bundle,
            &plan,
            (&open, mirror.as_ref()),
            session.probe(),
            &settings,
        )?);
    } else {
        context.output.plan(context.bundle, &reading, &plan);
    }
    Ok(())
}
