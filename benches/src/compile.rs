//! How long a user's crate with a large folder takes to compile, once its dependencies are.

use std::fs;
use std::path::PathBuf;

use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::measure::{self, Usage};
use crate::program::{Place, Program};
use crate::tool::{Call, Tool};
use crate::workload::Workload;

/// One profile's times.
#[derive(Debug, Serialize)]
pub(crate) struct Compilation {
    pub(crate) profile: &'static str,
    /// The package alone, from nothing.
    pub(crate) clean: Vec<Usage>,
    /// After one file changed.
    pub(crate) changed: Vec<Usage>,
    /// The size of the program.
    pub(crate) binary_bytes: u64,
}

/// Compiles the crate of 10,000 files in both profiles.
pub(crate) fn compile(place: &Place, rounds: usize) -> Outcome<Vec<Compilation>> {
    let program = place.write(Workload::Build)?;
    let file = place
        .migrations(Tool::Migrator, Workload::Build)
        .join("V5000__change_5000.sql");
    [
        ("dev", [].as_slice()),
        ("release", ["--release"].as_slice()),
    ]
    .into_iter()
    .map(|(profile, flags)| profile_of(place, &program, &file, rounds, (profile, flags)))
    .collect()
}

fn profile_of(
    place: &Place,
    program: &Program,
    file: &PathBuf,
    rounds: usize,
    (profile, flags): (&'static str, &[&str]),
) -> Outcome<Compilation> {
    let build = [&["build"], flags].concat();
    let clean = [&["clean", "-p", &program.package], flags].concat();
    program.cargo(&build)?;
    let call = Call {
        program: PathBuf::from("cargo"),
        arguments: program.arguments(&build),
        url: String::new(),
        folder: program.folder.clone(),
    };
    let log = place.folder.join("output.txt");
    let mut compilation = Compilation {
        profile,
        clean: Vec::new(),
        changed: Vec::new(),
        binary_bytes: 0,
    };
    let text = fs::read_to_string(file).map_err(Failure::at(file))?;
    for round in 0..rounds {
        program.cargo(&clean)?;
        compilation.clean.push(measure::run(&call, &log)?);
        fs::write(file, format!("{text}-- Edited {round} times.\n")).map_err(Failure::at(file))?;
        compilation.changed.push(measure::run(&call, &log)?);
    }
    fs::write(file, text).map_err(Failure::at(file))?;
    let binary = program.binary_of(profile);
    compilation.binary_bytes = fs::metadata(&binary).map_err(Failure::at(&binary))?.len();
    Ok(compilation)
}
