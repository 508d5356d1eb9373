//! States by tables: bundle and journal in a few words.

use super::*;
use crate::bundle::{Limits, Mode, Proof, Script, Statements};

/// A bundle from words such as `a b:a`: `b` requires `a`.
fn bundle(words: &'static str) -> Bundle {
    let repeatables: Vec<Repeatable<'static>> = words
        .split_whitespace()
        .map(|word| {
            let (name, requires) = word.split_once(':').unwrap_or((word, ""));
            let requires: Vec<&'static str> =
                requires.split(',').filter(|it| !it.is_empty()).collect();
            Repeatable {
                name,
                requires: Vec::leak(requires),
                only: if name.starts_with('d') { &["dev"] } else { &[] },
                script: Script {
                    file: "R__f.sql",
                    sql: "",
                    mode: Mode::Transaction,
                    limits: Limits::default(),
                    statements: Statements::from_table(&[]),
                    sha256: [0; 32],
                },
            }
        })
        .collect();
    Bundle {
        folder: "",
        migrations: &[],
        baselines: &[],
        adoptions: &[],
        environments: &[],
        placeholders: &[],
        repeatables: Vec::leak(repeatables),
        digest: [0; 32],
        proof: Proof::ABSENT,
    }
}

/// A journal from words such as `a b* c!`: `*` was applied from another text, after `!` something was undone. Each is
/// newer than the one before it, and one with `-` was skipped.
fn journal(words: &str) -> Vec<Repetition> {
    words
        .split_whitespace()
        .zip(1..)
        .map(|(word, id)| Repetition {
            id,
            name: word.trim_end_matches(['*', '!', '-']).to_owned(),
            sha256: hex(&[u8::from(word.ends_with('*')); 32]),
            applied_on: String::new(),
            since: if word.ends_with('!') {
                Since::Undone
            } else {
                Since::Kept
            },
            done: if word.ends_with('-') {
                Done::Skipped
            } else {
                Done::Applied
            },
        })
        .collect()
}

#[test]
fn what_is_stale_takes_along_what_requires_it() {
    for (of, known, expected) in [
        ("", "", ""),
        ("a b", "", "a pending, b pending"),
        ("a b", "a b", "a up to date, b up to date"),
        ("a b", "a* b", "a outdated, b up to date"),
        ("a b:a", "a* b", "a outdated, b outdated"),
        ("a b:a c:b", "a* b c", "a outdated, b outdated, c outdated"),
        ("a b:a", "b a", "a up to date, b outdated"),
        ("a b:a", "b", "a pending, b outdated"),
        ("a b", "a b!", "a up to date, b outdated"),
        ("d e:d", "", "d pending, e pending"),
        ("d e:d", "e d-", "d skipped, e outdated"),
        ("d e:d", "d- e", "d skipped, e up to date"),
        ("a", "a-", "a pending"),
    ] {
        let states: Vec<String> = states(&bundle(of), &journal(known))
            .iter()
            .map(|(it, state)| format!("{} {}", it.name, state.word()))
            .collect();
        assert_eq!(states.join(", "), expected, "{of} | {known}");
    }
}

#[test]
fn what_was_skipped_comes_back_where_it_belongs() {
    let check = |known, environment, expected: &[&str]| {
        let stale = stale(&bundle("a d"), &[], &journal(known), environment);
        let names: Vec<&str> = stale.iter().map(|(it, _)| it.name).collect();
        assert_eq!(names, expected, "{known} {environment:?}");
    };
    check("a", None, &["d"]);
    check("a d-", None, &[]);
    check("a d-", Some("prod"), &[]);
    check("a d-", Some("dev"), &["d"]);
    check("a d", Some("prod"), &[]);
}

#[test]
fn what_the_bundle_lost_is_missing() {
    let known = journal("a z");
    let names: Vec<&str> = missing(&bundle("a b"), &known)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["z"]);
}

#[test]
fn a_newer_database_keeps_its_own() {
    let row = Applied {
        version: 9,
        name: String::new(),
        applied_on: String::new(),
        checksum: String::new(),
    };
    assert_eq!(stale(&bundle("a"), &[], &[], None).len(), 1);
    assert!(stale(&bundle("a"), &[row], &[], None).is_empty());
}
