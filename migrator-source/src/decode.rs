//! The bytes of a file as text: UTF-8 without NUL, without byte order mark, with `\n` line endings.
//!
//! The text as it is on disk is kept beside the normalised one, because refinery's checksum covers it.

use std::ops::Range;

use crate::finding::{Finding, Place};
use crate::place::Text;

/// Statement tables hold offsets of four bytes.
const LARGEST: usize = u32::MAX as usize;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A file's text.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// As it is on disk.
    pub(crate) raw: String,
    /// The normalised text, where it differs.
    normalised: Option<String>,
}

impl Decoded {
    /// Without byte order mark and with `\n` line endings.
    pub(crate) fn sql(&self) -> &str {
        self.normalised.as_deref().unwrap_or(&self.raw)
    }

    /// The text as it is on disk, and the normalised text.
    pub(crate) fn into_parts(self) -> (String, Option<String>) {
        (self.raw, self.normalised)
    }
}

/// Reads bytes as text.
pub(crate) fn decode(file: &str, bytes: Vec<u8>) -> Result<Decoded, Finding> {
    if bytes.len() > LARGEST {
        let finding = Finding::new(format!("file \"{file}\" is larger than 4 GiB"));
        return Err(finding
            .hint("split it into several migrations")
            .at(Place::whole(file)));
    }
    let raw = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let bytes = error.into_bytes();
        let byte = bytes.get(valid).copied().unwrap_or_default();
        byte_problem(
            file,
            &bytes,
            valid,
            format!("invalid byte 0x{byte:02x} for encoding UTF-8"),
        )
        .hint("save the file as UTF-8")
    })?;
    if let Some(at) = raw.bytes().position(|byte| byte == 0) {
        let finding = byte_problem(
            file,
            raw.as_bytes(),
            at,
            "the file holds a NUL byte".to_owned(),
        );
        return Err(finding.hint("remove it, or save the file as UTF-8 rather than UTF-16"));
    }
    let normalised = normalise(&raw);
    Ok(Decoded { raw, normalised })
}

fn normalise(raw: &str) -> Option<String> {
    match raw.strip_prefix(BYTE_ORDER_MARK) {
        Some(text) => Some(text.replace("\r\n", "\n")),
        None if raw.contains('\r') => Some(raw.replace("\r\n", "\n")),
        None => None,
    }
}

/// The problem at one byte; what is not text on its line is shown as the replacement character.
fn byte_problem(file: &str, bytes: &[u8], at: usize, message: String) -> Finding {
    let before = String::from_utf8_lossy(&bytes[..at]);
    let line_end = bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| at + length);
    let after = String::from_utf8_lossy(&bytes[at..line_end]);
    let range: Range<usize> = before.len()..before.len() + 1;
    let sql = format!("{before}{after}");
    Finding::new(message).at(Text { file, sql: &sql }.place(&range))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: &str) {
        let shown = match decode("f", bytes.to_vec()) {
            Ok(decoded) => decoded.sql().to_owned(),
            Err(finding) => {
                let place = &finding.places[0];
                let excerpt = place
                    .excerpt
                    .clone()
                    .map_or(String::new(), |excerpt| excerpt.text);
                format!(
                    "{} {}:{} {excerpt}",
                    finding.message, place.line, place.column
                )
            }
        };
        assert_eq!(shown, expected, "{bytes:?}");
    }

    #[test]
    fn bytes_become_normalised_text() {
        check(b"", "");
        check(b"select 1;\n", "select 1;\n");
        check(
            b"\xef\xbb\xbfselect 1;\r\nselect 2;\r\n",
            "select 1;\nselect 2;\n",
        );
        check(b"a\rb\r\n", "a\rb\n");
        check(b"\xef\xbb\xbf", "");
    }

    #[test]
    fn what_is_not_text_is_a_problem_with_a_place() {
        check(
            b"a\nb\xc3\xa9\xff c\n",
            "invalid byte 0xff for encoding UTF-8 2:3 bé\u{fffd} c",
        );
        check(
            b"\xfe\xff\0s",
            "invalid byte 0xfe for encoding UTF-8 1:1 \u{fffd}\u{fffd} s",
        );
        check(b"select\0", "the file holds a NUL byte 1:7 select");
    }
}
