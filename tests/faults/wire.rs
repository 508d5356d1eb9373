//! The connection breaks after each message of a course, in each direction and each way.

use std::time::{Duration, Instant};

use crate::chance::Extent;
use crate::course::{Course, Phase, ended_as_it_may};
use crate::relay::{Fault, Moment, Relay, STALL, Side, WAYS, Way};
use crate::trials::try_each;

/// A runner notices a broken connection at once, and may need a moment on a busy machine.
const NOTICED: Duration = Duration::from_secs(10);

fn breaks(phase: &Phase, way: Way) -> Vec<Fault> {
    let mut faults = Vec::new();
    for side in [Side::Runner, Side::Server] {
        let messages = phase.messages(side);
        let stride = match Extent::asked() {
            Extent::Full => 1,
            Extent::Short => (messages / 7).max(1),
        };
        for count in (0..=messages).step_by(stride) {
            faults.push(Fault {
                side,
                moment: Moment::After(count),
                way,
            });
        }
    }
    faults
}

fn survives(course: &Course, phase: &Phase, fault: Fault) {
    let database = phase.database();
    let relay = Relay::before(&database, Some(fault));
    let start = Instant::now();
    let ran = course
        .call(phase)
        .variable("DATABASE_URL", relay.url(&database))
        .run();
    let took = start.elapsed();
    let story = format!("broken: {}; the run: {ran}", relay.is_broken());
    assert!(ended_as_it_may(&ran), "{story}");
    assert!(
        took < phase.took + STALL + NOTICED,
        "it took {took:?}; {story}"
    );
    drop(relay);
    course.recovers(phase, &database, &story);
}

fn every_break(way: Way) {
    let course = Course::new();
    // Who stalls sleeps most of the time.
    let at_once = if way == Way::Stall { 12 } else { 3 };
    // Going up again has the same messages as going up.
    for phase in &course.phases[..2] {
        let what = format!("{way:?} during {}", phase.name);
        try_each(&what, at_once, &breaks(phase, way), |fault| {
            survives(&course, phase, *fault);
        });
    }
}

#[test]
fn a_cut_after_any_message_is_survived() {
    every_break(WAYS[0]);
}

#[test]
fn a_reset_after_any_message_is_survived() {
    every_break(WAYS[1]);
}

#[test]
fn a_stall_after_any_message_is_survived() {
    every_break(WAYS[2]);
}
