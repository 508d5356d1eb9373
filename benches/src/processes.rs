//! The processor time of a server, as Linux accounts for it in `/proc`.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::unistd::{SysconfVar, sysconf};

use crate::failure::{Failure, Outcome};

/// The processor time that a process, its children and its ended children have used, in milliseconds.
pub(crate) fn cpu_ms(process: u32) -> Outcome<f64> {
    let ticks_a_second = sysconf(SysconfVar::CLK_TCK)
        .ok()
        .flatten()
        .and_then(|ticks| u32::try_from(ticks).ok())
        .unwrap_or(100);
    // Of the children only what they used themselves: those of theirs that ended have no bearing on a server.
    let own = ticks(process, 4)?;
    let running: u32 = children(process)?
        .into_iter()
        .map(|child| ticks(child, 2).unwrap_or(0))
        .sum();
    Ok(f64::from(own + running) * 1e3 / f64::from(ticks_a_second))
}

/// Waits until a process has no more children than this: the backend of a client ends a little after the client.
pub(crate) fn settle(process: u32, count: usize) -> Outcome<()> {
    let deadline = Instant::now() + Duration::from_secs(2);
    while children(process)?.len() > count && Instant::now() < deadline {
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// The processes that a process has started.
pub(crate) fn children(process: u32) -> Outcome<Vec<u32>> {
    let text = fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    Ok(text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect())
}

/// The sum of the first fields of user and system time: 2 are the process's own, 4 include its ended children.
fn ticks(process: u32, fields: usize) -> Outcome<u32> {
    let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name before the last parenthesis may hold anything; user time is the twelfth field behind it.
    let (_, rest) = text
        .rsplit_once(')')
        .ok_or_else(|| Failure::new("/proc/PID/stat is unreadable"))?;
    Ok(rest
        .split_whitespace()
        .skip(11)
        .take(fields)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum())
}
