//! Baselines: what the files of one version make together, and which migrations they stand for that the folder no
//! longer holds.
//!
//! Running them, and proving that they equal their migrations, is not here.

use sha2::{Digest, Sha256};

use crate::checksum;
use crate::finding::{Finding, Place};
use crate::folder::{Baseline, Folder, Mode, Script};
use crate::header::LastRelease;
use crate::script::Checked;

/// One file of a baseline with what became of it.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) shown: String,
    pub(crate) checked: Checked,
}

/// Puts the files of one version together; what contradicts is a problem.
pub(crate) fn assemble(
    version: i64,
    parts: Vec<Part>,
    problems: &mut Vec<Finding>,
) -> Option<Baseline> {
    let name = parts.first()?.name.clone();
    let mut scripts = Vec::with_capacity(parts.len());
    let mut last_release: Option<LastRelease> = None;
    for part in parts {
        if let Some(release) = part.checked.last_release {
            match &last_release {
                Some(first) if first.name != release.name => {
                    let message = format!("baseline {version} names two last releases");
                    let finding = Finding::new(message).hint("keep one of them");
                    problems.push(finding.at(first.place.clone()).at(release.place));
                }
                Some(_) => {}
                None => last_release = Some(release),
            }
        }
        let Some(script) = part.checked.script else {
            continue;
        };
        if script.mode == Mode::NoTransaction {
            let finding = Finding::new("\"no-transaction\" in a baseline");
            let hint = "remove the directive: an empty database gets a baseline whole or not at all; its indexes need \
                        no CONCURRENTLY";
            problems.push(finding.hint(hint).at(Place::whole(&part.shown)));
        }
        scripts.push(script);
    }
    let texts: Vec<&str> = scripts.iter().map(|script| script.sql.as_str()).collect();
    let text = texts.concat();
    Some(Baseline {
        version,
        sha256: Sha256::digest(&text).into(),
        accepted: checksum::accepted(&name, version, &text, &text),
        name,
        scripts,
        last_release: last_release.map(|release| release.name),
    })
}

/// What a baseline stands for and the folder does not hold: the versions that were proven once and are gone. Where no
/// file and no proof tells of any, its own version stands for all of them.
///
/// A database that has none of these rows cannot come to the baseline by migrations.
#[must_use]
pub fn gone(folder: &Folder, recorded: &[i64], baseline: &Baseline) -> Vec<i64> {
    let gone: Vec<i64> = recorded
        .iter()
        .copied()
        .filter(|version| *version <= baseline.version && !folder.holds(*version))
        .collect();
    let first = folder.migrations.first();
    if gone.is_empty() && first.is_none_or(|first| first.version > baseline.version) {
        return vec![baseline.version];
    }
    gone
}

/// The baseline with which the history begins, where migrations are gone: the oldest that stands for all of those.
#[must_use]
pub fn first<'f>(folder: &'f Folder, recorded: &[i64]) -> Option<&'f Baseline> {
    let baselines = folder.baselines.iter();
    let newest_gone = baselines.flat_map(|it| gone(folder, recorded, it)).max()?;
    folder.baselines.iter().find(|it| it.version >= newest_gone)
}

/// A baseline is run in every environment, so that it cannot stand for what is for some of them only.
pub(crate) fn bound_to_environments(folder: &Folder, shown_as: &str) -> Vec<Finding> {
    let Some(newest) = folder.baselines.last() else {
        return Vec::new();
    };
    let below = folder
        .migrations
        .iter()
        .filter(|it| it.version <= newest.version && !it.only.is_empty());
    below
        .map(|migration| {
            let message = format!(
                "version {} is for {} only, and baseline {} stands for it",
                migration.version,
                migration.only.join(", "),
                newest.version
            );
            let hint = "a baseline runs in every environment: give the migration a version above it, or the baseline \
                        one below";
            let shown = |script: &Script| Place::whole(format!("{shown_as}/{}", script.file));
            let finding = Finding::new(message).hint(hint).at(shown(&migration.up));
            newest.scripts.first().map(shown).into_iter().fold(finding, Finding::at)
        })
        .collect()
}

