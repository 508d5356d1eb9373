//! `show`: the baked SQL of one migration or baseline. Needs no database.

use std::str::FromStr;

use clap::Args;

use super::Context;
use crate::bundle::{Baseline, Bundle, Down, Script};
use crate::error::{Error, Kind};
use crate::label::Label;
use crate::plan;

/// Print the SQL of one migration as it is compiled into this program
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The version, or the name of a repeatable as R__NAME
    version: Wanted,
    /// Print the down SQL instead
    #[arg(long)]
    down: bool,
    /// Print the verify script instead
    #[arg(long, conflicts_with = "down")]
    verify_script: bool,
    /// Print the baseline of that version instead
    #[arg(long, conflicts_with_all = ["down", "verify_script"])]
    baseline: bool,
}

/// What is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Version(i64),
    Repeatable(String),
}

/// Which script of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Up,
    Down,
    Verify,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("R__") {
            let name = name.strip_suffix(".sql").unwrap_or(name);
            return Ok(Self::Repeatable(name.to_owned()));
        }
        let version = text
            .parse()
            .map_err(|_| "name a version, or a repeatable such as R__views".to_owned())?;
        Ok(Self::Version(version))
    }
}

pub(super) fn run(arguments: &Arguments, context: &Context<'_>) -> Result<(), Error> {
    if let Some(baseline) = baseline(arguments, context.bundle)? {
        context.output.show_baseline(context.bundle, baseline);
        return Ok(());
    }
    let side = match (arguments.down, arguments.verify_script) {
        (true, _) => Side::Down,
        (false, true) => Side::Verify,
        (false, false) => Side::Up,
    };
    let (label, script) = match &arguments.version {
        Wanted::Version(version) => migration(context.bundle, *version, side)?,
        Wanted::Repeatable(name) => repeatable(context.bundle, name, side)?,
    };
    context.output.show(label, &script);
    Ok(())
}

/// The baseline that is asked for: by the option, or because no migration has that version.
fn baseline(
    arguments: &Arguments,
    bundle: &'static Bundle,
) -> Result<Option<&'static Baseline<'static>>, Error> {
    let missing = |what: &str| {
        Err(Error::new(
            Kind::Usage,
            format!("there is no baseline {what} in this binary"),
        )
        .with_hint("Run `migrator info` to see every baseline."))
    };
    let version = match &arguments.version {
        Wanted::Version(version) => *version,
        Wanted::Repeatable(name) if arguments.baseline => return missing(&format!("R__{name}")),
        Wanted::Repeatable(_) => return Ok(None),
    };
    let found = bundle
        .baseline_up_to(version)
        .filter(|it| it.version() == version);
    let meant = arguments.baseline
        || (plan::find(bundle, version).is_none() && !arguments.down && !arguments.verify_script);
    match found {
        None if arguments.baseline => missing(&version.to_string()),
        found => Ok(found.filter(|_| meant)),
    }
}

fn migration(
    bundle: &Bundle,
    version: i64,
    side: Side,
) -> Result<(Label<'static>, Script<'static>), Error> {
    let migration = plan::find(bundle, version).ok_or_else(|| {
        Error::new(
            Kind::Usage,
            format!("version {version} does not exist in this binary"),
        )
        .with_hint("Run `migrator info` to see every version.")
    })?;
    let refused = |why: String| {
        Err(Error::new(
            Kind::Usage,
            format!("migration {version} {why}"),
        ))
    };
    let script = match (side, migration.down) {
        (Side::Up, _) => migration.up,
        (Side::Verify, _) => match migration.verify {
            Some(script) => script,
            None => return refused("has no verify script".to_owned()),
        },
        (Side::Down, Down::Script(script)) => script,
        (Side::Down, Down::Irreversible(reason)) => {
            return refused(format!("is irreversible: {reason}"));
        }
        (Side::Down, Down::Absent) => return refused("has no down file".to_owned()),
    };
    Ok((migration.label(), script))
}

fn repeatable(
    bundle: &Bundle,
    name: &str,
    side: Side,
) -> Result<(Label<'static>, Script<'static>), Error> {
    let found = bundle.repeatables.iter().find(|it| it.name == name);
    let repeatable = found.ok_or_else(|| {
        Error::new(
            Kind::Usage,
            format!("repeatable {name:?} does not exist in this binary"),
        )
        .with_hint("Run `migrator info` to see every one.")
    })?;
    let missing = match side {
        Side::Up => return Ok((repeatable.label(), repeatable.script)),
        Side::Down => "down file",
        Side::Verify => "verify script",
    };
    let message = format!("repeatable {name:?} has no {missing}");
    Err(Error::new(Kind::Usage, message))
}
