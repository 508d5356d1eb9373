//! Many trials, some at a time: every failure is told, with what was tried, and the trial before it stops none after it.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::Instant;

/// How many failures are told in full.
const TOLD: usize = 5;
/// The name of the threads that try.
const WORKER: &str = "trial";
static QUIET: Once = Once::new();

/// Tries each of the cases, so many at a time, and fails the test when any of them fails.
pub(crate) fn try_each<C: Debug + Sync>(
    what: &str,
    at_once: usize,
    cases: &[C],
    trial: impl Fn(&C) + Sync,
) {
    assert!(!cases.is_empty(), "{what}: nothing to try proves nothing");
    QUIET.call_once(quieten);
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_once {
            let worker = thread::Builder::new().name(WORKER.to_owned());
            worker
                .spawn_scoped(scope, || {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| trial(case))) {
                            let why = payload
                                .downcast_ref::<String>()
                                .map(String::as_str)
                                .or_else(|| payload.downcast_ref::<&str>().copied())
                                .unwrap_or("no reason");
                            let failure = format!("{what}: {case:?}\n{why}");
                            failures
                                .lock()
                                .expect("no thread that failed")
                                .push(failure);
                        }
                    }
                })
                .expect("a thread");
        }
    });
    let failures = failures.into_inner().expect("no thread that failed");
    let (tried, stranded) = (cases.len(), failures.len());
    println!(
        "{what}: {tried} tried, {stranded} failed, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    assert!(
        failures.is_empty(),
        "{stranded} of {tried} failed, of which the first are:\n{}",
        failures
            .iter()
            .take(TOLD)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n\n")
    );
}

/// A failed trial is told by the thread that collects them.
fn quieten() {
    let tell = take_hook();
    set_hook(Box::new(move |info| {
        if thread::current().name() != Some(WORKER) {
            tell(info);
        }
    }));
}
