//! Where a placeholder is code, and what is said where it is not.

use super::*;
use crate::settings::Secrecy;
use crate::split::split;

fn declared() -> Vec<Placeholder> {
    let one = |name: &str, quoting| Placeholder {
        name: name.to_owned(),
        quoting,
        default: None,
        variable: "V".to_owned(),
        secrecy: Secrecy::Open,
        proof: None,
    };
    vec![
        one("role", Quoting::Identifier),
        one("word", Quoting::Literal),
    ]
}

#[track_caller]
fn check_with(sql: &str, declared: &[Placeholder], expected: &str) {
    let text = Text { file: "f", sql };
    let split = split(text);
    let mut problems = split.problems.clone();
    let spots = spots(text, &split.uses, declared, &mut problems);
    let masked = masked(sql, &spots);
    assert_eq!(masked.len(), sql.len());
    let shown = if problems.is_empty() {
        masked.into_owned()
    } else {
        let shown: Vec<String> = problems
            .iter()
            .map(|it| format!("{}: {}", it.places[0].column, it.message))
            .collect();
        shown.join(" | ")
    };
    assert_eq!(shown, expected, "{sql}");
}

#[track_caller]
fn check(sql: &str, expected: &str) {
    check_with(sql, &declared(), expected);
}

#[test]
fn code_is_masked_in_the_same_length() {
    check("create role ${role};", "create role \"role_\";");
    check("grant x to ${role}, b", "grant x to \"role_\", b");
    check(
        "select ${word}::text||${word}",
        "select 'word_'::text||'word_'",
    );
    check(
        "select * from ${role}.${role}",
        "select * from \"role_\".\"role_\"",
    );
    check(
        "do $$ begin execute ${word}; end $$",
        "do $$ begin execute 'word_'; end $$",
    );
    check(
        "create or replace function f() returns text language sql as $b$ select ${word} $b$",
        "create or replace function f() returns text language sql as $b$ select 'word_' $b$",
    );
    check(
        "create function f() returns text begin atomic select ${word}; end",
        "create function f() returns text begin atomic select 'word_'; end",
    );
}

#[test]
fn what_is_no_code_is_left_alone_or_refused() {
    for same in [
        "select '${other}', \"${other}\", $$ ${other} $$, 1 -- ${role}\n /* ${word} */",
        "copy t from stdin;\n${role}\n\\.\n",
        "do language plpython3u $$ x = ${other} $$",
        "do $$ begin perform '${other}'; -- ${role}\n end $$",
        "select $1, $2",
    ] {
        check(same, same);
    }
    check(
        "select 'a ${word} b'",
        "11: placeholder \"word\" in a string",
    );
    check("select e'${word}'", "10: placeholder \"word\" in a string");
    check(
        "comment on table t is $$ ${word} $$",
        "26: placeholder \"word\" in a string",
    );
    check(
        "do $$ begin execute 'x ${role}'; end $$",
        "24: placeholder \"role\" in a string",
    );
    check(
        "do $$ begin execute $q$ x ${role} $q$; end $$",
        "27: placeholder \"role\" in a string",
    );
    check(
        "select \"${role}\"",
        "9: placeholder \"role\" in a quoted identifier",
    );
    check(
        "do language plpython3u $$ x = ${word} $$",
        "31: placeholder \"word\" in a body that is neither SQL nor PL/pgSQL",
    );
    check(
        "select ${nobody}",
        "8: placeholder \"nobody\" is not declared",
    );
    check(
        "do $$ begin x := ${nobody}; end $$",
        "18: placeholder \"nobody\" is not declared",
    );
    check_with(
        "do $$ begin x := ${nobody}; end $$",
        &[],
        "do $$ begin x := ${nobody}; end $$",
    );
    check_with(
        "select ${nobody}",
        &[],
        "8: placeholder \"nobody\" is not declared",
    );
}

#[test]
fn nothing_is_written_to_it() {
    for (sql, column) in [
        ("select ${role}a", 8),
        ("select ${role}${role}", 8),
        ("select u&${role}", 10),
        ("select 'a'${word}", 11),
        ("select ${word}'a'", 8),
        ("do $$begin end ${role}$$", 16),
        ("select a${role}", 9),
        ("select a$${role}", 10),
        ("do $$begin drop table a_${role}; end$$", 25),
    ] {
        let text = Text { file: "f", sql };
        let split = split(text);
        let mut problems = Vec::new();
        spots(text, &split.uses, &declared(), &mut problems);
        assert_eq!(problems[0].places[0].column, column, "{sql}");
        assert!(
            problems[0].message.contains("written to something else"),
            "{sql}"
        );
    }
}
