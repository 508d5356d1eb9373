//! The same where the bundle has baselines.

use super::*;

#[test]
fn a_baseline_is_run_on_an_empty_database_only() {
    for (written, applied, target, expect) in [
        ("1 2 3 b2", "", "head", "#2 +3"),
        ("1 2 3 b2", "", "2", "#2"),
        ("1 2 3 b2", "", "1", "+1"),
        ("1 2 3 b2", "", "+1", "+1"),
        ("1 2 3 b2", "", "+3", "#2 +3"),
        ("1 2 3 b2", "1", "head", "+2 +3"),
        ("1 2 3 b2", "1 2", "head", "+3"),
        // Of several, the newest that is not above the target.
        ("1 2 3 4 b2 b3", "", "head", "#3 +4"),
        ("1 2 3 4 b2 b3", "", "2", "#2"),
        // The migrations that it stands for may be gone.
        ("3 b2-1-2", "", "head", "#2 +3"),
        ("3 b2-1-2", "", "2", "#2"),
        ("3 b2-1-2", "", "+1", "#2 +3"),
        ("b2-1-2", "", "head", "#2"),
        ("3 b2-2", "1 2", "head", "+3"),
        ("3 b2-2", "b2", "head", "+3"),
        ("3 b2-1-2", "2", "head", "+3"),
        ("2 3 b2-1", "1", "head", "+2 +3"),
        ("2 3 b2-1", "", "2", "#2"),
        ("3 b2-1-2", "", "1", "error Usage: version 1 does not exist"),
        (
            "2 4 b4-1",
            "",
            "2",
            "error Drift: 2 comes before baseline 4 \"base\"",
        ),
        (
            "3 b2-1-2",
            "1",
            "head",
            "error Drift: the database is at 1, which is older than baseline 2 \"base\"",
        ),
        ("b2-1-2", "1", "head", "error it lacks 2."),
        (
            "5 b2-1-2 b4-1-2-3-4",
            "1",
            "head",
            "error older than baseline 2",
        ),
        // They may come back after it ran.
        ("1 2 3 b2", "b2", "head", "+3"),
        ("1 2 3 b4", "b4", "head", ""),
        // What is above it is missing as ever.
        ("3 b2", "b2 2 4", "head", "error newer than this binary"),
        ("2 5 b2", "2 4", "head", "error is not in this binary"),
    ] {
        check_up(written, applied, target, STRICT, expect);
    }
}

#[test]
fn what_a_baseline_stands_for_is_stamped_and_undone() {
    let rows = |applied: &str| -> Vec<Applied> {
        let rows = history(applied).into_iter();
        rows.map(|row| row.applied).collect()
    };
    for (written, applied, target, expect) in [
        ("1 2 3 b2", "", "2", "!1 !2"),
        ("3 b2-1-2", "", "2", "!2"),
        ("3 b2-1-2", "", "head", "!3 !2"),
        ("3 b2-1-2", "1 2", "head", "!3"),
        ("3 b2-1-2", "1 2 3", "base", "?3 ?2 ?1"),
    ] {
        let plan = shown(stamp(
            &bundle(written),
            &rows(applied),
            target.parse().unwrap(),
        ));
        expect_plan(&plan, expect, &format!("{written} | {applied} -> {target}"));
    }
    let down = |written: &str, applied: &str, target: &str| {
        shown(crate::plan::down(
            &bundle(written),
            &history(applied),
            target.parse().unwrap(),
        ))
    };
    assert_eq!(down("1d 2d 3d b2", "1 2 3", "1"), "-3 -2");
    assert_eq!(down("3d b2-1-2", "1k 2k 3", "2"), "-3");
    assert_eq!(down("3d b2-1-2", "1k 2k 3", "base"), "-3 k2 k1");
}
