//! A place in a script: file, line, column, and the line's text with a caret. Pure.

use std::fmt;

/// A place in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file as the bundle names it, folder included.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line's text, shortened around the column when it is long.
    pub text: String,
    /// Where the caret stands in `text`, in characters from 0.
    pub caret: usize,
}

/// How much of a long line is shown on either side of the caret, in characters.
const AROUND: usize = 100;

impl Excerpt {
    /// The place of a byte offset in a script's text.
    #[must_use]
    pub fn at(file: String, sql: &str, offset: usize) -> Self {
        let offset = floor_char_boundary(sql, offset);
        let start = sql[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line = sql[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let before = sql[start..offset].chars().count();
        let text = sql[start..].lines().next().unwrap_or("");
        let skipped = before.saturating_sub(AROUND);
        Self {
            file,
            line,
            column: before + 1,
            text: text
                .chars()
                .skip(skipped)
                .take(2 * AROUND)
                .map(|c| if c == '\t' { ' ' } else { c })
                .collect(),
            caret: before - skipped,
        }
    }
}

/// The byte offset of the character with this number, counted from 1 as the server counts in its `P` field
/// (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
#[must_use]
pub fn byte_of_character(text: &str, position: usize) -> usize {
    text.char_indices()
        .nth(position.saturating_sub(1))
        .map_or(text.len(), |(byte, _)| byte)
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

impl fmt::Display for Excerpt {
    /// ```text
    ///   --> migrations/V7__add_orders.sql:12:14
    ///    |
    /// 12 |   REFERENCES customers (id)
    ///    |              ^
    /// ```
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            text,
            caret,
        } = self;
        let margin = line.to_string().len();
        writeln!(f, "{:margin$}--> {file}:{line}:{column}", "")?;
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{line} | {text}")?;
        write!(f, "{:margin$} | {:caret$}^", "", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let sql = "one\n  twö three\n\nlast";
        for (offset, line, column, text) in [
            (0, 1, 1, "one"),
            (2, 1, 3, "one"),
            (4, 2, 1, "  twö three"),
            (11, 2, 7, "  twö three"),
            (sql.len() - 4, 4, 1, "last"),
            (sql.len() + 9, 4, 5, "last"),
        ] {
            let place = Excerpt::at("f.sql".into(), sql, offset);
            assert_eq!(
                (place.line, place.column, place.text.as_str()),
                (line, column, text),
                "offset {offset}"
            );
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let sql = format!("{}X{}", "a".repeat(1_000), "b".repeat(1_000));
        let place = Excerpt::at("f.sql".into(), &sql, 1_000);
        assert_eq!(place.text.chars().nth(place.caret), Some('X'));
        assert_eq!(place.text.chars().count(), 2 * AROUND);
        assert_eq!(place.column, 1_001);
    }

    #[test]
    fn characters_are_not_bytes() {
        assert_eq!(byte_of_character("é x", 3), 3);
        assert_eq!(byte_of_character("é x", 99), 4);
    }

    #[test]
    fn it_looks_like_a_compiler_message() {
        let place = Excerpt::at("m/V1__a.sql".into(), "SELECT\n  boom;", 9);
        assert_eq!(
            place.to_string(),
            " --> m/V1__a.sql:2:3\n  |\n2 |   boom;\n  |   ^"
        );
    }
}
