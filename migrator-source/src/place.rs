//! Where a byte range lies in a text: line, column and the line to show.
//!
//! Lines and columns are only computed for findings, so a folder without any pays nothing for them.

use std::ops::Range;

use crate::finding::{Excerpt, Place};

/// How many characters of a line are shown; generated files hold lines of megabytes.
const SHOWN: usize = 120;
/// How many of them stand before the place.
const LEAD: usize = 60;

/// The text of one file and how the reader calls that file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub(crate) file: &'a str,
    pub(crate) sql: &'a str,
}

impl Text<'_> {
    /// The place of a byte range.
    pub(crate) fn place(&self, range: &Range<usize>) -> Place {
        let start = floor(self.sql, range.start);
        let end = floor(self.sql, range.end).max(start);
        let line_start = self.sql[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.sql[start..]
            .find('\n')
            .map_or(self.sql.len(), |at| start + at);
        let line = self.sql[..start]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            + 1;
        let column = self.sql[line_start..start].chars().count();
        let marked = self.sql[start..end.min(line_end)].chars().count();

        // A long line is cut on both sides, and the cut is shown.
        let skipped = if column > LEAD * 3 / 2 {
            column - LEAD
        } else {
            0
        };
        let mut visible = String::new();
        if skipped > 0 {
            visible.push('…');
        }
        let before = column - skipped + usize::from(skipped > 0);
        let mut rest = self.sql[line_start..line_end].chars().skip(skipped);
        visible.extend(rest.by_ref().take(SHOWN).map(printable));
        let cut = rest.next().is_some();
        let length = marked
            .min(visible.chars().count().saturating_sub(before))
            .max(1);
        if cut {
            visible.push('…');
        }
        let visible = visible.trim_end().to_owned();
        let excerpt = Excerpt {
            text: visible,
            before,
            length,
        };
        Place {
            file: self.file.to_owned(),
            line,
            column: column + 1,
            excerpt: Some(excerpt),
        }
    }
}

/// The character boundary at or below an offset.
fn floor(sql: &str, offset: usize) -> usize {
    let mut at = offset.min(sql.len());
    while !sql.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A tab or another control character would move the caret away from what it points at.
fn printable(character: char) -> char {
    if character.is_control() {
        ' '
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, range: Range<usize>, line: usize, column: usize, shown: &str) {
        let place = Text { file: "f", sql }.place(&range);
        let excerpt = place.excerpt.unwrap();
        let marked = format!(
            "{}|{}{}",
            excerpt.text,
            " ".repeat(excerpt.before),
            "^".repeat(excerpt.length)
        );
        assert_eq!(
            (place.line, place.column, marked.as_str()),
            (line, column, shown),
            "{sql:?} {range:?}"
        );
    }

    #[test]
    fn a_range_has_a_line_a_column_and_an_excerpt() {
        check("abc", 0..1, 1, 1, "abc|^");
        check("abc\ndef", 5..7, 2, 2, "def| ^^");
        check("é\téx", 3..5, 1, 3, "é éx|  ^");
        check("abc\ndef", 1..6, 1, 2, "abc| ^^");
        check("abc\n", 4..4, 2, 1, "|^");
        check("abc", 3..9, 1, 4, "abc|   ^");
        check("", 0..0, 1, 1, "|^");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let sql = format!("{}bad{}", "x".repeat(500_000), "y".repeat(500_000));
        let place = Text {
            file: "f",
            sql: &sql,
        }
        .place(&(500_000..500_003));
        let excerpt = place.excerpt.unwrap();
        assert_eq!(place.column, 500_001);
        assert_eq!(excerpt.text.chars().count(), SHOWN + 2);
        let marked: String = excerpt
            .text
            .chars()
            .skip(excerpt.before)
            .take(excerpt.length)
            .collect();
        assert_eq!(marked, "bad");
    }
}
