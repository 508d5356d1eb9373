//! `export`: what is baked, what would run and the expected schema as files, for review elsewhere.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Context;
use super::observe::Display;
use crate::change::{Change, Reading};
use crate::error::Error;
use crate::event::Event;
use crate::foreign::Mirror;
use crate::history::Probe;
use crate::run::refuse_changed;
use crate::script::{refuse_judged, script};
use crate::session::{Purpose, Session};
use crate::target::Target;

/// Write the baked files, the plan and the expected schema into a directory, for review
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  migrator export --to review                   the plan for the database, where one is configured
  migrator export --to review --against empty   the plan for an empty one; connects to nothing")]
pub(super) struct Arguments {
    /// A directory that is absent or empty
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// Which database the plan is for [default: the configured one, or an empty one where none is]
    #[arg(long, value_name = "WHAT")]
    against: Option<Against>,
}

/// Which database a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Against {
    /// The one that is configured
    Database,
    /// One where nothing is applied yet
    Empty,
}

impl Against {
    /// The word in JSON output.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Empty => "empty",
        }
    }
}

/// What was written.
pub(super) struct Exported<'e> {
    pub(super) arguments: &'e Arguments,
    pub(super) against: Against,
    /// How many steps the plan has.
    pub(super) steps: usize,
    /// The files, relative to the directory.
    pub(super) files: Vec<String>,
}

impl Exported<'_> {
    pub(super) fn folder(&self) -> std::borrow::Cow<'_, str> {
        self.arguments.to.to_string_lossy()
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    let against = match arguments.against {
        Some(against) => against,
        None if context.options.name_a_database()? => Against::Database,
        None => Against::Empty,
    };
    let (plan, steps) = match against {
        Against::Database => for_database(context)?,
        Against::Empty => for_empty(context)?,
    };
    let files = crate::export::export(context.bundle, &plan, &arguments.to)?;
    context.output.exported(&Exported {
        arguments,
        against,
        steps,
        files,
    });
    Ok(())
}

/// The script for the database that is configured, and how many steps it has.
fn for_database(context: &Context<'_>) -> Result<(String, usize), Error> {
    let settings = context.options.settings()?;
    let change = Change::Up(Target::Head);
    let mut display = Display::new(context.options);
    let mut session = Session::open(&settings, Purpose::Read, &mut |event| display.show(&event))
        .map_err(with_way_around)?;
    let reading = change.read(&mut session, context.bundle, &mut |event| {
        display.show(&event);
    })?;
    if let Some(class) = reading.class() {
        display.show(&Event::Recognised { class });
    }
    let plan = change.plan(context.bundle, &reading, &settings)?;
    let (open, mirror) = session.open_steps_and_mirror()?;
    mirror.as_ref().map_or(Ok(()), Mirror::refuse_changed)?;
    refuse_changed(&plan, &open)?;
    refuse_judged(&plan, &open)?;
    let known = (open.as_slice(), mirror.as_ref());
    let text = script(context.bundle, &plan, known, session.probe(), &settings)?;
    Ok((text, plan.steps.len()))
}

/// The script for an empty database of any supported version.
fn for_empty(context: &Context<'_>) -> Result<(String, usize), Error> {
    let settings = context.options.settings_for_no_database()?;
    let schema = settings.history_schema.as_deref().unwrap_or("public");
    let reading = Reading::of_empty();
    let plan = Change::Up(Target::Head).plan(context.bundle, &reading, &settings)?;
    let probe = Probe::of_empty(schema);
    let text = script(context.bundle, &plan, (&[], None), &probe, &settings)?;
    Ok((text, plan.steps.len()))
}

fn with_way_around(error: Error) -> Error {
    error.with_detail("`--against empty` needs no database: the plan is that for an empty one.")
}
