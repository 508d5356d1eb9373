//! From the path in the call to the tokens in its place: finds the folder, reads and lints it, and says what is wrong.

use std::env;
use std::path::{Path, PathBuf};

use migrator_source::{Finding, Reading, Settings};
use proc_macro2::TokenStream;

use crate::input::Input;
use crate::prove;
use crate::record::Record;
use crate::tokens;
use crate::tracking;
use crate::verdicts::Verdicts;

/// Expands one call.
pub(crate) fn expand(input: &Input) -> TokenStream {
    let manifest_folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let output_folder = env::var_os("OUT_DIR").map(PathBuf::from);
    let located = manifest_folder
        .ok_or_else(|| {
            problem(
                "CARGO_MANIFEST_DIR is not set",
                "build with cargo, or set it to the crate's folder",
            )
        })
        .and_then(|manifest_folder| Ok((manifest_folder, locate(input)?)));
    let (manifest_folder, Located { path, given }) = match located {
        Ok(located) => located,
        Err(problem) => return tokens::errors(&[problem], &[], input.span),
    };

    let folder = manifest_folder.join(&path);
    let shown = match &given {
        Some(given) if !folder.exists() => given,
        _ => shown_as(&path),
    };
    let verdicts = Verdicts::load(output_folder.as_deref(), shown);
    let mut reading = migrator_source::read(&folder, shown, &|sha256| verdicts.hold(sha256));
    verdicts.store(&reading.checked);
    let record = Record::load(output_folder.as_deref(), "lint", shown);
    let mut linting = migrator_source::lint(&folder, shown, &reading.folder, record.bytes());
    record.store(&linting.memory);

    let untracked = tracking::check(&manifest_folder, &path, output_folder.as_deref());
    let mut problems: Vec<Finding> = untracked.err().into_iter().collect();
    problems.append(&mut reading.problems);
    problems.append(&mut linting.problems);
    let settings = migrator_source::settings(&folder, shown).unwrap_or_else(|mut wrong| {
        problems.append(&mut wrong);
        Settings::default()
    });
    problems.extend(migrator_source::unknown_versions(
        &settings.adoptions,
        &reading.folder,
    ));
    let path = folder;
    let Reading {
        folder,
        mut warnings,
        ..
    } = reading;
    warnings.append(&mut linting.warnings);
    let proof = migrator_source::proof(&path, shown, &folder, &settings.scope);
    let nameless = migrator_source::nameless_releases(&folder, shown, &proof.recorded);
    problems.extend(nameless);
    if problems.is_empty() {
        let workspace = env::current_dir().unwrap_or_default();
        let given = given
            .clone()
            .unwrap_or_else(|| prove::seen_from(&workspace, &path));
        let prove = prove::command(&workspace, &given);
        let known = (&settings, &proof);
        tokens::bundle((shown, &prove), &folder, known, &warnings, input.span)
    } else {
        tokens::errors(&problems, &warnings, input.span)
    }
}

/// Where the folder is.
struct Located {
    /// Its path, absolute or relative to the crate's folder.
    path: String,
    /// How whoever builds wrote it, where a variable names it.
    given: Option<String>,
}

/// What a build script adds to the name of the variable that it has made absolute, for what was written there.
const GIVEN: &str = "_GIVEN";

/// The path of the folder: that of the variable where it is set, else the one in the call.
fn locate(input: &Input) -> Result<Located, Finding> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(name) = &input.variable
        && let Some(path) = set(name)
    {
        let path = path.into_string().map_err(|path| {
            let message = format!("the path \"{}\" is not UTF-8", path.display());
            problem(&message, "move the folder to a path that is")
        })?;
        let given = set(&format!("{name}{GIVEN}")).and_then(|given| given.into_string().ok());
        let given = given.or_else(|| Path::new(&path).has_root().then(|| path.clone()));
        return Ok(Located { path, given });
    }
    let path = &input.path;
    if path.trim().is_empty() {
        return Err(problem(
            "the path is empty",
            "name the folder, such as \"../migrations\"",
        ));
    }
    if Path::new(path).has_root() {
        let hint = "write it relative to Cargo.toml: an absolute path holds on one machine only, and would make builds \
                    differ";
        return Err(problem(&format!("the path \"{path}\" is absolute"), hint));
    }
    Ok(Located {
        path: path.clone(),
        given: None,
    })
}

/// The folder as messages and the bundle call it: without what leads out of the crate, or to it on this machine.
fn shown_as(path: &str) -> &str {
    let mut shown = path.trim_end_matches('/');
    if Path::new(shown).has_root() {
        return shown.rsplit('/').next().unwrap_or(shown);
    }
    while let Some(rest) = shown
        .strip_prefix("./")
        .or_else(|| shown.strip_prefix("../"))
    {
        shown = rest.trim_start_matches('/');
    }
    shown
}

fn problem(message: &str, hint: &str) -> Finding {
    Finding::new(message).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_shown_without_what_leads_out_of_the_crate() {
        for (path, shown) in [
            ("migrations", "migrations"),
            ("./migrations/", "migrations"),
            ("../../db/migrations", "db/migrations"),
            ("..//migrations", "migrations"),
            ("a/../b", "a/../b"),
            ("..", ".."),
            ("/srv/app/db/migrations/", "migrations"),
        ] {
            assert_eq!(shown_as(path), shown, "{path}");
        }
    }

    #[test]
    fn a_path_is_relative() {
        let locate = |path: &str| {
            locate(&Input {
                path: path.to_owned(),
                variable: Some("MIGRATOR_NOBODY_SETS_THIS".to_owned()),
                span: proc_macro2::Span::call_site(),
            })
        };
        assert_eq!(
            locate("../migrations").ok().map(|it| it.path).as_deref(),
            Some("../migrations")
        );
        assert!(
            locate("/srv/migrations").is_err_and(|problem| problem.message.contains("absolute"))
        );
        assert!(locate(" ").is_err_and(|problem| problem.message.contains("empty")));
    }
}
