//! The present moment as a version: year to second in UTC, as one number.
//!
//! A calendar library would be more code than this one conversion.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: u64 = 86_400;

/// Now, such as `20261120064500`.
pub(crate) fn now() -> i64 {
    ago(0)
}

/// So many seconds ago.
pub(crate) fn ago(seconds: u64) -> i64 {
    // A clock before 1970 is a broken one; the version then only has to be above the existing ones.
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    from_unix(elapsed.as_secs().saturating_sub(seconds))
}

/// Counts years from 1 March, so that the leap day is a year's last day; after Howard Hinnant's `civil_from_days`
/// at <https://howardhinnant.github.io/date_algorithms.html>.
fn from_unix(seconds: u64) -> i64 {
    let days = seconds / DAY + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let time = seconds % DAY;
    let digits = [month, day, time / 3_600, time / 60 % 60, time % 60];
    let number = digits.iter().fold(year, |number, part| number * 100 + part);
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_gregorian() {
        let check =
            |seconds, expected| assert_eq!(from_unix(seconds).to_string(), expected, "{seconds}");
        check(0, "19700101000000");
        check(951_782_399, "20000228235959");
        check(951_782_400, "20000229000000");
        check(951_868_800, "20000301000000");
        check(1_709_164_800, "20240229000000");
        check(1_767_225_599, "20251231235959");
        check(1_767_225_600, "20260101000000");
        check(4_107_542_400, "21000301000000");
    }

    #[test]
    fn now_has_fourteen_digits() {
        assert_eq!(now().to_string().len(), 14);
    }
}
