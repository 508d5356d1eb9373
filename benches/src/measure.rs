//! One call of one program, measured from outside.
//!
//! The kernel adds up what a process's children used, and keeps the largest memory of any of them. So each measured
//! program is the only child of a fresh process of this harness, which reports on it and ends.

use std::env;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};
use crate::tool::Call;

/// What a call took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Usage {
    /// From the start of the process to its end.
    pub(crate) wall_ms: f64,
    /// User and system time of the process and its children.
    pub(crate) cpu_ms: f64,
    /// The most memory that any one process of it held.
    pub(crate) peak_kib: i64,
}

/// The word that makes this program the parent of a measured one.
pub(crate) const INNER: &str = "measure";

/// Runs a call in a process of its own. What it prints goes to a file, and is shown when it fails.
pub(crate) fn run(call: &Call, log: &Path) -> Outcome<Usage> {
    let harness = env::current_exe()?;
    let output = File::create(log).map_err(Failure::at(log))?;
    let answer = Command::new(&harness)
        .arg(INNER)
        .arg(&call.program)
        .args(&call.arguments)
        .current_dir(&call.folder)
        .env("DATABASE_URL", &call.url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(output)
        .output()
        .map_err(Failure::at(&harness))?;
    if !answer.status.success() {
        let said = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(12)..].join("\n");
        return Err(Failure::new(format!(
            "{} failed:\n{last}",
            call.program.display()
        )));
    }
    Ok(serde_json::from_slice(&answer.stdout)?)
}

/// The inner process: runs its arguments, and prints what they used.
#[expect(clippy::print_stdout, reason = "the answer to the outer process")]
pub(crate) fn inner(mut arguments: impl Iterator<Item = String>) -> Outcome<()> {
    let program = arguments
        .next()
        .ok_or_else(|| Failure::new("nothing to measure"))?;
    let mut command = Command::new(&program);
    command.args(arguments).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(Failure::at(Path::new(&program)))?;
    let wall = start.elapsed();
    if !status.success() {
        return Err(Failure::new(format!("{program}: {status}")));
    }
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(std::io::Error::from)?;
    let microseconds = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    let usage = Usage {
        wall_ms: wall.as_secs_f64() * 1e3,
        cpu_ms: std::time::Duration::from_micros(microseconds.unsigned_abs()).as_secs_f64() * 1e3,
        peak_kib: used.max_rss(),
    };
    println!("{}", serde_json::to_string(&usage)?);
    Ok(())
}
