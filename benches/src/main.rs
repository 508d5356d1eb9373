//! Measures migrator beside psql, and beside other tools where they are installed.
//!
//! A harness, not a test: it asserts nothing, and says which of its goals were reached. `docs/benchmarks.md` explains
//! what the numbers mean.

mod compile;
mod failure;
mod folder;
mod goal;
mod measure;
mod planning;
mod processes;
mod program;
mod relay;
mod report;
mod rounds;
mod schema;
mod start;
mod storage;
mod tool;
mod workload;

use std::fs;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use failure::{Failure, Outcome};
use program::Place;
use report::Report;
use rounds::Bench;
use storage::Storage;
use tool::Tool;
use workload::Workload;

/// Measures migrator beside psql and other tools.
#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct Arguments {
    /// What to measure; everything when nothing is named.
    workloads: Vec<Workload>,
    /// Where the server's data directory is.
    #[arg(long, default_value = "both")]
    storage: Storages,
    /// How many rounds; by default as many as suit the workload.
    #[arg(long)]
    rounds: Option<usize>,
    /// Leave out every tool but psql and ours.
    #[arg(long)]
    no_others: bool,
    /// Print one JSON document with every single run.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Storages {
    Tmpfs,
    Disk,
    Both,
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).peekable();
    let result = if words.next_if(|word| word == measure::INNER).is_some() {
        measure::inner(words)
    } else {
        run(&Arguments::parse())
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "progress and errors of a program for people"
)]
fn say(text: &str) {
    eprintln!("{text}");
}

fn run(arguments: &Arguments) -> Outcome<()> {
    let place = Place::find()?;
    let mut report = Report::default();
    let chosen = if arguments.workloads.is_empty() {
        &Workload::ALL[..]
    } else {
        &arguments.workloads
    };
    let rounds = |workload: Workload| arguments.rounds.unwrap_or(workload.rounds());
    let mut on_server = Vec::new();
    for &workload in chosen {
        match workload {
            Workload::Build => {
                say("compiling 10,000 files");
                report.compilations = compile::compile(&place, rounds(workload))?;
            }
            Workload::Plan => report.plans_ms = planning::plan(rounds(workload))?,
            _ => on_server.push(workload),
        }
    }
    if !on_server.is_empty() {
        databases(&place, &on_server, arguments, &mut report)?;
    }
    report::print(&report, arguments.json)?;
    for verdict in goal::verdicts(&report) {
        say(&verdict);
    }
    Ok(())
}

fn databases(
    place: &Place,
    workloads: &[Workload],
    arguments: &Arguments,
    report: &mut Report,
) -> Outcome<()> {
    let mut prepared: Vec<(Workload, program::Program, Vec<Tool>)> = Vec::new();
    for &workload in workloads {
        let tools: Vec<Tool> = Tool::ALL
            .into_iter()
            .filter(|tool| !arguments.no_others || matches!(tool, Tool::Psql | Tool::Migrator))
            .filter(|tool| tool.can(workload))
            .collect();
        say(&format!("preparing {}", workload.name()));
        let migrations = workload.source().migrations();
        for &tool in tools.iter().filter(|&&tool| tool != Tool::Migrator) {
            folder::write(tool, &place.migrations(tool, workload), &migrations)?;
        }
        drop(migrations);
        let program = place.write(workload)?;
        program.build()?;
        let binary = program.binary();
        let size = fs::metadata(&binary).map_err(Failure::at(&binary))?.len();
        report.binaries.push((workload.name().to_owned(), size));
        prepared.push((workload, program, tools));
    }
    let storages = match arguments.storage {
        Storages::Tmpfs => vec![Storage::Tmpfs],
        Storages::Disk => vec![Storage::Disk],
        Storages::Both => vec![Storage::Tmpfs, Storage::Disk],
    };
    for storage in storages {
        let server = storage.start()?;
        server.version().clone_into(&mut report.server);
        for (workload, program, tools) in &prepared {
            say(&format!(
                "measuring {} on {}",
                workload.name(),
                storage.name()
            ));
            let bench = Bench {
                place,
                server: &server,
                storage,
                workload: *workload,
                binary: program.binary(),
                tools,
            };
            let rounds = arguments.rounds.unwrap_or(workload.rounds());
            report.rows.extend(bench.rows(rounds)?);
        }
    }
    Ok(())
}
