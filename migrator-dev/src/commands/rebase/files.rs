//! The files of a folder that have a version in their name, and which of them are one migration's.
//!
//! Names that are wrong are left alone: `lint` tells them. What is in the files does not matter here.

use std::fs;
use std::io;
use std::path::Path;

use crate::failure::Failure;

/// A file with a version in its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Versioned {
    /// Relative to the folder, with `/` between its parts.
    pub(super) path: String,
    pub(super) role: Role,
    pub(super) version: i64,
    /// What stands before the version, and after it.
    pub(super) before: String,
    pub(super) digits: String,
    pub(super) after: String,
}

/// What a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Applies the migration of this name.
    Up(String),
    /// Belongs to the migration of this name: undoes it, or verifies it.
    Beside(String),
    /// Belongs to the migration of this version: its assertions.
    Assertions,
    /// A baseline stays where it is, and counts as a version that is taken.
    Baseline,
}

/// Every versioned file of a folder, in order of path.
pub(super) fn list(folder: &Path) -> Result<Vec<Versioned>, Failure> {
    let mut found = Vec::new();
    visit(folder, "", &mut found).map_err(|error| {
        let shown = folder.display();
        let failure = Failure::new(format!("could not read folder \"{shown}\"")).detail(&error);
        match error.kind() {
            io::ErrorKind::NotFound => failure.hint("Name another with --folder."),
            _ => failure,
        }
    })?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn visit(folder: &Path, prefix: &str, found: &mut Vec<Versioned>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            visit(&entry.path(), &format!("{path}/"), found)?;
        } else {
            found.extend(parse(&path));
        }
    }
    Ok(())
}

/// Reads a path relative to the folder.
pub(super) fn parse(path: &str) -> Option<Versioned> {
    let (folder, name) = match path.rsplit_once('/') {
        Some((folder, name)) => (format!("{folder}/"), name),
        None => (String::new(), path),
    };
    let stem = name.strip_suffix(".sql")?;
    let letter = stem
        .chars()
        .next()
        .filter(|letter| matches!(letter, 'V' | 'U' | 'B'))?;
    let rest = stem.get(1..)?;
    let length = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(length)?;
    let role = match (folder.as_str(), after) {
        ("tests/", ".before" | ".after") => Role::Assertions,
        ("tests/", _) => return None,
        _ => {
            let words = after.strip_prefix("__")?;
            let beside = [".down", ".verify"]
                .into_iter()
                .find_map(|ending| words.strip_suffix(ending));
            match beside {
                _ if letter == 'B' => Role::Baseline,
                Some(words) => Role::Beside(words.to_owned()),
                None => Role::Up(words.to_owned()),
            }
        }
    };
    Some(Versioned {
        path: path.to_owned(),
        role,
        version: digits.parse().ok()?,
        before: format!("{folder}{letter}"),
        digits: digits.to_owned(),
        after: format!("{after}.sql"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_a_role() {
        let check = |path, expected: Option<(&str, i64)>| {
            let shown = parse(path).map(|file| (format!("{:?}", file.role), file.version));
            let expected = expected.map(|(role, version)| (role.to_owned(), version));
            assert_eq!(shown, expected, "{path}");
        };
        check("V1__a.sql", Some(("Up(\"a\")", 1)));
        check("app/U007__a_b.sql", Some(("Up(\"a_b\")", 7)));
        check("V1__a.down.sql", Some(("Beside(\"a\")", 1)));
        check("V1__a.verify.sql", Some(("Beside(\"a\")", 1)));
        check("B3__base.sql", Some(("Baseline", 3)));
        check("tests/V1.before.sql", Some(("Assertions", 1)));
        check("tests/V1.after.sql", Some(("Assertions", 1)));
        check("tests/V1__a.sql", None);
        check("R__view.sql", None);
        check("V1_a.sql", None);
        check("V__a.sql", None);
        check("V99999999999999999999__a.sql", None);
        check("schema.sql", None);
        check("README.md", None);
    }
}
