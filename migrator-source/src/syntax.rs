//! Syntax errors, as squawk's parser sees them.
//!
//! Each statement is parsed by itself, so that one error does not make others out of the statements below it. The
//! parser is wrong at times, and has no last word: `allow(syntax)` switches it off for a file.

use squawk_syntax::SourceFile;

use crate::finding::Finding;
use crate::place::Text;
use crate::split::{Nesting, Piece};

/// The parser's version. Verdicts of another one are worth nothing.
pub const PARSER_VERSION: &str = "2.68.0";

/// More than this many errors in one file are one error that confused the parser.
const MOST: usize = 10;

/// The syntax errors of a file: at most one for a line.
pub(crate) fn check(text: Text<'_>, pieces: &[Piece]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for piece in pieces
        .iter()
        .filter(|piece| piece.nesting == Nesting::Sound)
    {
        let errors = SourceFile::parse(&text.sql[piece.range.clone()]).errors();
        let mut line = 0;
        for error in errors {
            let start = piece.range.start + usize::from(error.range().start());
            let end = piece.range.start + usize::from(error.range().end());
            let place = text.place(&(start..end));
            if place.line == line {
                continue;
            }
            line = place.line;
            let finding = Finding::new(format!("syntax error: {}", error.message()));
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
        let findings = check(text, &split(text).pieces);
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
            "3:13 7:1",
        );
        check_at(
            "create function f() returns int language sql as $$ selec 1 $$",
            "1:52",
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
