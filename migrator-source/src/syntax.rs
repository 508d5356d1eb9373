//! Syntax errors, as squawk's parser sees them.
//!
//! Each statement is parsed by itself, so that one error does not make others out of the statements below it. The
//! parser is wrong at times, and has no last word: `allow(syntax)` switches it off for a file.

use std::ops::Range;

use squawk_lexer::TokenKind;
use squawk_syntax::SourceFile;

use crate::finding::Finding;
use crate::place::Text;
use crate::split::{Nesting, Piece};
use crate::token::tokens;

/// The parser's version. Verdicts of another one are worth nothing.
pub const PARSER_VERSION: &str = "2.68.0";

/// More than this many errors in one file are one error that confused the parser.
const MOST: usize = 10;

/// The syntax errors of a file: at most one for a line. `masked` is its text without placeholders.
pub(crate) fn check<'p>(
    text: Text<'_>,
    masked: &str,
    pieces: impl Iterator<Item = &'p Piece>,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for piece in pieces.filter(|piece| piece.nesting == Nesting::Sound) {
        let statement = &masked[piece.range.clone()];
        let mut line = 0;
        let mut errors = SourceFile::parse(statement).errors();
        if !errors.is_empty()
            && let Some(respelled) = respelled(statement)
        {
            errors = SourceFile::parse(&respelled).errors();
        }
        for error in errors {
            let range = usize::from(error.range().start())..usize::from(error.range().end());
            let range = marked(statement, range);
            let place =
                text.place(&(piece.range.start + range.start..piece.range.start + range.end));
            if place.line == line {
                continue;
            }
            line = place.line;
            let finding = Finding::new(format!("syntax error: {}", readable(error.message())));
            findings.push(
                finding
                    .hint("if PostgreSQL accepts it, add -- migrator: allow(syntax) \"why\"")
                    .at(place),
            );
            if findings.len() == MOST {
                return findings;
            }
        }
    }
    findings
}

/// The statement with `SET TIMEZONE =` for `SET TIME ZONE`, all offsets as they were, if it holds that.
///
/// The parser knows the two words as a command, and not as a clause of `CREATE FUNCTION`, `ALTER ROLE` and their
/// like, where PostgreSQL takes them too.
fn respelled(statement: &str) -> Option<String> {
    let mut words = [0..0, 0..0, 0..0];
    let mut respelled = String::new();
    let mut copied = 0;
    for token in tokens(statement, 0) {
        if token.kind == TokenKind::Whitespace {
            continue;
        }
        words.rotate_left(1);
        words[2] = token.range();
        let is = |at: usize, word: &str| statement[words[at].clone()].eq_ignore_ascii_case(word);
        if !(is(0, "SET") && is(1, "TIME") && is(2, "ZONE")) {
            continue;
        }
        let (start, end) = (words[1].start, words[2].end);
        respelled.push_str(&statement[copied..start]);
        respelled.push_str("TIMEZONE");
        // What separates the two words, and its last character is the sign.
        respelled.push_str(&statement[words[1].end..words[2].start - 1]);
        respelled.push('=');
        copied = end;
    }
    respelled.push_str(&statement[copied..]);
    (copied > 0).then_some(respelled)
}

/// The parser names a position behind the last good word; the reader looks for the first bad one.
fn marked(statement: &str, range: Range<usize>) -> Range<usize> {
    if !range.is_empty() {
        return range;
    }
    let rest = statement.get(range.start..).unwrap_or_default();
    let gap = rest.len() - rest.trim_start().len();
    // What is missing at the end of a line is not to be looked for in the next one.
    if rest[..gap].contains('\n') || gap == rest.len() {
        return range;
    }
    let start = range.start + gap;
    let end = tokens(statement, start)
        .next()
        .map_or(start, |token| token.end);
    start..end
}

/// The parser's names of tokens as words of SQL.
fn readable(message: &str) -> String {
    let words = message.split(' ').map(|word| match word {
        "IDENT" => "a name",
        "COMMA" => "a comma",
        "COLON" => "a colon",
        "EQ" => "\"=\"",
        _ => word.strip_suffix("_KW").unwrap_or(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    #[test]
    fn the_version_is_the_one_of_the_manifest() {
        let manifest = include_str!("../../Cargo.toml");
        assert!(manifest.contains(&format!("squawk-syntax = \"={PARSER_VERSION}\"")));
    }

    #[track_caller]
    fn check_at(sql: &str, expected: &str) {
        let text = Text { file: "f", sql };
        let findings = check(text, sql, split(text).pieces.iter());
        let places = findings.iter().flat_map(|finding| &finding.places);
        let shown: Vec<String> = places
            .map(|place| format!("{}:{}", place.line, place.column))
            .collect();
        assert_eq!(shown.join(" "), expected, "{sql}\n{findings:?}");
    }

    #[test]
    fn errors_have_their_place() {
        check_at("select 1; create table t (a int);", "");
        check_at(
            "create table t (\n  a int,\n  b txet not nul,\n  c int\n);\nselect 1;\nselct 2;",
            "3:14 7:1",
        );
        check_at(
            "create function f() returns int language sql as $$ selec 1 $$",
            "1:52",
        );
        check_at("select 1 +\n", "1:11");
        check_at("alter role r set\ntime\n \nzone 'UTC'", "");
        check_at(
            "create function f() returns int language sql set time zone 'UTC' as $$ selec 1 $$",
            "1:72",
        );
        check_at("copy t from stdin;\nit's\n\\.\n\\restrict x\nselect 1", "");
        check_at(
            "create schema s create view v as select 1; create table t (a int)",
            "",
        );
        check_at(
            &"selct 1;\n".repeat(30),
            "1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:1 10:1",
        );
    }
}
