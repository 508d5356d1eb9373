//! Large files: applied whole, with little memory beside their text.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Duration;

use crate::support::{Database, History, Ran};

const SIZE: usize = 50 * 1024 * 1024;
/// What a run may need beside the text.
const ALLOWANCE: usize = 16 * 1024 * 1024;

/// A field of what Linux tells about a process, in bytes; `None` once it has ended.
fn memory(pid: u32, field: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Reading the folder takes memory that a baked one does not. So the first migration sleeps, and only what comes after
/// it counts.
fn applied_in_little_memory(text: &str, rows: usize) {
    let history = History::new(&[
        (
            "V1__rest.sql",
            "-- migrator: no-transaction\nSELECT pg_sleep(0.5);",
        ),
        ("V2__seed.sql", text),
    ]);
    let database = Database::fresh();
    let child = history.call(&["up"]).on(&database).start();
    let pid = child.id();
    database.until_it_sleeps();
    // 5 forgets the peak so far (<https://www.kernel.org/doc/html/latest/filesystems/proc.html>).
    fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a process of ours");
    let at_rest = memory(pid, "VmRSS:").expect("a process that sleeps");
    let watch = thread::spawn(move || {
        let mut highest = 0;
        while let Some(now) = memory(pid, "VmHWM:") {
            highest = highest.max(now);
            thread::sleep(Duration::from_millis(5));
        }
        highest
    });
    Ran::after(child).exits(0);
    let highest = watch.join().expect("a thread");
    assert_eq!(
        database.value("SELECT count(*) FROM seed"),
        rows.to_string()
    );
    assert!(
        at_rest > text.len(),
        "the text is not in memory: {at_rest} bytes"
    );
    assert!(
        highest >= at_rest && highest < at_rest + ALLOWANCE,
        "{at_rest} bytes grew to {highest}"
    );
}

#[test]
fn a_seed_of_many_inserts() {
    let mut text = String::from("CREATE TABLE seed (id int, note text);\n");
    let mut rows = 0;
    while text.len() < SIZE {
        text.push_str("INSERT INTO seed VALUES ");
        for at in 0..50 {
            let comma = if at == 0 { "" } else { ",\n" };
            let _ = write!(
                text,
                "{comma}({rows}, '{}')",
                "a note of some length ".repeat(10)
            );
            rows += 1;
        }
        text.push_str(";\n");
    }
    applied_in_little_memory(&text, rows);
}

#[test]
fn a_seed_that_is_copied() {
    let mut text = String::from("CREATE TABLE seed (id int, note text);\nCOPY seed FROM stdin;\n");
    let mut rows = 0;
    while text.len() < SIZE {
        let _ = writeln!(text, "{rows}\t{}", "a note of some length ".repeat(10));
        rows += 1;
    }
    text.push_str("\\.\n");
    applied_in_little_memory(&text, rows);
}
