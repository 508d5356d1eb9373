//! Which migrations move, and what their files are called then. No I/O: what there is, is given.

use std::collections::BTreeSet;

use crate::failure::Failure;

use super::files::{self, Role, Versioned};
use super::released::Released;

/// A version of this many digits is a moment, from year to second.
const MOMENT: usize = 14;

/// One file and its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    pub(super) from: String,
    pub(super) to: String,
}

/// The migrations that move, by the path of their up file, in order of version.
///
/// Versions that are named move if they are not released. Without any, what is not released moves if one of it is not
/// above everything released; then all of it moves, so that it keeps its order.
pub(super) fn choose<'a>(
    present: &'a [Versioned],
    released: Option<&Released>,
    versions: &[i64],
) -> Result<Vec<&'a Versioned>, Failure> {
    let mut ups: Vec<&Versioned> = present.iter().filter(|file| is_up(file)).collect();
    ups.sort_by_key(|file| file.version);
    let is_released =
        |file: &Versioned| released.is_some_and(|released| released.files.contains(&file.path));
    if !versions.is_empty() {
        return named(&ups, released, versions, &is_released);
    }
    let unreleased: Vec<&Versioned> = ups
        .into_iter()
        .filter(|file| !is_released(file) && file.before.ends_with('V'))
        .collect();
    let head = released.and_then(|released| newest(&released.files));
    let late = unreleased
        .first()
        .is_some_and(|first| head.is_some_and(|head| first.version <= head));
    Ok(if late { unreleased } else { Vec::new() })
}

fn named<'a>(
    ups: &[&'a Versioned],
    released: Option<&Released>,
    versions: &[i64],
    is_released: &impl Fn(&Versioned) -> bool,
) -> Result<Vec<&'a Versioned>, Failure> {
    let wanted: BTreeSet<i64> = versions.iter().copied().collect();
    let mut moved = Vec::new();
    let mut problems = Vec::new();
    for version in wanted {
        let found: Vec<&Versioned> = ups
            .iter()
            .copied()
            .filter(|file| file.version == version)
            .collect();
        let open: Vec<&Versioned> = found
            .iter()
            .copied()
            .filter(|file| !is_released(file))
            .collect();
        match (found.first(), open.as_slice()) {
            (None, _) => problems.push(format!("no migration has version {version}")),
            (Some(first), []) => problems.push(format!(
                "\"{}\" is in {}, so databases may have it",
                first.path,
                released.map_or("git", |released| &released.revision)
            )),
            (_, [only]) => moved.push(*only),
            (_, several) => problems.push(format!(
                "version {version} is {}",
                several
                    .iter()
                    .map(|file| format!("\"{}\"", file.path))
                    .collect::<Vec<_>>()
                    .join(" and ")
            )),
        }
    }
    if problems.is_empty() {
        return Ok(moved);
    }
    Err(Failure::new("not every version can be renumbered; nothing was renamed")
        .detail(problems.join("\n"))
        .hint(
            "Leave out what is released: add a new migration in its place (`migrator-dev new`). Versions that two \
             unreleased files share are renumbered without naming them, by --since.",
        ))
}

/// The renames that bring the moved migrations after all others.
pub(super) fn plan(
    present: &[Versioned],
    released: Option<&Released>,
    moved: &[&Versioned],
    now: i64,
) -> Result<Vec<Rename>, Failure> {
    let stays = |file: &&Versioned| {
        file.role != Role::Assertions && !moved.iter().any(|up| belongs(file, up))
    };
    let highest = present
        .iter()
        .filter(stays)
        .map(|file| (file.version, file.digits.len()))
        .max();
    let elsewhere = released.and_then(|released| newest(&released.files));
    let (mut head, width) = highest.unwrap_or((0, 1));
    head = head.max(elsewhere.unwrap_or(0));
    if width >= MOMENT {
        head = head.max(now.saturating_sub(1));
    }
    let mut renames = Vec::new();
    for up in moved {
        // Never down: what is above all others already keeps its version.
        head = head
            .checked_add(1)
            .ok_or_else(|| Failure::new(format!("no version is higher than {head}")))?
            .max(up.version);
        if head == up.version {
            continue;
        }
        let shared = present
            .iter()
            .filter(|other| is_up(other) && other.version == up.version)
            .count();
        for file in present {
            // Assertions name a version only; where two migrations share it, git tells whose they are.
            let theirs = file.role == Role::Assertions
                && file.version == up.version
                && (shared == 1
                    || released.is_none_or(|released| !released.files.contains(&file.path)));
            if belongs(file, up) || theirs {
                renames.push(Rename {
                    from: file.path.clone(),
                    to: format!("{}{head:0width$}{}", file.before, file.after),
                });
            }
        }
    }
    Ok(renames)
}

