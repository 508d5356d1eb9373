//! `lint`: what `embed!` would say of a folder, without building anything.
//!
//! The findings are `migrator-source`'s; as documents for other programs they are written in `document`.

mod document;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use migrator_source::{Finding, Severity};

use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  migrator-dev lint
  migrator-dev lint --folder db/migrations --format sarif > lint.sarif

The rules and how to answer them: docs/lint.md. The exit code is 1 when there is an error.";

/// Check a folder as `embed!` does
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder of the migrations
    #[arg(long, default_value = "migrations")]
    folder: PathBuf,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As the compiler writes them
    Text,
    /// One document of our own
    Json,
    /// For code review: SARIF 2.1.0
    Sarif,
}

#[expect(clippy::print_stdout, reason = "the findings are what was asked for")]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let shown = arguments.folder.to_string_lossy();
    let shown = shown.trim_end_matches('/');
    let findings = findings(arguments, shown);
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let document = match arguments.format {
        Format::Text => {
            for finding in &findings {
                println!("{}: {finding}\n", label(finding));
            }
            println!(
                "{shown}: {errors} errors, {} warnings",
                findings.len() - errors
            );
            None
        }
        Format::Json => Some(document::json(shown, &findings)),
        Format::Sarif => Some(document::sarif(&findings)),
    };
    if let Some(document) = document {
        let text = serde_json::to_string_pretty(&document).map_err(|error| {
            Failure::new("could not write the findings as a document").detail(error)
        })?;
        println!("{text}");
    }
    Ok(if errors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What the reader and the linter have against the folder, errors first.
fn findings(arguments: &Arguments, shown: &str) -> Vec<Finding> {
    let reading = migrator_source::read(&arguments.folder, shown, &|_| false);
    let linting = migrator_source::lint(&arguments.folder, shown, &reading.folder, &[]);
    let settings = migrator_source::settings(&arguments.folder, shown);
    let problems = reading.problems.into_iter().chain(linting.problems);
    let problems = problems.chain(settings.err().into_iter().flatten());
    let warnings = reading.warnings.into_iter().chain(linting.warnings);
    problems.chain(warnings).collect()
}

fn label(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