/// What is wrong with the baselines of a folder of which some version is recorded as proven: one that stands for
/// migrations that are gone has to say which release still had them.
#[must_use]
pub fn nameless_releases(folder: &Folder, shown_as: &str, recorded: &[i64]) -> Vec<Finding> {
    let nameless = folder.baselines.iter().filter(|baseline| {
        baseline.last_release.is_none() && !gone(folder, recorded, baseline).is_empty()
    });
    nameless
        .map(|baseline| {
            let version = baseline.version;
            let message = format!(
                "baseline {version} stands for migrations that the folder does not hold, and names no last release"
            );
            let hint = "bring their files back; or name the last release that carries databases older than it, in its \
                        first lines: -- migrator: last-release \"v2.3\"";
            let place = baseline
                .scripts
                .first()
                .map(|script| Place::whole(format!("{shown_as}/{}", script.file)));
            let finding = Finding::new(message).hint(hint);
            place.into_iter().fold(finding, Finding::at)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Down, DownCheck, Limits, Migration, Order};

    fn script(mode: Mode) -> Script {
        Script {
            file: "f".to_owned(),
            sql: "select 1".to_owned(),
            mode,
            limits: Limits::default(),
            statements: Vec::new(),
            spots: Vec::new(),
            sha256: [0; 32],
        }
    }

    fn folder(versions: &[i64]) -> Folder {
        let migration = |version: &i64| Migration {
            version: *version,
            name: "m".to_owned(),
            order: Order::Versioned,
            up: script(Mode::Transaction),
            down: Down::Absent,
            only: Vec::new(),
            down_check: DownCheck::Insisted,
            verify: None,
            checksum: 0,
            accepted: Vec::new(),
        };
        Folder {
            migrations: versions.iter().map(migration).collect(),
            ..Folder::default()
        }
    }

    fn part(name: &str, release: Option<&str>, mode: Mode) -> Part {
        let checked = Checked {
            script: Some(script(mode)),
            last_release: release.map(|name| LastRelease {
                name: name.to_owned(),
                place: Place::whole("f"),
            }),
            ..Checked::default()
        };
        Part {
            name: name.to_owned(),
            shown: format!("m/{name}"),
            checked,
        }
    }

    #[test]
    fn several_files_are_one_baseline() {
        let mut problems = Vec::new();
        let parts = vec![
            part("schema", None, Mode::Transaction),
            part("seed", Some("v1"), Mode::Transaction),
        ];
        let baseline = assemble(5, parts, &mut problems).unwrap();
        assert_eq!(problems, []);
        assert_eq!((baseline.version, baseline.name.as_str()), (5, "schema"));
        assert_eq!(baseline.scripts.len(), 2);
        assert_eq!(baseline.last_release.as_deref(), Some("v1"));
        assert!(!baseline.accepted.is_empty());
    }

    #[test]
    fn what_contradicts_is_told() {
        let mut problems = Vec::new();
        let parts = vec![
            part("a", Some("v1"), Mode::NoTransaction),
            part("b", Some("v2"), Mode::Transaction),
        ];
        assemble(5, parts, &mut problems);
        let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "\"no-transaction\" in a baseline",
                "baseline 5 names two last releases"
            ]
        );
    }

    #[test]
    fn a_baseline_stands_for_what_every_environment_has() {
        let baseline =
            assemble(5, vec![part("b", None, Mode::Transaction)], &mut Vec::new()).unwrap();
        let mut folder = folder(&[4, 5, 6]);
        for migration in &mut folder.migrations {
            migration.only = vec!["staging".to_owned()];
        }
        assert_eq!(bound_to_environments(&folder, "m"), []);
        folder.baselines.push(baseline);
        let problems = bound_to_environments(&folder, "m");
        let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "version 4 is for staging only, and baseline 5 stands for it",
                "version 5 is for staging only, and baseline 5 stands for it"
            ]
        );
        assert!(problems.iter().all(|it| it.places.len() == 2));
    }

    #[test]
    fn the_history_begins_with_the_oldest_baseline_that_stands_for_all_that_is_gone() {
        let at = |version| {
            let parts = vec![part("b", None, Mode::Transaction)];
            assemble(version, parts, &mut Vec::new()).unwrap()
        };
        for (held, recorded, expected) in [
            (&[1, 2, 3, 4, 5, 6][..], &[][..], None),
            (&[3, 4, 5, 6], &[1, 2, 3], Some(3)),
            (&[4, 5, 6], &[], Some(3)),
            (&[5, 6], &[1, 2, 3, 4], Some(5)),
            (&[6], &[], Some(5)),
        ] {
            let folder = Folder {
                baselines: vec![at(3), at(5)],
                ..folder(held)
            };
            let first = first(&folder, recorded).map(|it| it.version);
            assert_eq!(first, expected, "{held:?}");
        }
    }

    #[test]
    fn what_is_gone_is_told_by_the_proof_or_by_an_empty_beginning() {
        let baseline =
            assemble(5, vec![part("b", None, Mode::Transaction)], &mut Vec::new()).unwrap();
        for (held, recorded, expected) in [
            (&[1, 3, 5, 6][..], &[][..], &[][..]),
            (&[1, 3, 5], &[1, 3, 5, 6], &[]),
            (&[1, 3], &[], &[]),
            (&[6, 7], &[1, 3, 5, 6], &[1, 3, 5]),
            (&[3, 5, 6], &[1, 3, 5, 6], &[1]),
            (&[6, 7], &[6], &[5]),
            (&[], &[], &[5]),
        ] {
            let folder = folder(held);
            assert_eq!(gone(&folder, recorded, &baseline), expected, "{held:?}");
            let begins = Folder {
                baselines: vec![baseline.clone()],
                ..folder.clone()
            };
            let first = first(&begins, recorded).map(|it| it.version);
            assert_eq!(first, (!expected.is_empty()).then_some(5));
            let with = Folder {
                baselines: vec![baseline.clone()],
                ..folder
            };
            let problems = nameless_releases(&with, "m", recorded);
            assert_eq!(problems.is_empty(), expected.is_empty());
        }
    }
}
