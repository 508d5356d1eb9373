//! Repeatables: in which order they run, and what they may require of each other.
//!
//! When one is run again is decided by the engine.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Finding, Place};
use crate::folder::{Mode, Repeatable};
use crate::header::Requirement;
use crate::script::Checked;

/// One file with what became of it.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) shown: String,
    pub(crate) checked: Checked,
}

/// Puts repeatables in the order in which they run: by name, each after those that it requires. What contradicts is a
/// problem.
pub(crate) fn assemble(parts: Vec<Part>, problems: &mut Vec<Finding>) -> Vec<Repeatable> {
    let names: BTreeSet<String> = parts.iter().map(|part| part.name.clone()).collect();
    let environments: BTreeMap<String, Vec<String>> = parts
        .iter()
        .map(|part| (part.name.clone(), environments_of(&part.checked).to_vec()))
        .collect();
    let mut waiting = BTreeMap::new();
    for Part {
        name,
        shown,
        checked,
    } in parts
    {
        if let Some(script) = &checked.script
            && script.mode == Mode::NoTransaction
        {
            let finding = Finding::new("\"no-transaction\" in a repeatable");
            let hint = "move what cannot run in a transaction to a migration: a repeatable is replaced whole or not at \
                        all";
            problems.push(finding.hint(hint).at(Place::whole(&shown)));
        }
        let only = environments_of(&checked).to_vec();
        let requires = checked.requires;
        requires_known(&name, &requires, &names, problems);
        requires_there((&name, &only), &requires, &environments, problems);
        waiting.insert(name, (requires, only, checked.script));
    }
    let mut ordered = Vec::with_capacity(waiting.len());
    let mut done: BTreeSet<String> = BTreeSet::new();
    loop {
        // One that is not there is a problem already, and one that requires itself too.
        let ready = waiting.iter().find(|(name, (requires, ..))| {
            let mut missing = requires
                .iter()
                .filter(|it| names.contains(&it.name) && it.name != **name);
            missing.all(|it| done.contains(&it.name))
        });
        let Some(name) = ready.map(|(name, _)| name.clone()) else {
            break;
        };
        let Some((requires, only, script)) = waiting.remove(&name) else {
            break;
        };
        done.insert(name.clone());
        let requires: BTreeSet<String> = requires.into_iter().map(|it| it.name).collect();
        ordered.extend(script.map(|script| Repeatable {
            name,
            requires: requires.into_iter().collect(),
            only,
            script,
        }));
    }
    let waiting: BTreeMap<String, Vec<Requirement>> = waiting
        .into_iter()
        .map(|(name, (requires, ..))| (name, requires))
        .collect();
    problems.extend(cycles(waiting));
    ordered
}

fn requires_known(
    name: &str,
    requires: &[Requirement],
    names: &BTreeSet<String>,
    problems: &mut Vec<Finding>,
) {
    for Requirement {
        name: wanted,
        place,
    } in requires
    {
        let finding = if wanted == name {
            Finding::new(format!("repeatable \"{name}\" requires itself"))
                .hint("remove the directive")
        } else if names.contains(wanted) {
            continue;
        } else {
            Finding::new(format!("there is no repeatable \"{wanted}\""))
                .hint(format!("write the name of another file, without \".sql\": the folder holds no \"R__{wanted}.sql\""))
        };
        problems.push(finding.at(place.clone()));
    }
}

/// The environments that a file is for; none: all.
fn environments_of(checked: &Checked) -> &[String] {
    let only = checked.only.as_ref();
    only.map_or(&[], |only| only.environments.as_slice())
}

/// What it requires has to be in every environment in which it is itself.
fn requires_there(
    (name, only): (&str, &[String]),
    requires: &[Requirement],
    environments: &BTreeMap<String, Vec<String>>,
    problems: &mut Vec<Finding>,
) {
    let shown = |only: &[String]| match only {
        [] => "all environments".to_owned(),
        some => format!("{} only", some.join(", ")),
    };
    for Requirement {
        name: wanted,
        place,
    } in requires
    {
        let there = environments.get(wanted).map_or(&[][..], Vec::as_slice);
        let everywhere = there.is_empty();
        if everywhere || !only.is_empty() && only.iter().all(|it| there.contains(it)) {
            continue;
        }
        let finding = Finding::new(format!(
            "repeatable \"{name}\" is for {}, and requires \"{wanted}\", which is for {}",
            shown(only),
            shown(there)
        ));
        let hint = "name fewer environments in this file, or more of them in the other one";
        problems.push(finding.hint(hint).at(place.clone()));
    }
}

