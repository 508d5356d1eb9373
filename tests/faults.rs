//! Faults on purpose: whatever breaks while a run is under way, the next run brings the database to where it was going,
//! and nobody has to mend anything.
//!
//! The short form runs with all other tests. The full form breaks at every message, and kills hundreds of times:
//! docs/reliability.md has the command, and says which test proves what.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests fails the test that calls it, and a long test says how far it is"
)]

#[expect(
    dead_code,
    unused_imports,
    reason = "what only the other tests use of it"
)]
mod support;

#[path = "faults/bouncer.rs"]
mod bouncer;
#[path = "faults/chance.rs"]
mod chance;
#[path = "faults/concurrent.rs"]
mod concurrent;
#[path = "faults/course.rs"]
mod course;
#[path = "faults/crowd.rs"]
mod crowd;
#[path = "faults/giving_way.rs"]
mod giving_way;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/matrix.rs"]
mod matrix;
#[path = "faults/pooled.rs"]
mod pooled;
#[path = "faults/relay.rs"]
mod relay;
#[path = "faults/restarts.rs"]
mod restarts;
#[path = "faults/shortage.rs"]
mod shortage;
#[path = "faults/state.rs"]
mod state;
#[path = "faults/trials.rs"]
mod trials;
#[path = "faults/turning.rs"]
mod turning;
#[path = "faults/wire.rs"]
mod wire;
