//! What is to be reached, set against what was measured.

use crate::report::{Report, Spread, mb, megabytes};
use crate::rounds::Row;
use crate::storage::Storage;
use crate::tool::Tool;
use crate::workload::Workload;

/// One goal.
struct Goal {
    what: String,
    limit: f64,
    measured: f64,
}

/// One line for each goal that this report can speak about.
pub(crate) fn verdicts(report: &Report) -> Vec<String> {
    let ours = report.rows.iter().filter(|row| row.tool == Tool::Migrator);
    let mut goals: Vec<Goal> = ours.flat_map(|row| of_row(row, report)).collect();
    for compilation in &report.compilations {
        let seconds = |usages: &[crate::measure::Usage]| {
            Spread::of(usages.iter().map(|usage| usage.wall_ms / 1e3)).median
        };
        let profile = compilation.profile;
        goals.push(goal(
            format!("clean {profile} build, s"),
            30.0,
            seconds(&compilation.clean),
        ));
        goals.push(goal(
            format!("{profile} build after one file changed, s"),
            3.0,
            seconds(&compilation.changed),
        ));
    }
    if !report.plans_ms.is_empty() {
        let plan = Spread::of(report.plans_ms.iter().copied()).median;
        goals.push(goal("planning 10,000 migrations, ms", 20.0, plan));
    }
    goals.iter().map(Goal::line).collect()
}

fn goal(what: impl Into<String>, limit: f64, measured: f64) -> Goal {
    Goal {
        what: what.into(),
        limit,
        measured,
    }
}

fn of_row(row: &Row, report: &Report) -> Vec<Goal> {
    let name = format!("{} on {}", row.workload.name(), row.storage.name());
    let called = |what: &str| format!("{name}: {what}");
    let cpu = row.spread(|run| run.usage.cpu_ms).median;
    let wall = row.spread(|run| run.usage.wall_ms).median;
    let running = f64::from(row.traffic.round_trips - row.traffic.to_connect);
    match row.workload {
        Workload::W1 => {
            let ratio = Spread::of(row.ratios.iter().copied()).median;
            let mut goals = vec![
                goal(called("client CPU, ms"), 50.0, cpu),
                goal(called("peak memory, MB"), 8.0, row.peak_mb()),
                goal(called("round trips a migration"), 2.0, running / 1e3),
            ];
            if row.storage == Storage::Tmpfs {
                goals.insert(0, goal(called("wall time / psql"), 0.65, ratio));
            }
            goals
        }
        Workload::Steady => vec![
            goal(called("wall time, ms"), 10.0, wall),
            goal(called("peak memory, MB"), 8.0, row.peak_mb()),
            goal(
                called("start to first byte, ms"),
                5.0,
                row.first_byte().unwrap_or_default().median,
            ),
            goal(called("round trips once connected"), 4.0, running),
        ],
        Workload::SeedInsert | Workload::SeedCopy => {
            let binary = report
                .binaries
                .iter()
                .find(|(of, _)| of == row.workload.name())
                .map_or(0.0, |(_, bytes)| megabytes(*bytes));
            vec![goal(
                called("peak memory, MB"),
                binary + mb(16 * 1024),
                row.peak_mb(),
            )]
        }
        Workload::W10k | Workload::Build | Workload::Plan => Vec::new(),
    }
}

impl Goal {
    fn line(&self) -> String {
        let verdict = if self.measured <= self.limit {
            "reached"
        } else {
            "MISSED"
        };
        format!(
            "{verdict}: {}: {:.3}, to reach {:.3}",
            self.what, self.measured, self.limit
        )
    }
}
