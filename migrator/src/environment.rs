//! Which migrations and repeatables are for the environment of a run. Pure.
//!
//! To skip seed data silently and to apply it silently are both wrong: a pending migration that is for some
//! environments only needs to be told which one this is.

use crate::bundle::Bundle;
use crate::error::{Error, Kind};
use crate::label::Label;
use crate::plan::{Plan, Work};

const HOW: &str = "Name it: `--environment NAME`, MIGRATOR_ENVIRONMENT or MIGRATION_MODE.";

/// Refuses an environment that `migrator.toml` does not declare, where it declares any.
pub(crate) fn refuse_undeclared(bundle: &Bundle, environment: Option<&str>) -> Result<(), Error> {
    let belonging = bundle.migrations.iter().map(|it| it.only);
    let mut belonging = belonging.chain(bundle.repeatables.iter().map(|it| it.only));
    let counts = !bundle.environments.is_empty() || belonging.any(|only| !only.is_empty());
    match environment.filter(|_| counts) {
        Some(name) if !name.chars().all(in_a_name) => Err(Error::new(
            Kind::Usage,
            format!("\"{name}\" is not the name of an environment"),
        )
        .with_hint("Names are made of letters, digits, \"-\" and \"_\".")),
        Some(name) if !bundle.environments.is_empty() && !bundle.environments.contains(&name) => {
            Err(Error::new(
                Kind::Usage,
                format!("environment \"{name}\" does not exist"),
            )
            .with_detail(format!(
                "Declared in migrator.toml are {}.",
                bundle.environments.join(", ")
            ))
            .with_hint(
                "Name one of them with `--environment`, MIGRATOR_ENVIRONMENT or MIGRATION_MODE.",
            ))
        }
        _ => Ok(()),
    }
}

const fn in_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Why a migration is skipped, as JSON. No name has a character that JSON would escape.
pub(crate) fn reason(environment: &str, only: &[&str]) -> String {
    format!(
        "{{\"environment\": \"{environment}\", \"only\": [\"{}\"]}}",
        only.join("\", \"")
    )
}

/// The plan with everything that is for other environments skipped.
pub(crate) fn choose<'a>(
    bundle: &Bundle,
    mut plan: Plan<'a>,
    environment: Option<&str>,
) -> Result<Plan<'a>, Error> {
    refuse_undeclared(bundle, environment)?;
    let mut unknown: Vec<(Label<'_>, &[&str])> = Vec::new();
    for step in &mut plan.steps {
        let (only, skip) = match step.work {
            Work::Apply(migration) => (migration.only, Work::Skip(migration)),
            Work::Repeat(repeatable) => (repeatable.only, Work::SkipRepeatable(repeatable)),
            _ => continue,
        };
        match environment {
            _ if only.is_empty() => {}
            Some(name) if only.contains(&name) => {}
            Some(_) => step.work = skip,
            None => unknown.push((step.label(), only)),
        }
    }
    let (mut what, mut verb) = ("pending migration".to_owned(), "is");
    if unknown.iter().any(|(label, _)| label.version.is_none()) {
        "step".clone_into(&mut what);
    }
    let count = unknown.len();
    if count == 0 {
        return Ok(plan);
    }
    if count > 1 {
        what.push('s');
        verb = "are";
    }
    let message =
        format!("{count} {what} {verb} for some environments only, and this one is not named");
    let error = Error::new(Kind::Usage, message);
    Err(unknown
        .into_iter()
        .fold(error, |error, (label, only)| {
            error.with_detail(format!("{label} is for {} only.", only.join(", ")))
        })
        .with_hint(HOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baked;
    use crate::bundle::Migration;
    use crate::plan::Step;

    const fn migration(version: i64, only: &'static [&'static str]) -> Migration<'static> {
        let script = baked::transactional("f", "", &[], &[0; 32]);
        baked::only_in(
            baked::versioned(version, "x", script, baked::ABSENT, &[1]),
            only,
        )
    }

    const MIGRATIONS: &[Migration<'static>] = &[
        migration(1, &[]),
        migration(2, &["dev", "test"]),
        migration(3, &["prod"]),
    ];

    #[track_caller]
    fn check(declared: &'static [&'static str], environment: Option<&str>, expected: &str) {
        let bundle = baked::with_environments(*baked::EMPTY, declared);
        let steps = MIGRATIONS.iter().map(|migration| Step {
            version: Some(migration.version),
            name: migration.name,
            work: Work::Apply(migration),
        });
        let plan = Plan {
            steps: steps.collect(),
        };
        let shown = match choose(&bundle, plan, environment) {
            Ok(plan) => plan
                .steps
                .iter()
                .map(|step| {
                    format!(
                        "{} {}",
                        step.action().word(),
                        step.version.unwrap_or_default()
                    )
                })
                .collect::<Vec<_>>()
                .join(", "),
            Err(error) => format!("{error}: {}", error.detail().join(" ")),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_for_other_environments_is_skipped() {
        let known = &["dev", "test", "prod"];
        check(&[], Some("dev"), "apply 1, apply 2, skip 3");
        check(known, Some("prod"), "apply 1, skip 2, apply 3");
        check(&[], Some("elsewhere"), "apply 1, skip 2, skip 3");
        check(
            known,
            Some("elsewhere"),
            "environment \"elsewhere\" does not exist: Declared in migrator.toml are dev, test, prod.",
        );
        check(
            known,
            None,
            "2 pending migrations are for some environments only, and this one is not named: \
             2 \"x\" is for dev, test only. 3 \"x\" is for prod only.",
        );
    }
}
