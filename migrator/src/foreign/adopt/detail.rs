//! What the journal keeps of an adopted migration, as JSON. Pure.

use std::fmt::Write as _;

use crate::foreign::Found;
use crate::foreign::assign::Adopted;

/// What the journal keeps: whose it was, where, and the rows as they were.
pub(super) fn detail(found: &Found, adopted: &Adopted<'_>) -> String {
    let rows = match adopted.rows.as_slice() {
        [row] => format!("\"row\": {}", row.row),
        rows => {
            let rows: Vec<&str> = rows.iter().map(|row| row.row.as_str()).collect();
            format!("\"rows\": [{}]", rows.join(", "))
        }
    };
    format!(
        "{{\"tool\": \"{}\", \"table\": {}, {rows}}}",
        found.tool,
        json_string(&found.shown())
    )
}

fn json_string(text: &str) -> String {
    let mut json = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => json.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(json, "\\u{:04x}", u32::from(letter));
            }
            letter => json.push(letter),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_keeps_every_letter() {
        assert_eq!(json_string("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }
}
