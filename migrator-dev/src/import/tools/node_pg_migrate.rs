//! node-pg-migrate: SQL files with `-- Up Migration` and `-- Down Migration`, in order of the moment in their names.

use crate::import::change::Changes;
use crate::import::marker::{Mark, Sections, Without, sections};
use crate::import::number::Number;
use crate::import::source::Source;
use crate::import::text::{Marked, Text};

use super::numbered::{self, ENDINGS, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    let directed = |file: &&str| ENDINGS.iter().any(|(ending, _)| file.ends_with(ending));
    let both = source.top().filter(|file| !directed(file));
    numbered::both_in_one(source, both, style, split, &mut changes);
    let paired = source.top().filter(directed);
    numbered::one_for_each(source, paired, style, &mut changes);
    let hint = "write what it does as SQL: `node-pg-migrate up --dry-run` prints it";
    let code = [".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"];
    numbered::refuse_code(source.top(), &code, hint, &mut changes);
    changes
        .changes
        .sort_by_key(|change| change.number.as_ref().map_or(0, moment));
    changes
}

/// Milliseconds since 1970 are told by 13 digits; the rest is compared as it is.
fn moment(number: &Number) -> i128 {
    let digits = number.canonical();
    let value: i128 = digits.parse().unwrap_or(i128::MAX);
    match digits.len() {
        // 2024-01-01 00:00:00.000 as one number: its date decides, which any calendar keeps in order.
        17 => in_milliseconds(value),
        _ => value,
    }
}

fn in_milliseconds(written: i128) -> i128 {
    let part = |divisor: i128, size: i128| written / divisor % size;
    let (year, month, day) = (
        part(10_i128.pow(13), 10_000),
        part(10_i128.pow(11), 100),
        part(10_i128.pow(9), 100),
    );
    let years = if month <= 2 { year - 1 } else { year };
    let months = (month + 9) % 12;
    let days = 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day
        - 719_469;
    let time = part(10_i128.pow(7), 100) * 3_600 + part(100_000, 100) * 60 + part(1_000, 100);
    (days * 86_400 + time) * 1_000 + written % 1_000
}

fn split(text: &Text) -> Sections {
    sections(text, Without::AllUp, |line| {
        let comment = line.trim_start().strip_prefix("--");
        let Some(comment) = comment else {
            return Mark::Line;
        };
        let words = comment.trim_start_matches(|c: char| c == '-' || c.is_whitespace());
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["up", "migration", ..] => Mark::Up(Marked::Not),
            ["down", "migration", ..] => Mark::Down(Marked::Not),
            _ => Mark::Line,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_two_spellings_are_comparable() {
        let check = |written, expected| {
            assert_eq!(
                Number::parse(written).as_ref().map(moment),
                Some(expected),
                "{written}"
            );
        };
        check("1704067200000", 1_704_067_200_000);
        check("20240101000000000", 1_704_067_200_000);
        check("20240229123456789", 1_709_210_096_789);
        check("001", 1);
    }
}
