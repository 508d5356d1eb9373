//! What is said of a text that was changed after it was applied.

use super::*;

#[test]
fn a_changed_text_is_recorded_by_a_stamp_only_where_that_does_nothing_else() {
    for (written, applied, stamp) in [
        ("1 2 3", "1x", Some("`migrator stamp 1` records it")),
        ("1 2 3", "1x 2", Some("`migrator stamp 2` records it")),
        // What is pending below it would be recorded too, a record would go, or this binary does not know it.
        ("1 2 3", "1x 3", None),
        ("1 u2 3", "1x 3", None),
        ("1 3", "1x 2 3", None),
        ("1 2", "1x 2 9", None),
    ] {
        let applied: Vec<Applied> = history(applied)
            .into_iter()
            .map(|row| row.applied)
            .collect();
        let drift = crate::drift::compare(&bundle(written), &applied).drift;
        let error = drift.refuse(STRICT).expect_err(written);
        let hint = error.hint().expect("a hint");
        assert!(!hint.contains("stamp head"), "{hint}");
        match stamp {
            Some(command) => assert!(hint.contains(command), "{written} | {hint}"),
            None => assert!(!hint.contains("stamp"), "{written} | {hint}"),
        }
    }
}
