//! Times as they are typed: `500ms`, `60s`, `5min`, `1h`; a bare number is seconds.

use std::time::Duration;

/// PostgreSQL's units (<https://www.postgresql.org/docs/current/config-setting.html>) in microseconds, longest first.
const UNITS: [(&str, u64); 6] = [
    ("min", 60_000_000),
    ("ms", 1_000),
    ("us", 1),
    ("s", 1_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))
    {
        Some((digits, unit)) => (digits, unit),
        None => (text, 1_000_000),
    };
    let wrong = || "a time is a number and a unit: 500ms, 60s, 5min, 1h".to_owned();
    let number: u64 = digits.trim_end().parse().map_err(|_| wrong())?;
    number
        .checked_mul(unit)
        .map(Duration::from_micros)
        .ok_or_else(wrong)
}

/// A limit for the server, which takes PostgreSQL's spelling; a bare number would be milliseconds there, so it is
/// written with its unit.
pub(super) fn limit(text: &str) -> Result<String, String> {
    let limit = parse(text)?;
    Ok(if limit.is_zero() {
        "0".to_owned()
    } else {
        format!("{}ms", limit.as_millis().max(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed() {
        for (text, milliseconds) in [
            ("0", Some(0)),
            ("60", Some(60_000)),
            ("60s", Some(60_000)),
            ("500ms", Some(500)),
            ("5min", Some(300_000)),
            ("2 h", Some(7_200_000)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("5 minutes", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(
                parse(text).ok().map(|time| time.as_millis()),
                milliseconds,
                "{text}"
            );
        }
        assert_eq!(limit("3s").as_deref(), Ok("3000ms"));
        assert_eq!(limit("0").as_deref(), Ok("0"));
    }
}
