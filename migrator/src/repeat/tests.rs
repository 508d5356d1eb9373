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
/// newer than the one before it.
fn journal(words: &str) -> Vec<Repetition> {
    words
        .split_whitespace()
        .zip(1..)
        .map(|(word, id)| Repetition {
            id,
            name: word.trim_end_matches(['*', '!']).to_owned(),
            sha256: hex(&[u8::from(word.ends_with('*')); 32]),
            applied_on: String::new(),
            since: if word.ends_with('!') {
                Since::Undone
            } else {
                Since::Kept
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
    ] {
        let states: Vec<String> = states(&bundle(of), &journal(known))
            .iter()
            .map(|(it, state)| format!("{} {}", it.name, state.word()))
            .collect();
        assert_eq!(states.join(", "), expected, "{of} | {known}");
    }
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
    assert_eq!(stale(&bundle("a"), &[], &[]).len(), 1);
    assert!(stale(&bundle("a"), &[row], &[]).is_empty());
}
