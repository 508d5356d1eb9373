//! The command line around the folder that `MIGRATOR_TEST_FOLDER` names, read when the program starts.
//!
//! The tests run it where the shipped binary would have to be compiled anew for each made-up history.

use std::path::Path;
use std::process::ExitCode;

use migrator::bundle::{Bundle, Proof};
use migrator_dev::bake;

fn main() -> ExitCode {
    let Some(folder) = std::env::var_os("MIGRATOR_TEST_FOLDER") else {
        return refuse(&["MIGRATOR_TEST_FOLDER is not set".to_owned()]);
    };
    match bake::bundle(Path::new(&folder)) {
        // Nobody has tried to prove a made-up history, so there is nothing to warn of.
        Ok(bundle) if bundle.proof.is_absent() => {
            let proof = Proof {
                unproven: &[],
                ..bundle.proof
            };
            migrator::cli::main(Box::leak(Box::new(Bundle { proof, ..*bundle })))
        }
        Ok(bundle) => migrator::cli::main(bundle),
        Err(problems) => refuse(&problems),
    }
}

/// A code that the command line never exits with, so that a bad folder cannot look like an expected failure.
#[expect(clippy::print_stderr, reason = "a program of its own")]
fn refuse(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("{problem}");
    }
    ExitCode::from(99)
}
