//! Counts, times and durations, as people write them. Pure.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// "1 difference", "2 differences"; nothing for none.
pub(super) fn count_of(count: usize, what: &str) -> String {
    match count {
        0 => String::new(),
        count => plural(count, what),
    }
}

pub(super) fn plural(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).collect()
    })
}

/// A time of the server.
pub(super) fn moment(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// The same, to the second, as people write it.
pub(super) fn time_of(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

pub(super) fn second(at: OffsetDateTime) -> String {
    format!(
        "{} {:02}:{:02}:{:02}",
        at.date(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// "just now", "34 s ago", "5 min ago".
pub(super) fn ago(age: Duration) -> String {
    match age.whole_seconds() {
        ..=1 => "just now".to_owned(),
        seconds @ 2..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7199 => format!("{} min ago", seconds / 60),
        seconds @ 7200..=172_799 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// A duration with about three digits.
pub(super) fn took(milliseconds: f64) -> String {
    let seconds = milliseconds / 1e3;
    match milliseconds {
        it if it < 9.95 => format!("{it:.1} ms"),
        it if it < 999.5 => format!("{it:.0} ms"),
        _ if seconds < 99.95 => format!("{seconds:.1} s"),
        _ => format!(
            "{:.0} min {:.0} s",
            (seconds / 60.0).floor(),
            (seconds % 60.0).floor()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_durations_are_short() {
        for (seconds, expected) in [
            (-3, "just now"),
            (1, "just now"),
            (2, "2 s ago"),
            (119, "119 s ago"),
            (120, "2 min ago"),
            (7_200, "2 h ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(Duration::seconds(seconds)), expected);
        }
        for (milliseconds, expected) in [
            (0.04, "0.0 ms"),
            (9.94, "9.9 ms"),
            (9.96, "10 ms"),
            (999.4, "999 ms"),
            (999.6, "1.0 s"),
            (99_940.0, "99.9 s"),
            (99_960.0, "1 min 39 s"),
            (3_725_000.0, "62 min 5 s"),
        ] {
            assert_eq!(took(milliseconds), expected);
        }
    }
}
