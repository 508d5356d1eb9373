//! `migrator.toml`: whether a release build insists on a proof, and what of a schema is compared.
//!
//! Each further table has a file of its own. The table `[lint]` of the same file is the linter's.

mod adoption;
pub(crate) mod environments;
pub(crate) mod placeholders;

use std::fs;
use std::path::Path;

use crate::document::Table;
use crate::finding::Finding;
use crate::listing::{is_absent, unreadable};
use crate::place::Text;

pub use adoption::{Adoption, Probe, TOOLS, unknown_versions};
pub use placeholders::{Placeholder, Quoting, Secrecy};

/// The name of the file.
const FILE: &str = "migrator.toml";

/// What `migrator.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether a release build insists on a proof.
    pub gate: Gate,
    /// The version after which a down has to lead back; none: every one has to.
    pub downs_after: Option<i64>,
    /// What of a schema is compared.
    pub scope: Scope,
    /// The environments that exist; none: any name will do.
    pub environments: Vec<String>,
    /// The rules that recognise legacy databases, in their order.
    pub adoptions: Vec<Adoption>,
    /// The placeholders that are declared, in order of name.
    pub placeholders: Vec<Placeholder>,
}

/// Whether a release build insists on a proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// It does.
    #[default]
    On,
    /// It does not.
    Off,
}

/// What of a schema is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The schemas; empty: those in which a proven object is, and `public`.
    pub schemas: Vec<String>,
    /// Objects that are left out, as `schema.name` or `schema.*`.
    pub ignore: Vec<String>,
    /// Whether comments count.
    pub comments: Counted,
    /// Whether grants count.
    pub grants: Counted,
    /// What the placeholders are declared as, which decides what is made under which name; empty: there are none.
    pub placeholders: String,
}

/// Whether a kind of object that not every history cares about is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// It is.
    Yes,
    /// It is not.
    #[default]
    No,
}

impl Scope {
    /// What decides the fingerprint of a schema, in one line.
    #[must_use]
    pub fn label(&self) -> String {
        let mut parts = Vec::new();
        if self.comments == Counted::Yes {
            parts.push("comments".to_owned());
        }
        if self.grants == Counted::Yes {
            parts.push("grants".to_owned());
        }
        let mut ignored = self.ignore.clone();
        ignored.sort_unstable();
        parts.extend(ignored.iter().map(|pattern| format!("without {pattern}")));
        if !self.placeholders.is_empty() {
            parts.push(format!("placeholders {}", self.placeholders));
        }
        parts.join(", ")
    }
}

/// Reads the settings of a folder; messages call the folder `shown_as`. Without the file everything is as usual.
pub fn settings(folder: &Path, shown_as: &str) -> Result<Settings, Vec<Finding>> {
    let shown = format!("{shown_as}/{FILE}");
    match fs::read_to_string(folder.join(FILE)) {
        Ok(text) => parse(&shown, &text),
        Err(error) if is_absent(&error) => Ok(Settings::default()),
        Err(error) => Err(vec![unreadable(shown, &error)]),
    }
}