fn is_up(file: &Versioned) -> bool {
    matches!(file.role, Role::Up(_))
}

/// Whether a file is an up file, or lies beside it under the same version and name.
fn belongs(file: &Versioned, up: &Versioned) -> bool {
    let name = match (&file.role, &up.role) {
        _ if file.path == up.path => return true,
        (Role::Beside(name), Role::Up(up)) => name == up,
        _ => false,
    };
    name && file.version == up.version
}

/// The highest version in a list of files.
fn newest(files: &BTreeSet<String>) -> Option<i64> {
    let versioned = files.iter().filter_map(|file| files::parse(file));
    versioned
        .filter(|file| file.role != Role::Assertions)
        .map(|file| file.version)
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(present: &[&str], released: Option<&[&str]>, versions: &[i64], expected: &[&str]) {
        let present: Vec<Versioned> = present
            .iter()
            .filter_map(|path| files::parse(path))
            .collect();
        let released = released.map(|files| Released {
            revision: "main".to_owned(),
            files: files.iter().map(|&file| file.to_owned()).collect(),
        });
        let now = 20_260_102_030_405;
        let renames = choose(&present, released.as_ref(), versions)
            .and_then(|moved| plan(&present, released.as_ref(), &moved, now));
        let shown = match renames {
            Ok(renames) => renames
                .iter()
                .map(|rename| format!("{} {}", rename.from, rename.to))
                .collect(),
            Err(failure) => vec![format!("{failure:?}")],
        };
        assert_eq!(shown.len(), expected.len(), "{shown:?}");
        for (shown, expected) in shown.iter().zip(expected) {
            assert!(shown.contains(expected), "{shown}");
        }
    }

    #[test]
    fn what_is_late_moves_with_all_that_is_not_released() {
        check(
            &[
                "V1__a.sql",
                "V2__b.sql",
                "V2__b.down.sql",
                "V2__c.sql",
                "V3__d.sql",
                "V4__e.sql",
                "tests/V2.after.sql",
                "tests/V3.before.sql",
            ],
            Some(&["V1__a.sql", "V2__c.sql", "V3__d.sql"]),
            &[],
            &[
                "V2__b.sql V4__b.sql",
                "V2__b.down.sql V4__b.down.sql",
                "tests/V2.after.sql tests/V4.after.sql",
                "V4__e.sql V5__e.sql",
            ],
        );
        check(&["V1__a.sql", "V2__b.sql"], Some(&["V1__a.sql"]), &[], &[]);
        check(&["U1__a.sql", "V2__b.sql"], Some(&["V2__b.sql"]), &[], &[]);
        check(
            &["V2__b.sql", "V3__x.sql", "V9__x.sql"],
            Some(&["V2__b.sql", "V5__y.sql"]),
            &[],
            &["V3__x.sql V6__x.sql"],
        );
    }

    #[test]
    fn what_the_released_branch_has_and_we_do_not_counts() {
        check(
            &["V1__a.sql", "V002__b.sql"],
            Some(&["V1__a.sql", "V007__c.sql"]),
            &[],
            &["V002__b.sql V8__b.sql"],
        );
    }

    #[test]
    fn versions_that_are_named_move() {
        check(
            &[
                "V001__a.sql",
                "V002__b.sql",
                "V002__b.verify.sql",
                "V003__c.sql",
            ],
            None,
            &[2],
            &[
                "V002__b.sql V004__b.sql",
                "V002__b.verify.sql V004__b.verify.sql",
            ],
        );
        check(
            &["V20250101000000__a.sql", "V20250102000000__b.sql"],
            None,
            &[20_250_101_000_000],
            &["V20250101000000__a.sql V20260102030405__a.sql"],
        );
        check(
            &["V20250101000000__a.sql", "V20990102000000__b.sql"],
            None,
            &[20_250_101_000_000],
            &["V20250101000000__a.sql V20990102000001__a.sql"],
        );
    }

    #[test]
    fn what_is_released_stays() {
        check(
            &["V1__a.sql", "V2__b.sql", "V3__c.sql", "V3__d.sql"],
            Some(&["V1__a.sql"]),
            &[1, 3, 9],
            &[
                "\\\"V1__a.sql\\\" is in main, so databases may have it\\nversion 3 is \\\"V3__c.sql\\\" and \
               \\\"V3__d.sql\\\"\\nno migration has version 9",
            ],
        );
    }

    #[test]
    fn there_is_an_end_of_numbers() {
        let highest = format!("V{}__b.sql", i64::MAX);
        check(
            &["V1__a.sql", &highest],
            None,
            &[1],
            &["no version is higher"],
        );
    }
}
