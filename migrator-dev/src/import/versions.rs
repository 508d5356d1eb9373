//! Versions of ours for the versions of another tool, in the order in which that tool runs them.

use clap::ValueEnum;

use crate::failure::Failure;

use super::number::Number;

/// A dotted version leaves room for a thousand in each place.
const ROOM: usize = 3;

/// Versions that are made up have this many digits.
const DIGITS: usize = 4;

/// Which versions the migrations get.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Versions {
    /// Those of the other tool, where they are numbers in the order in which it runs them
    Keep,
    /// 1, 2, 3 and so on
    Renumber,
    /// Moments, one second apart, up to now
    Timestamp,
}

/// A version of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) value: i64,
    /// As file names spell it.
    pub(crate) digits: String,
    pub(crate) origin: Origin,
}

/// Where a version comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Kept,
    /// The other tool's was taken, out of order, or no number.
    Changed,
}

/// A version for each migration, ascending. `moment` is a version of so many seconds ago.
pub(crate) fn assign(
    numbers: &[Option<&Number>],
    versions: Versions,
    moment: &dyn Fn(u64) -> i64,
) -> Result<Vec<Version>, Failure> {
    match versions {
        Versions::Keep if numbers.iter().any(Option::is_some) => keep(numbers),
        Versions::Keep | Versions::Renumber => {
            let width = numbers.len().to_string().len().max(DIGITS);
            Ok((1_i64..)
                .zip(numbers)
                .map(|(value, _)| made(value, width))
                .collect())
        }
        Versions::Timestamp => Ok((0..numbers.len() as u64)
            .rev()
            .map(|ago| made(moment(ago), 1))
            .collect()),
    }
}

fn made(value: i64, width: usize) -> Version {
    Version {
        value,
        digits: format!("{value:0width$}"),
        origin: Origin::Changed,
    }
}

fn keep(numbers: &[Option<&Number>]) -> Result<Vec<Version>, Failure> {
    let widths = Number::widths(numbers.iter().flatten().copied());
    let roomy: Vec<usize> = widths.iter().map(|width| (*width).max(ROOM)).collect();
    let fits = |widths: &[usize]| {
        let mut numbers = numbers.iter().flatten();
        numbers.all(|number| number.joined(widths).is_some())
    };
    let widths = if fits(&roomy) { roomy } else { widths };
    let values: Vec<Option<i64>> = numbers
        .iter()
        .map(|number| number.and_then(|number| number.joined(&widths)))
        .collect();
    let stays = longest_ascending(&values);
    // What begins with zeros is as long as its neighbours.
    let mut written = numbers.iter().flatten().filter_map(|number| number.whole());
    let padded = written.find(|digits| digits.starts_with('0'));
    let width = padded.map_or(1, str::len);
    let mut previous: Option<i64> = None;
    let mut versions = Vec::with_capacity(numbers.len());
    for (at, number) in numbers.iter().enumerate() {
        let own = values
            .get(at)
            .copied()
            .flatten()
            .filter(|_| stays.contains(&at));
        let kept = own.filter(|own| previous.is_none_or(|previous| *own > previous));
        let written = number.and_then(Number::whole).filter(|_| widths.len() == 1);
        let version = match (kept, previous) {
            (Some(value), _) => Version {
                value,
                digits: written.map_or_else(|| value.to_string(), str::to_owned),
                origin: Origin::Kept,
            },
            (None, None) => made(1, width),
            (None, Some(previous)) => {
                let next = previous.checked_add(1).ok_or_else(|| {
                    Failure::new(format!("no version is higher than {previous}"))
                        .hint("Give them new ones: `--versions renumber`.")
                })?;
                made(next, width)
            }
        };
        previous = Some(version.value);
        versions.push(version);
    }
    Ok(versions)
}

/// The places of a longest ascending selection: what need not move.
fn longest_ascending(values: &[Option<i64>]) -> Vec<usize> {
    // For each length the place at which an ascending selection of that length ends lowest.
    let mut ends: Vec<(i64, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; values.len()];
    for (at, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let length = ends.partition_point(|(end, _)| *end < value);
        let previous = length.checked_sub(1).and_then(|length| ends.get(length));
        if let Some(before) = before.get_mut(at) {
            *before = previous.map(|(_, place)| *place);
        }
        match ends.get_mut(length) {
            // Of two that are equal the first stays.
            Some((end, _)) if *end == value => {}
            Some(end) => *end = (value, at),
            None => ends.push((value, at)),
        }
    }
    let mut places = Vec::with_capacity(ends.len());
    let mut place = ends.last().map(|(_, place)| *place);
    while let Some(at) = place {
        places.push(at);
        place = before.get(at).copied().flatten();
    }
    places.reverse();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &[&str], versions: Versions, expected: &str) {
        let numbers: Vec<Option<Number>> = written.iter().map(|text| Number::parse(text)).collect();
        let numbers: Vec<Option<&Number>> = numbers.iter().map(Option::as_ref).collect();
        let found = assign(&numbers, versions, &|ago| {
            20_240_101_000_059 - i64::try_from(ago).unwrap()
        });
        let shown: Vec<String> = found
            .unwrap()
            .into_iter()
            .map(|version| match version.origin {
                Origin::Kept => version.digits,
                Origin::Changed => format!("!{}", version.digits),
            })
            .collect();
        assert_eq!(shown.join(" "), expected, "{written:?}");
    }

    #[test]
    fn versions_are_kept_where_they_ascend() {
        let keep = Versions::Keep;
        check(&["1", "2", "10"], keep, "1 2 10");
        check(&["001", "002"], keep, "001 002");
        check(&["3.9", "3.10", "4"], keep, "3009 3010 4000");
        check(
            &["1", "1.20240101120000"],
            keep,
            "100000000000000 120240101120000",
        );
    }

    #[test]
    fn what_is_in_the_way_moves_and_nothing_else() {
        let keep = Versions::Keep;
        check(&["5", "5", "9"], keep, "5 !6 9");
        check(&["5", "5", "6", "7"], keep, "5 !6 !7 !8");
        check(
            &["20210101000000", "202101020000001", "20210103000000"],
            keep,
            "20210101000000 !20210101000001 20210103000000",
        );
        check(&["a", "7", "b"], keep, "!1 7 !8");
        check(
            &["99999999999999999999", "100000000000000000000"],
            keep,
            "!1 !2",
        );
    }

    #[test]
    fn versions_can_be_made_up() {
        check(&["a", "b"], Versions::Keep, "!0001 !0002");
        check(&["9", "9"], Versions::Renumber, "!0001 !0002");
        check(
            &["9", "9"],
            Versions::Timestamp,
            "!20240101000058 !20240101000059",
        );
    }
}
