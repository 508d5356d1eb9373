//! The planner, by tables: bundle, history and target in a few words, the plan in a few more.

mod baselines;
mod changed;

use super::*;
use crate::bundle::{Down, Mode, Order, Statements};
use crate::drift::{Late, Newer, Unknown};
use crate::history::{Kept, Undoable};

const STRICT: Policies = Policies {
    late: Late::Refuse,
    newer: Newer::Refuse,
    unknown: Unknown::Refuse,
};

/// A bundle from words such as `1 2d 3i u4 b3`: `d` has a down file, `i` is irreversible, `u` is unordered, `b` is a
/// baseline; `b3-1-2` one that stands for migrations that are not there.
pub(crate) fn bundle(words: &str) -> Bundle {
    let script = Script {
        file: "f.sql",
        sql: "",
        mode: Mode::Transaction,
        limits: Limits::default(),
        statements: Statements::from_table(&[]),
        sha256: [0; 32],
    };
    let (baselines, migrations): (Vec<&str>, Vec<&str>) = words
        .split_whitespace()
        .partition(|word| word.starts_with('b'));
    let baselines = baselines.into_iter().map(|word| {
        let mut numbers = word[1..].split('-').map(|it| it.parse::<i64>().unwrap());
        let version = numbers.next().unwrap();
        crate::baked::baseline(
            version,
            "base",
            Vec::leak(vec![script]),
            (Some("v9"), Vec::leak(numbers.collect())),
            (&[0; 32], &[6]),
        )
    });
    let migrations: Vec<Migration<'static>> = migrations
        .into_iter()
        .map(|word| Migration {
            version: number(word),
            name: "name",
            order: if word.starts_with('u') {
                Order::Unordered
            } else {
                Order::Versioned
            },
            up: script,
            down: match word.chars().last() {
                Some('d') => Down::Script(script),
                Some('i') => Down::Irreversible("it is"),
                _ => Down::Absent,
            },
            verify: None,
            only: &[],
            checksum: 7,
            accepted: &[7],
        })
        .collect();
    Bundle {
        adoptions: &[],
        folder: "",
        migrations: Vec::leak(migrations),
        baselines: Vec::leak(baselines.collect()),
        repeatables: &[],
        digest: [0; 32],
        proof: crate::bundle::Proof::ABSENT,
        environments: &[],
        placeholders: &[],
    }
}

/// A history from words such as `1 2x 3k b4`: `x` was applied from another text, `k` has down SQL in the journal, `b` is
/// the row of a baseline.
fn history(words: &str) -> Vec<Undoable> {
    words
        .split_whitespace()
        .map(|word| Undoable {
            applied: Applied {
                version: number(word),
                name: if word.starts_with('b') {
                    "base"
                } else {
                    "name"
                }
                .to_owned(),
                applied_on: String::new(),
                checksum: match (word.starts_with('b'), word.ends_with('x')) {
                    (true, _) => "6",
                    (_, true) => "8",
                    _ => "7",
                }
                .to_owned(),
            },
            kept: if word.ends_with('k') {
                Kept::Script {
                    file: "kept.sql".to_owned(),
                    sql: String::new(),
                    mode: Mode::Transaction,
                    statements: Vec::new(),
                }
            } else {
                Kept::Nothing
            },
        })
        .collect()
}

fn number(word: &str) -> i64 {
    word.trim_matches(|c: char| !c.is_ascii_digit())
        .parse()
        .unwrap()
}

/// The steps as `+3 -2 !1 ?4`: apply, revert, stamp, unstamp; or every sentence of the error.
fn shown(plan: Result<Plan<'_>, Error>) -> String {
    match plan {
        Ok(plan) => {
            let step = |step: &Step<'_>| {
                let sign = match step.work {
                    Work::Apply(_) => '+',
                    Work::Baseline(..) => '#',
                    Work::Revert(script) if script.file == "kept.sql" => 'k',
                    Work::Revert(_) => '-',
                    Work::Skip(_) | Work::SkipRepeatable(_) => '~',
                    Work::Stamp(_) => '!',
                    Work::Adopt(..) => '=',
                    Work::Unstamp => '?',
                    Work::Repeat(_) | Work::StampRepeatable(_) => 'r',
                };
                format!("{sign}{}", step.label().version())
            };
            plan.steps.iter().map(step).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("{:?}: {error}; {}", error.kind(), error.detail().join(" ")),
    }
}

fn check_up(written: &str, applied: &str, target: &str, policies: Policies, expect: &str) {
    let applied: Vec<Applied> = history(applied)
        .into_iter()
        .map(|row| row.applied)
        .collect();
    let ground = if applied.is_empty() {
        Ground::Empty
    } else {
        Ground::Taken
    };
    let plan = shown(up(
        &bundle(written),
        (&applied, ground),
        target.parse().unwrap(),
        policies,
    ));
    expect_plan(
        &plan,
        expect,
        &format!("{written} | {applied:?} -> {target}"),
    );
}

/// Compares a plan; after `error ` stands a part of what the error must say.
fn expect_plan(plan: &str, expect: &str, case: &str) {
    match expect.strip_prefix("error ") {
        Some(words) => assert!(plan.contains(words), "{case}: {plan}"),
        None => assert_eq!(plan, expect, "{case}"),
    }
}

