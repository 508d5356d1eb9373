//! Directives in a file where they mean nothing, and environments that are not declared.
//!
//! What a directive says by itself is `directive`, which exclude each other is `header`.

use crate::file_name::FileName;
use crate::finding::Finding;
use crate::header::{Irreversible, LastRelease, Only};
use crate::script::Checked;

/// Every directive of a file that belongs into a file of another kind.
pub(crate) fn check(name: &FileName, checked: &Checked, problems: &mut Vec<Finding>) {
    // The header of a verify script has said so already.
    let migration = matches!(name, FileName::Up { .. } | FileName::Verify { .. });
    let irreversible = checked.irreversible.as_ref().filter(|_| !migration);
    let repeatable = matches!(name, FileName::Repeatable { .. });
    let only = checked.only.as_ref().filter(|_| !migration && !repeatable);
    let baseline = matches!(name, FileName::Baseline { .. });
    let release = checked.last_release.as_ref().filter(|_| !baseline);
    if let Some(Irreversible { place, .. }) = irreversible {
        problems.push(
            Finding::new("\"irreversible\" in a file that is no migration")
                .hint("move it to the file that cannot be undone")
                .at(place.clone()),
        );
    }
    // What runs everywhere, or goes with the file that it undoes, cannot be left to some environments.
    if let Some(Only { place, .. }) = only {
        problems.push(
            Finding::new("\"only\" in a file that is neither a migration nor a repeatable")
                .hint("remove it: a migration can be for some environments only, and its down file goes with it")
                .at(place.clone()),
        );
    }
    if let Some(LastRelease { place, .. }) = release {
        problems.push(
            Finding::new("\"last-release\" in a file that is no baseline")
                .hint("move it to the baseline that stands for this file")
                .at(place.clone()),
        );
    }
    if !repeatable {
        problems.extend(checked.requires.iter().map(|it| {
            let hint = "remove it: a repeatable runs after every migration, and migrations run in order of version";
            Finding::new("\"requires\" in a file that is no repeatable")
                .hint(hint)
                .at(it.place.clone())
        }));
    }
}

/// A misspelt environment would be one in which nothing ever runs.
pub(crate) fn undeclared(checked: &Checked, declared: &[String], problems: &mut Vec<Finding>) {
    let Some(Only {
        environments,
        place,
    }) = &checked.only
    else {
        return;
    };
    let unknown = environments
        .iter()
        .filter(|name| !declared.is_empty() && !declared.contains(name));
    problems.extend(unknown.map(|name| {
        Finding::new(format!("environment \"{name}\" is not declared"))
            .hint(format!(
                "declared in migrator.toml are {}",
                declared.join(", ")
            ))
            .at(place.clone())
    }));
}