fn parse(file: &str, text: &str) -> Result<Settings, Vec<Finding>> {
    let alone = |finding| vec![finding];
    let mut document = Table::parse(Text { file, sql: text }).map_err(alone)?;
    document.leave("lint");
    let mut proof = document.table("proof").map_err(alone)?;
    let mut verify = document.table("verify").map_err(alone)?;
    let rules = document.tables("adopt").map_err(alone)?;
    let gate = proof.optional("gate", "\"on\" or \"off\"", |gate| match gate {
        "on" => Some(Gate::On),
        "off" => Some(Gate::Off),
        _ => None,
    });
    let downs_after = proof
        .holds("downs-after")
        .then(|| proof.number("downs-after"))
        .transpose();
    let (schemas, ignore) = (verify.texts("schemas"), verify.texts("ignore"));
    let (comments, grants) = (verify.truth("comments"), verify.truth("grants"));
    let environments = environments::read(&mut document);
    let placeholders = placeholders::read(&mut document);
    let mut problems = document.unknown(&[
        "[lint]",
        "[proof]",
        "[verify]",
        "[environments]",
        "[[adopt]]",
        "[placeholders.NAME]",
    ]);
    problems.extend(proof.unknown(&["gate", "downs-after"]));
    problems.extend(verify.unknown(&["schemas", "ignore", "comments", "grants"]));
    let placeholders = placeholders.unwrap_or_else(|mut wrong| {
        problems.append(&mut wrong);
        Vec::new()
    });
    let environments = environments.unwrap_or_else(|mut wrong| {
        problems.append(&mut wrong);
        Vec::new()
    });
    let adoptions = adoption::read(rules, &mut problems);
    let downs_after = downs_after.unwrap_or_else(|wrong| {
        problems.push(wrong);
        None
    });
    match (gate, schemas, ignore, comments, grants) {
        (Ok(gate), Ok(schemas), Ok(ignore), Ok(comments), Ok(grants)) if problems.is_empty() => {
            Ok(Settings {
                gate: gate.unwrap_or_default(),
                downs_after,
                scope: Scope {
                    schemas,
                    ignore,
                    comments: counted(comments),
                    grants: counted(grants),
                    placeholders: placeholders::label(&placeholders),
                },
                environments,
                adoptions,
                placeholders,
            })
        }
        (gate, schemas, ignore, comments, grants) => {
            problems.extend(gate.err());
            problems.extend(schemas.err());
            problems.extend(ignore.err());
            problems.extend(comments.err());
            problems.extend(grants.err());
            problems.sort_by_key(|problem| problem.places.first().map(|place| place.line));
            Err(problems)
        }
    }
}

fn counted(truth: Option<bool>) -> Counted {
    if truth == Some(true) {
        Counted::Yes
    } else {
        Counted::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let problems = parse("m/migrator.toml", text).err().unwrap_or_default();
        let shown = problems.iter().map(|problem| {
            let place = problem.places.first().unwrap();
            format!("{}:{} {}", place.line, place.column, problem.message)
        });
        shown.collect()
    }

    #[test]
    fn what_is_said_is_read() {
        let text = "[proof]\ngate = \"off\"\ndowns-after = 7\n[verify]\nschemas = [\"app\"]\nignore = [\"app.tmp_*\", \"b.c\"]\n\
                    comments = true\ngrants = false\n[lint]\nwhatever = 1\n";
        let settings = parse("f", text).unwrap();
        assert_eq!(settings.gate, Gate::Off);
        assert_eq!(settings.downs_after, Some(7));
        assert_eq!(settings.scope.schemas, ["app"]);
        assert_eq!(settings.scope.comments, Counted::Yes);
        assert_eq!(
            settings.scope.label(),
            "comments, without app.tmp_*, without b.c"
        );
        assert_eq!(parse("f", ""), Ok(Settings::default()));
        assert_eq!(Settings::default().scope.label(), "");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(
            problems(
                "[proof]\ngate = \"of\"\ndowns-after = \"7\"\n[verfy]\n[verify]\ncomment = true\nschemas = \"a\"\n"
            ),
            [
                "2:8 \"proof.gate\" is not \"on\" or \"off\"",
                "3:15 \"proof.downs-after\" is not a whole number",
                "4:2 unknown key \"verfy\"",
                "6:1 unknown key \"verify.comment\"",
                "7:11 \"verify.schemas\" is not an array of texts",
            ]
        );
        assert_eq!(problems("[proof\n").len(), 1);
        assert_eq!(problems("proof = 1\n"), ["1:9 \"proof\" is not a table"]);
        assert_eq!(
            problems("[verify]\ncomments = \"yes\"\n"),
            ["2:12 \"verify.comments\" is not true or false"]
        );
    }
}
