//! SQL literals and identifiers, and words of a shell.
//!
//! Literals are always written in the `E'…'` form, whose meaning does not depend on `standard_conforming_strings`:
//! a migration may have switched that off
//! (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE>).

use std::fmt::{self, Display, Formatter, Write};

/// A text as a SQL literal.
pub(crate) struct Literal<'a>(pub(crate) &'a str);

/// A text as a SQL literal, or `NULL`.
pub(crate) struct Nullable<'a>(pub(crate) Option<&'a str>);

/// A number, or `NULL`.
pub(crate) struct Number(pub(crate) Option<i64>);

/// A text as a JSON string.
pub(crate) struct Json<'a>(pub(crate) &'a str);

/// Bytes as a `bytea` literal.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

/// A name as a quoted identifier.
pub(crate) struct Identifier<'a>(pub(crate) &'a str);

impl Display for Literal<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("E'")?;
        let mut rest = self.0;
        while let Some(at) = rest.find(['\'', '\\']) {
            f.write_str(&rest[..at])?;
            f.write_str(if rest.as_bytes()[at] == b'\'' {
                "''"
            } else {
                "\\\\"
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)?;
        f.write_char('\'')
    }
}

impl Display for Nullable<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(text) => Literal(text).fmt(f),
            None => f.write_str("NULL"),
        }
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("NULL"),
        }
    }
}

impl Display for Json<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                letter if letter.is_control() => write!(f, "\\u{:04x}", u32::from(letter))?,
                letter => f.write_char(letter)?,
            }
        }
        f.write_char('"')
    }
}

impl Display for Bytes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("pg_catalog.decode(E'")?;
        write_hex(f, self.0)?;
        f.write_str("', E'hex')")
    }
}

impl Display for Identifier<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A text as one word of a POSIX shell.
#[must_use]
pub(crate) fn shell(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Lower-case hexadecimal digits of bytes.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    // Writing to a string cannot fail.
    let _ = write_hex(&mut text, bytes);
    text
}

fn write_hex(out: &mut impl Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

/// The bytes of hexadecimal digits, as the server prints `bytea`; `None` when it is something else.
#[must_use]
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x").unwrap_or(text);
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_quotes() {
        for (text, literal) in [
            ("", "E''"),
            ("a", "E'a'"),
            ("it's", "E'it''s'"),
            (r"a\'b", r"E'a\\''b'"),
            ("é'\\", r"E'é''\\'"),
        ] {
            assert_eq!(Literal(text).to_string(), literal);
        }
        assert_eq!(Json("a\"b\\c\nd").to_string(), "\"a\\\"b\\\\c\\u000ad\"");
        assert_eq!(Nullable(None).to_string(), "NULL");
        assert_eq!(Identifier("we\"ird").to_string(), "\"we\"\"ird\"");
    }

    #[test]
    fn a_text_is_one_word_of_a_shell() {
        for (text, word) in [
            ("app_1", "app_1"),
            ("/var/x.dump", "/var/x.dump"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's; $(x)", "'it'\\''s; $(x)'"),
        ] {
            assert_eq!(shell(text), word);
        }
    }

    #[test]
    fn hexadecimal_there_and_back() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert_eq!(unhex("\\x000fff"), Some(vec![0, 15, 255]));
        assert_eq!((unhex("0"), unhex("zz"), unhex("éé")), (None, None, None));
    }
}
