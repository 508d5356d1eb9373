//! A folder that a script of one's own goes through in order of name; `.down.sql` is what undoes a file.

use crate::import::change::Changes;
use crate::import::number::Number;
use crate::import::source::{Source, file_name};

use super::numbered::{self, Unnumbered};

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let style: (numbered::Key, Unnumbered) = (numbered::by_name, Unnumbered::Runs);
    numbered::one_for_each(source, source.files(), style, &mut changes);
    regroup(&mut changes);
    for change in &mut changes.changes {
        // Such a table holds the names of files.
        change.key = Some(file_name(&change.up.file).to_owned());
    }
    changes
}

/// A version may be written in groups of digits: `20240101_120000_users`, `1_10_users`, `03.09.00_users`. It is, where
/// every file has as many of them.
fn regroup(changes: &mut Changes) {
    let all: Vec<Vec<String>> = changes
        .changes
        .iter()
        .map(|change| groups(change.key.as_deref().unwrap_or("")))
        .collect();
    let Some(least) = all.iter().map(Vec::len).min().filter(|least| *least > 1) else {
        return;
    };
    for (change, groups) in changes.changes.iter_mut().zip(all) {
        let digits: Vec<String> = groups.into_iter().take(least).collect();
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