#[test]
fn the_way_up() {
    for (written, applied, target, expect) in [
        ("1 2 3", "", "head", "+1 +2 +3"),
        ("1 2 3", "1", "head", "+2 +3"),
        ("1 2 3", "1 2 3", "head", ""),
        ("1 2 3", "", "2", "+1 +2"),
        ("1 2 3", "1 2 3", "2", ""),
        ("1 2 3", "1", "+1", "+2"),
        (
            "1 2 3",
            "1 2 3",
            "+1",
            "error Usage: target +1 does not exist",
        ),
        (
            "1 2 3",
            "",
            "9",
            "error Usage: version 9 does not exist in this binary",
        ),
        ("1 2 3", "", "base", "error does not lead up"),
        ("1 2 3", "", "-1", "error does not lead up"),
        ("1 u2 3", "1 3", "head", "+2"),
        (
            "1 2 3",
            "1 3",
            "head",
            "error Drift: history and binary disagree about 1 migration",
        ),
        (
            "1 2 3",
            "1 2 4",
            "head",
            "error 4 \"name\" was applied at , and is newer than this binary",
        ),
        (
            "1 3",
            "1 2",
            "head",
            "error 2 \"name\" was applied at , but is not in this binary",
        ),
        (
            "1 2 3",
            "1x",
            "head",
            "error 1 \"name\" was changed after it was applied",
        ),
        ("", "", "head", ""),
    ] {
        check_up(written, applied, target, STRICT, expect);
    }
}

#[test]
fn policies_tolerate_what_they_name_and_nothing_else() {
    let late = Policies {
        late: Late::Apply,
        ..STRICT
    };
    let newer = Policies {
        newer: Newer::Accept,
        ..STRICT
    };
    check_up("1 2 3", "1 3", "head", late, "+2");
    check_up("1 2 3", "1 2 3 4", "head", newer, "");
    check_up(
        "1 2 3",
        "1 2 4",
        "head",
        newer,
        "error 3 \"name\" is pending, but a newer migration is applied already",
    );
    check_up(
        "1 2 3",
        "1 2 4",
        "head",
        late,
        "error is newer than this binary",
    );
    check_up(
        "1 2 3",
        "1x 3 9",
        "head",
        STRICT,
        "error disagree about 3 migrations",
    );
}

#[test]
fn the_way_down() {
    for (written, applied, target, expect) in [
        ("1d 2d 3d", "1 2 3", "-1", "-3"),
        ("1d 2d 3d", "1 2 3", "1", "-3 -2"),
        ("1d 2d 3d", "1 2 3", "base", "-3 -2 -1"),
        // 2 was applied last: it is undone first.
        ("1d u2d 3d", "1 3 2", "base", "-2 -3 -1"),
        ("1d u2d 3d", "1 3 2", "-1", "-2"),
        ("1d 2d", "1 2", "2", ""),
        ("1d 2d", "", "base", ""),
        (
            "1d 2d",
            "1",
            "-2",
            "error target -2 does not exist: 1 migration is applied",
        ),
        (
            "1d 2i 3",
            "1 2 3",
            "base",
            "error 3 \"name\" has no down file, neither in this binary nor in the journal 2 \"name\" is irreversible: it is",
        ),
        // Unknown to this binary, or changed since: the journal knows how.
        ("1d", "1 2k", "1", "k2"),
        ("1d 2d", "1 2x", "1", "error 2 \"name\" has no down file"),
        ("1d", "1", "7", "error version 7 does not exist"),
        ("1d", "1", "head", "error does not lead down"),
    ] {
        let applied = history(applied);
        let plan = shown(down(&bundle(written), &applied, target.parse().unwrap()));
        expect_plan(
            &plan,
            expect,
            &format!("{written} | {applied:?} -> {target}"),
        );
    }
}

#[test]
fn a_way_down_that_is_blocked_tells_how_far_it_is_open() {
    for (written, applied, target, open) in [
        ("1d 2i 3d", "1 2 3", "base", Some(2)),
        ("1d 2i 3i 4d", "1 2 3 4", "1", Some(3)),
        ("1d 2d 3i", "1 2 3", "base", None),
        ("1d 2i", "1 2", "-1", None),
        // 3 is newer than what blocks, and cannot be undone either.
        ("1d 2i 3i", "1 3 2", "-1", None),
    ] {
        let applied = history(applied);
        let error = down(&bundle(written), &applied, target.parse().unwrap()).unwrap_err();
        let hint = error.hint().unwrap();
        let named = open.map(|version| format!("`migrator down {version}` undoes what is newer"));
        let begin = named.as_deref().unwrap_or("Nothing newer can be undone");
        assert!(hint.starts_with(begin), "{written} -> {target}: {hint}");
    }
    let error = down(&bundle("1d"), &history("1"), Target::Back(40)).unwrap_err();
    assert_eq!(error.hint(), Some("`migrator status` shows them."));
}

#[test]
fn again() {
    let applied = history("1 2");
    assert_eq!(shown(redo(&bundle("1d 2d"), &applied)), "-2 +2");
    let kept = history("1 2k");
    assert!(shown(redo(&bundle("1d"), &kept)).contains("2 is not in this binary"));
}

#[test]
fn a_stamp_makes_the_history_equal_to_the_bundle_up_to_the_target() {
    for (written, applied, target, expect) in [
        ("1 2 3", "", "head", "!1 !2 !3"),
        ("1 2 3", "", "2", "!1 !2"),
        ("1 2 3", "1 2 3", "1", "?3 ?2"),
        ("1 2 3", "1 2 3", "base", "?3 ?2 ?1"),
        ("1 2 3", "1x 2 9", "head", "?9 !1 !3"),
        ("1 2 3", "1 2 3", "head", ""),
    ] {
        let applied: Vec<Applied> = history(applied)
            .into_iter()
            .map(|row| row.applied)
            .collect();
        let plan = shown(stamp(&bundle(written), &applied, target.parse().unwrap()));
        assert_eq!(plan, expect, "{written} | {applied:?} -> {target}");
    }
    assert!(shown(stamp(&bundle("1"), &[], Target::Forward(1))).contains("not a place to stamp"));
}
