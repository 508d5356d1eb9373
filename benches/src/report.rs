//! What was measured: as tables for people, or as one JSON document.

use serde::Serialize;

use crate::compile::Compilation;
use crate::failure::Outcome;
use crate::rounds::{Row, Run};

/// Everything that one call of the harness measured.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) server: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) compilations: Vec<Compilation>,
    /// Times of planning, in milliseconds.
    pub(crate) plans_ms: Vec<f64>,
    /// The sizes of our programs, by workload.
    pub(crate) binaries: Vec<(String, u64)>,
}

/// The middle of some numbers, and their ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = numbers.collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        // The two in the middle, which are one where their number is odd.
        let (below, above) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Self {
            median: f64::midpoint(below, above),
            least,
            most,
        }
    }
}

impl Row {
    pub(crate) fn spread(&self, of: impl Fn(&Run) -> f64) -> Spread {
        Spread::of(self.runs.iter().map(of))
    }

    /// From the start of the program to its first byte, in milliseconds, where that was measured.
    pub(crate) fn first_byte(&self) -> Option<Spread> {
        let times: Vec<f64> = self
            .runs
            .iter()
            .filter_map(|run| run.first_byte_ms)
            .collect();
        (!times.is_empty()).then(|| Spread::of(times.into_iter()))
    }

    /// The most memory of any run, in MB.
    pub(crate) fn peak_mb(&self) -> f64 {
        self.spread(|run| mb(run.usage.peak_kib)).most
    }
}

/// Megabytes of a number of kilobytes.
pub(crate) fn mb(kib: i64) -> f64 {
    f64::from(i32::try_from(kib).unwrap_or(i32::MAX)) / 1024.0
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
pub(crate) fn print(report: &Report, as_json: bool) -> Outcome<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{}", text(report));
    }
    Ok(())
}

fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    if !report.rows.is_empty() {
        lines.push(format!(
            "PostgreSQL {}. Times in ms, memory in MB.\n",
            report.server
        ));
        lines.push("| workload | storage | tool | rounds | wall (range) | / psql (range) | client CPU | server CPU | peak memory | round trips, of them to connect | bytes sent | start to first byte |".to_owned());
        lines.push("|---|---|---|---|---|---|---|---|---|---|---|---|".to_owned());
        lines.extend(report.rows.iter().map(line));
    }
    if !report.compilations.is_empty() {
        lines.push("\n| profile | clean build, s | after one file changed, s | peak memory, MB | binary, MB |".to_owned());
        lines.push("|---|---|---|---|---|".to_owned());
        lines.extend(report.compilations.iter().map(compiled));
    }
    if !report.plans_ms.is_empty() {
        let Spread {
            median,
            least,
            most,
        } = Spread::of(report.plans_ms.iter().copied());
        lines.push(format!(
            "\nPlanning 10,000 migrations, 9,999 of them applied: {median:.2} ms ({least:.2}-{most:.2})."
        ));
    }
    for (name, bytes) in &report.binaries {
        lines.push(format!(
            "\nThe program of {name} has {:.1} MB.",
            megabytes(*bytes)
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn line(row: &Row) -> String {
    let wall = row.spread(|run| run.usage.wall_ms);
    let ratio = Spread::of(row.ratios.iter().copied());
    let first_byte = row.first_byte().map_or_else(String::new, |it| {
        format!("{:.1} ({:.1}-{:.1})", it.median, it.least, it.most)
    });
    format!(
        "| {} | {} | {} | {} | {:.1} ({:.1}-{:.1}) | {:.2} ({:.2}-{:.2}) | {:.1} | {:.0} | {:.1} | {}, {} | {} | {} |",
        row.workload.name(),
        row.storage.name(),
        row.tool.name(),
        row.runs.len(),
        wall.median,
        wall.least,
        wall.most,
        ratio.median,
        ratio.least,
        ratio.most,
        row.spread(|run| run.usage.cpu_ms).median,
        row.spread(|run| run.server_cpu_ms).median,
        row.peak_mb(),
        row.traffic.round_trips,
        row.traffic.to_connect,
        row.traffic.bytes_sent,
        first_byte,
    )
}

fn compiled(compilation: &Compilation) -> String {
    let seconds = |usages: &[crate::measure::Usage]| {
        let Spread {
            median,
            least,
            most,
        } = Spread::of(usages.iter().map(|usage| usage.wall_ms / 1e3));
        format!("{median:.1} ({least:.1}-{most:.1})")
    };
    let usages = compilation.clean.iter().chain(&compilation.changed);
    format!(
        "| {} | {} | {} | {:.0} | {:.1} |",
        compilation.profile,
        seconds(&compilation.clean),
        seconds(&compilation.changed),
        Spread::of(usages.map(|usage| mb(usage.peak_kib))).most,
        megabytes(compilation.binary_bytes),
    )
}

/// Megabytes of a number of bytes.
pub(crate) fn megabytes(bytes: u64) -> f64 {
    mb(i64::try_from(bytes / 1024).unwrap_or(i64::MAX))
}
