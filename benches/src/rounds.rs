//! The measurement itself: the tools take turns, round by round, each on a fresh database.

use std::path::{Path, PathBuf};

use migrator_dev::server::Server;
use serde::Serialize;

use crate::failure::Outcome;
use crate::measure::{self, Usage};
use crate::processes;
use crate::program::Place;
use crate::relay::{Relay, Traffic};
use crate::start;
use crate::storage::{self, Storage};
use crate::tool::{Call, Tool};
use crate::workload::Workload;

/// The name of the one database.
const DATABASE: &str = "bench";

/// What one tool did with one workload.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) workload: Workload,
    pub(crate) storage: Storage,
    pub(crate) tool: Tool,
    pub(crate) runs: Vec<Run>,
    /// Its wall time over psql's of the same round.
    pub(crate) ratios: Vec<f64>,
    pub(crate) traffic: Traffic,
}

/// One run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Run {
    #[serde(flatten)]
    pub(crate) usage: Usage,
    pub(crate) server_cpu_ms: f64,
    /// From the start of the program to its first byte on the wire; of the steady state alone.
    pub(crate) first_byte_ms: Option<f64>,
}

/// A workload on a server.
pub(crate) struct Bench<'b> {
    pub(crate) place: &'b Place,
    pub(crate) server: &'b Server,
    pub(crate) storage: Storage,
    pub(crate) workload: Workload,
    /// Our program for this workload.
    pub(crate) binary: PathBuf,
    pub(crate) tools: &'b [Tool],
}

impl Bench<'_> {
    /// Measures every tool for some rounds.
    pub(crate) fn rows(&self, rounds: usize) -> Outcome<Vec<Row>> {
        let mut rows: Vec<Row> = self.tools.iter().map(|&tool| self.row(tool)).collect();
        for round in 0..rounds {
            for turn in 0..rows.len() {
                // Each round begins with another tool, so that none always follows the same.
                let at = (turn + round) % rows.len();
                let run = self.run(rows[at].tool, round)?;
                rows[at].runs.push(run);
            }
        }
        for row in &mut rows {
            row.traffic = self.traffic(row.tool)?;
        }
        let yardstick: Vec<f64> = rows
            .iter()
            .find(|row| row.tool == Tool::Psql)
            .map(|row| row.runs.iter().map(|run| run.usage.wall_ms).collect())
            .unwrap_or_default();
        for row in &mut rows {
            row.ratios = row
                .runs
                .iter()
                .zip(&yardstick)
                .map(|(run, psql)| run.usage.wall_ms / psql)
                .collect();
        }
        storage::drop(self.server, DATABASE)?;
        Ok(rows)
    }

    fn row(&self, tool: Tool) -> Row {
        Row {
            workload: self.workload,
            storage: self.storage,
            tool,
            runs: Vec::new(),
            ratios: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// Makes the database ready: empty, or with everything applied by this very tool.
    fn prepare(&self, tool: Tool) -> Outcome<String> {
        if self.workload != Workload::Steady {
            storage::fresh(self.server, DATABASE)?;
            return Ok(DATABASE.to_owned());
        }
        let own = format!("{DATABASE}_{}", tool.name());
        let url = self.server.url("postgres");
        let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
        let found = client.query("SELECT FROM pg_database WHERE datname = $1", &[&own])?;
        if found.is_empty() {
            storage::fresh(self.server, &own)?;
            self.call(tool, Workload::W1, &self.server.url(&own))?;
        }
        Ok(own)
    }

    fn run(&self, tool: Tool, round: usize) -> Outcome<Run> {
        let database = self.prepare(tool)?;
        let process = storage::process(self.server)?;
        if round == 0 && self.workload == Workload::Steady {
            // The first connection to a new database fills the server's caches.
            self.call(tool, self.workload, &self.server.url(&database))?;
        }
        let idle = processes::children(process)?.len();
        let before = processes::cpu_ms(process)?;
        let usage = self.call(tool, self.workload, &self.server.url(&database))?;
        processes::settle(process, idle)?;
        let server_cpu_ms = processes::cpu_ms(process)? - before;
        let first_byte_ms = if self.workload == Workload::Steady {
            Some(start::first_byte(|url| {
                self.called(tool, self.workload, url)
            })?)
        } else {
            None
        };
        Ok(Run {
            usage,
            server_cpu_ms,
            first_byte_ms,
        })
    }

    fn traffic(&self, tool: Tool) -> Outcome<Traffic> {
        let database = self.prepare(tool)?;
        let relay = Relay::start(self.server.port())?;
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}", relay.port);
        self.call(tool, self.workload, &url)?;
        Ok(relay.traffic())
    }

    fn call(&self, tool: Tool, workload: Workload, url: &str) -> Outcome<Usage> {
        let log: &Path = &self.place.folder.join("output.txt");
        measure::run(&self.called(tool, workload, url), log)
    }

    fn called(&self, tool: Tool, workload: Workload, url: &str) -> Call {
        let folder = self.place.migrations(tool, workload);
        tool.call(workload, &self.binary, &folder, url)
    }
}
