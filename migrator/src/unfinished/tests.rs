//! What is refused while a script outside a transaction has not ended, and what is told then.

use super::*;
use crate::plan::tests::bundle;
use crate::target::Target;

fn step(action: &str, number: usize, state: State) -> OpenStep {
    OpenStep {
        action: action.to_owned(),
        version: 2,
        number,
        sha256: String::new(),
        kind: "atomic".to_owned(),
        object: None,
        state,
        backend_pid: 1,
        started_at: String::new(),
    }
}

#[test]
fn what_was_begun_one_way_is_not_left_the_other_way() {
    let (up, down) = (Change::Up(Target::Head), Change::Down(Target::Base));
    let (bundle, nothing) = (bundle("1 2"), Plan::default());
    for (change, action, state, refused) in [
        (up, "apply", State::Done, false),
        (up, "revert", State::Done, true),
        (up, "revert", State::Started, true),
        (up, "revert", State::Failed, false),
        (down, "revert", State::Done, false),
        (down, "apply", State::Done, true),
        (Change::Redo, "apply", State::Started, true),
        (Change::Stamp(Target::Head), "apply", State::Done, false),
    ] {
        let open = [step(action, 1, state)];
        let outcome = refuse_turning(change, &bundle, &nothing, &open);
        assert_eq!(outcome.is_err(), refused, "{change:?} {open:?}");
    }
    assert!(refuse_half_undone(&bundle, &[step("revert", 1, State::Done)]).is_err());
    assert!(refuse_half_undone(&bundle, &[step("apply", 1, State::Done)]).is_ok());
}

#[test]
fn the_hint_names_who_can_go_on_and_every_step() {
    let open = [
        step("apply", 1, State::Done),
        step("apply", 2, State::Failed),
        step("apply", 3, State::Started),
    ];
    let hint = |written: &str| {
        let down = Change::Down(Target::Base);
        let refused = refuse_turning(down, &bundle(written), &Plan::default(), &open);
        let error = refused.expect_err("it has not ended");
        error.hint().expect("a hint").to_owned()
    };
    assert_eq!(
        hint("1 2"),
        "`migrator up` goes on with it. To give it up, undo by hand what it did, and say so for each step: \
         `migrator resolve 2 --step 1 --retry`, `migrator resolve 2 --step 3 --retry`."
    );
    let older = hint("1");
    assert!(
        older.starts_with("This binary does not hold it: `migrator up` of the newer one that began it goes on with it."),
        "{older}"
    );
}