/// One problem for each cycle, with the directives that make it. What only waits for one is no part of it.
fn cycles(mut waiting: BTreeMap<String, Vec<Requirement>>) -> Vec<Finding> {
    let mut found = Vec::new();
    while let Some(start) = waiting.keys().next().cloned() {
        let mut path = vec![start];
        let first = loop {
            let next = path.last().and_then(|name| {
                let requires = waiting.get(name)?;
                requires
                    .iter()
                    .find(|it| it.name != *name && waiting.contains_key(&it.name))
            });
            let Some(next) = next else {
                break path.len();
            };
            let known = path.iter().position(|name| *name == next.name);
            if let Some(first) = known {
                break first;
            }
            path.push(next.name.clone());
        };
        let cycle = path.split_off(first);
        if cycle.is_empty() {
            // Its cycle was reported and removed: it only waits.
            waiting.retain(|name, _| path.last() != Some(name));
            continue;
        }
        let shown: Vec<String> = cycle
            .iter()
            .chain(cycle.first())
            .map(|name| format!("R__{name}"))
            .collect();
        let mut finding = Finding::new(format!(
            "repeatables require each other: {}",
            shown.join(" -> ")
        ))
        .hint("remove one of these directives, or put both texts into one file");
        for (name, required) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
            let requirement = waiting
                .get(name)
                .and_then(|requires| requires.iter().find(|it| it.name == *required));
            finding
                .places
                .extend(requirement.map(|it| it.place.clone()));
        }
        found.push(finding);
        waiting.retain(|name, _| !cycle.contains(name));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Limits, Script};
    use crate::header::Only;

    fn part(name: &str, requires: &[&str]) -> Part {
        let shown = format!("R__{name}.sql");
        let requires = requires.iter().map(|name| Requirement {
            name: (*name).to_owned(),
            place: Place::whole(&shown),
        });
        Part {
            name: name.to_owned(),
            checked: Checked {
                requires: requires.collect(),
                script: Some(Script {
                    file: shown.clone(),
                    sql: String::new(),
                    mode: Mode::Transaction,
                    limits: Limits::default(),
                    statements: Vec::new(),
                    spots: Vec::new(),
                    sha256: [0; 32],
                }),
                ..Checked::default()
            },
            shown,
        }
    }

    #[track_caller]
    fn check(files: &[(&str, &[&str])], order: &str, expected: &[&str]) {
        let parts = files.iter().map(|(name, requires)| part(name, requires));
        let mut problems = Vec::new();
        let ordered = assemble(parts.collect(), &mut problems);
        let names: Vec<&str> = ordered.iter().map(|it| it.name.as_str()).collect();
        let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            (names.join(" ").as_str(), messages.as_slice()),
            (order, expected)
        );
    }

    #[test]
    fn repeatables_run_by_name_after_what_they_require() {
        check(&[], "", &[]);
        check(&[("c", &[]), ("a", &[]), ("b", &[])], "a b c", &[]);
        check(&[("a", &["c"]), ("b", &[]), ("c", &["b"])], "b c a", &[]);
        check(
            &[("a", &["z", "y"]), ("y", &[]), ("z", &["y"])],
            "y z a",
            &[],
        );
    }

    #[test]
    fn what_is_required_is_in_every_environment() {
        let check = |only: &str, of: &str, expected: &[&str]| {
            let limited = |name: &str, requires: &[&str], only: &str| {
                let mut part = part(name, requires);
                part.checked.only = (!only.is_empty()).then(|| Only {
                    environments: only.split(' ').map(str::to_owned).collect(),
                    place: Place::whole("f"),
                });
                part
            };
            let parts = vec![limited("a", &["b"], only), limited("b", &[], of)];
            let mut problems = Vec::new();
            let ordered = assemble(parts, &mut problems);
            assert_eq!(ordered.len(), 2);
            let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
            assert_eq!(messages, expected, "{only} | {of}");
        };
        check("", "", &[]);
        check("dev", "", &[]);
        check("dev", "test dev", &[]);
        check(
            "",
            "dev",
            &[
                "repeatable \"a\" is for all environments, and requires \"b\", which is for dev only",
            ],
        );
        check(
            "dev prod",
            "dev",
            &["repeatable \"a\" is for dev, prod only, and requires \"b\", which is for dev only"],
        );
    }

    #[test]
    fn what_contradicts_is_found_all_at_once() {
        check(
            &[("a", &["a"]), ("b", &["nowhere"]), ("c", &[])],
            "a b c",
            &[
                "repeatable \"a\" requires itself",
                "there is no repeatable \"nowhere\"",
            ],
        );
        check(
            &[
                ("a", &["b"]),
                ("b", &["c"]),
                ("c", &["b"]),
                ("d", &["e"]),
                ("e", &["d"]),
                ("f", &[]),
            ],
            "f",
            &[
                "repeatables require each other: R__b -> R__c -> R__b",
                "repeatables require each other: R__d -> R__e -> R__d",
            ],
        );
    }
}
