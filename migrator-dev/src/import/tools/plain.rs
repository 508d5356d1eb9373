//! A folder that a script of one's own goes through in order of name; `.down.sql` is what undoes a file.
//!
//! Where every name begins with a digit, digits are compared as numbers: nobody who writes `2.sql` and `10.sql` means
//! that ten comes first.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::source::{Source, file_name};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    numbered::one_for_each(source, source.files(), style, &mut changes);
    by_digits(&mut changes);
    regroup(&mut changes);
    for change in &mut changes.changes {
        // Such a table holds the names of files.
        change.key = Some(file_name(&change.up.file).to_owned());
    }
    changes
}

/// Puts files whose names all begin with a digit in order of their numbers; says so once where names alone have another
/// order.
fn by_digits(changes: &mut Changes) {
    let stem = |change: &Change| change.key.clone().unwrap_or_default();
    let digit = |change: &Change| stem(change).starts_with(|c: char| c.is_ascii_digit());
    if !changes.changes.iter().all(digit) {
        return;
    }
    let by_name: Vec<String> = changes.changes.iter().map(stem).collect();
    changes
        .changes
        .sort_by(|a, b| natural(&stem(a), &stem(b)).then_with(|| stem(a).cmp(&stem(b))));
    let mut moved = changes.changes.iter_mut().zip(by_name);
    if let Some((change, _)) = moved.find(|(change, name)| stem(change) != *name) {
        let note = change.up.note(
            "from here on the order is that of the numbers, and not that of the names as text",
        );
        let hint = "where your script runs 10 before 2, name the files so that both orders are one";
        change.remarks.push(note.hint(hint));
    }
}

/// The order of two names in which each run of digits is a number.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (digits_a, digits_b) = (run(a), run(b));
        if !digits_a.is_empty() && !digits_b.is_empty() {
            match Number::parse(digits_a).cmp(&Number::parse(digits_b)) {
                Ordering::Equal => {}
                decided => return decided,
            }
            a = a.get(digits_a.len()..).unwrap_or("");
            b = b.get(digits_b.len()..).unwrap_or("");
            continue;
        }
        let (mut rest_a, mut rest_b) = (a.chars(), b.chars());
        match (rest_a.next(), rest_b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) if x == y => (a, b) = (rest_a.as_str(), rest_b.as_str()),
            (x, y) => return x.cmp(&y),
        }
    }
}

/// The digits at the beginning.
fn run(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

/// A version may be written in groups of digits: `20240101_120000_users`, `1_10_users`, `03.09.00_users`. It is, where
/// every file has as many of them. Where that leaves two files with one version, as `1.1.11` and `1.1.11a` would be,
/// all are counted anew.
fn regroup(changes: &mut Changes) {
    let all: Vec<Vec<String>> = changes
        .changes
        .iter()
        .map(|change| groups(change.key.as_deref().unwrap_or("")))
        .collect();
    let Some(least) = all.iter().map(Vec::len).min().filter(|least| *least > 1) else {
        return;
    };
    let versions: Vec<Vec<String>> = all
        .into_iter()
        .map(|groups| groups.into_iter().take(least).collect())
        .collect();
    let distinct: BTreeSet<&Vec<String>> = versions.iter().collect();
    if distinct.len() < versions.len() {
        for change in &mut changes.changes {
            change.number = None;
            change.name = change.key.clone().unwrap_or_default();
        }
        return;
    }
    for (change, digits) in changes.changes.iter_mut().zip(versions) {
        let length = digits.iter().map(|group| group.len() + 1).sum::<usize>();
        change.number = Number::parse(&digits.join("."));
        let stem = change.key.as_deref().unwrap_or("");
        let name = stem.get(length..).unwrap_or("");
        change.name = name.to_owned();
    }
}

/// The groups of digits with which a name begins.
fn groups(stem: &str) -> Vec<String> {
    let mut groups = Vec::new();
    let mut rest = stem;
    loop {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let Some((digits, after)) = rest
            .split_at_checked(end)
            .filter(|(digits, _)| !digits.is_empty())
        else {
            return groups;
        };
        let next = after.strip_prefix(['.', '_', '-']);
        // Digits that go on as a word are one: `2nd`.
        if !after.is_empty() && next.is_none() {
            return groups;
        }
        groups.push(digits.to_owned());
        rest = next.unwrap_or("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_numbers() {
        let check = |a, b, expected| assert_eq!(natural(a, b), expected, "{a} {b}");
        check("2", "10", Ordering::Less);
        check("1.1.9", "1.1.10", Ordering::Less);
        check("1.1.11", "1.1.11a", Ordering::Less);
        check("1.1.11a", "1.1.12", Ordering::Less);
        check("007_b", "7_a", Ordering::Greater);
        check("20240101_120000", "20240101_130000", Ordering::Less);
        check("3_b", "3_b", Ordering::Equal);
        check(
            "99999999999999999999_a",
            "100000000000000000000_a",
            Ordering::Less,
        );
    }

    #[test]
    fn a_name_begins_with_groups_of_digits() {
        let check = |stem, expected: &str| assert_eq!(groups(stem).join(" "), expected, "{stem}");
        check("001_users", "001");
        check("20240101_120000_users", "20240101 120000");
        check("03.09.00_users", "03 09 00");
        check("1_2nd_try", "1");
        check("users", "");
        check("7", "7");
    }
}
