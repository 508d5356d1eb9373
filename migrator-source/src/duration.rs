//! Durations as PostgreSQL spells them: a whole number and a unit, or 0.
//!
//! The spelling is kept and the server reads it; here it is only checked, so that a wrong one fails the build.

/// The units that PostgreSQL knows for time, in microseconds.
const UNITS: [(&str, u64); 6] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// The largest value of a timeout setting: its milliseconds are an int4.
const LONGEST: u64 = i32::MAX as u64 * 1_000;

/// Says what is wrong with a duration.
pub(crate) fn check(written: &str) -> Result<(), String> {
    let digits = written.len()
        - written
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    let (number, unit) = written.split_at(digits);
    if number.is_empty() || !(unit.is_empty() || UNITS.iter().any(|(name, _)| *name == unit)) {
        return Err(format!("invalid duration \"{written}\""));
    }
    if number.bytes().all(|digit| digit == b'0') {
        return Ok(());
    }
    let Some((_, microseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("duration \"{written}\" has no unit"));
    };
    match number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(*microseconds))
    {
        // PostgreSQL rounds to milliseconds, and 0 means that there is no limit at all.
        Some(total) if total < 1_000 => Err(format!(
            "duration \"{written}\" is shorter than a millisecond"
        )),
        Some(total) if total <= LONGEST => Ok(()),
        _ => Err(format!(
            "duration \"{written}\" is longer than PostgreSQL allows"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for good in [
            "0",
            "0s",
            "10s",
            "5min",
            "500ms",
            "1000us",
            "1h",
            "24d",
            "007s",
            "2147483647ms",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "invalid"),
            ("s", "invalid"),
            ("-1s", "invalid"),
            ("1.5s", "invalid"),
            ("5 min", "invalid"),
            ("5m", "invalid"),
            ("5S", "invalid"),
            ("10", "no unit"),
            ("100us", "shorter"),
            ("2147483648ms", "longer"),
            ("25d", "longer"),
            ("99999999999999999999s", "longer"),
        ] {
            assert!(
                check(bad).is_err_and(|message| message.contains(why)),
                "{bad}: {:?}",
                check(bad)
            );
        }
    }
}
