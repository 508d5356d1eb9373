//! A version as another tool writes it: a number, or several with dots.

use std::cmp::Ordering;

/// A version as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    parts: Vec<String>,
}

impl Number {
    /// Reads digits, with dots between them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        let digits = |part: &String| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        parts.iter().all(digits).then_some(Self { parts })
    }

    /// The digits at the beginning of a name, and what follows the separator behind them.
    pub(crate) fn leading(name: &str) -> Option<(Self, &str)> {
        let length = name
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(name.len());
        let (digits, rest) = name.split_at_checked(length)?;
        Some((Self::parse(digits)?, rest.trim_start_matches(['_', '-'])))
    }

    /// The digits, where it is one number.
    pub(crate) fn whole(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [digits] => Some(digits),
            _ => None,
        }
    }

    /// Without the zeros in front.
    pub(crate) fn canonical(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| trimmed(part)).collect();
        parts.join(".")
    }

    /// With its zeros.
    pub(crate) fn written(&self) -> String {
        self.parts.join(".")
    }

    /// How many digits each part has at most, over several numbers.
    pub(crate) fn widths<'a>(numbers: impl Iterator<Item = &'a Self>) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        for number in numbers {
            widths.resize(widths.len().max(number.parts.len()), 0);
            for (width, part) in widths.iter_mut().zip(&number.parts) {
                *width = (*width).max(trimmed(part).len());
            }
        }
        widths
    }

    /// As one number in which each part after the first has as many digits as it is wide.
    pub(crate) fn joined(&self, widths: &[usize]) -> Option<i64> {
        let mut digits = String::new();
        for (at, width) in widths.iter().enumerate() {
            let part = self.parts.get(at).map_or("0", |part| trimmed(part));
            if at == 0 {
                digits.push_str(part);
            } else {
                digits.extend(std::iter::repeat_n('0', width.saturating_sub(part.len())));
                digits.push_str(part);
            }
        }
        digits.parse().ok()
    }
}

fn trimmed(digits: &str) -> &str {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.parts.len().max(other.parts.len());
        let part = |number: &Self, at: usize| {
            let digits = number.parts.get(at).map_or("0", |part| trimmed(part));
            (digits.len(), digits.to_owned())
        };
        (0..longest)
            .map(|at| part(self, at).cmp(&part(other, at)))
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_part_by_part() {
        let order = |a, b| Number::parse(a).cmp(&Number::parse(b));
        assert_eq!(order("3.9", "3.10"), Ordering::Less);
        assert_eq!(order("9", "10"), Ordering::Less);
        assert_eq!(order("1", "1.0"), Ordering::Equal);
        assert_eq!(order("001", "1"), Ordering::Equal);
        assert_eq!(order("2", "1.9.9"), Ordering::Greater);
        assert!(Number::parse("1..2").is_none() && Number::parse("1a").is_none());
    }

    #[test]
    fn a_name_may_begin_with_one() {
        let check = |name, expected: Option<(&str, &str)>| {
            let found = Number::leading(name).map(|(number, rest)| (number.written(), rest));
            let expected = expected.map(|(number, rest)| (number.to_owned(), rest));
            assert_eq!(found, expected, "{name}");
        };
        check("001_users", Some(("001", "users")));
        check("20240101-users", Some(("20240101", "users")));
        check("7", Some(("7", "")));
        check("users", None);
    }
}
