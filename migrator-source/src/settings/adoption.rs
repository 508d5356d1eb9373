//! `[[adopt]]` in `migrator.toml`: rules that recognise a legacy database, and say at which version it is.
//!
//! Whether that version exists is known when the folder is read: [`unknown_versions`].

use std::collections::BTreeSet;

use crate::document::Table;
use crate::finding::{Finding, Place};
use crate::folder::Folder;
use crate::place::Text;
use crate::proof::Hash;
use crate::split::split;

/// The tools whose histories a rule may name, as their users write them.
pub const TOOLS: [&str; 18] = [
    "alembic",
    "atlas",
    "dbmate",
    "diesel",
    "django",
    "flyway",
    "golang-migrate",
    "goose",
    "knex",
    "liquibase",
    "node-pg-migrate",
    "plain",
    "prisma",
    "rails",
    "refinery",
    "sqitch",
    "sqlx",
    "tern",
];

/// What a rule may say.
const KEYS: [&str; 7] = [
    "name",
    "version",
    "table",
    "query",
    "fingerprint",
    "tool",
    "position",
];

/// A rule that recognises a legacy database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// What messages and the journal call it.
    pub name: String,
    /// What tells such a database.
    pub probe: Probe,
    /// The version that it is at.
    pub version: i64,
    /// Where the rule stands.
    pub place: Place,
}

/// What tells a legacy database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// This table or view exists.
    Table {
        /// Its schema, unquoted.
        schema: String,
        /// Its name, unquoted.
        table: String,
    },
    /// This query returns true.
    Query(String),
    /// The schema is the one that was proven for this version.
    Proven(i64),
    /// The schema has this fingerprint.
    Fingerprint(Hash),
    /// Another tool's history is at this position.
    Position {
        /// The tool.
        tool: String,
        /// What its users call the newest migration.
        position: String,
    },
}

/// Reads the rules; each mistake is a problem with its place.
pub(super) fn read(rules: Vec<Table<'_>>, problems: &mut Vec<Finding>) -> Vec<Adoption> {
    let mut names = BTreeSet::new();
    let mut adoptions = Vec::new();
    for rule in rules {
        let found = problems.len();
        let heading = rule.problem("");
        let Some(adoption) = adoption(rule, problems) else {
            continue;
        };
        if !names.insert(adoption.name.clone()) {
            let message = format!("two rules are called \"{}\"", adoption.name);
            problems.push(Finding { message, ..heading });
        }
        if problems.len() == found {
            adoptions.push(adoption);
        }
    }
    adoptions
}

fn adoption(mut rule: Table<'_>, problems: &mut Vec<Finding>) -> Option<Adoption> {
    let heading = rule.problem("");
    let mut note = |finding| problems.push(finding);
    let name = rule.required("name", "a text", |name| {
        (!name.trim().is_empty()).then(|| name.to_owned())
    });
    let version = rule.number("version");
    let table = rule.optional("table", "\"schema.table\"", |text| {
        let (schema, table) = qualified(text)?;
        Some(Probe::Table { schema, table })
    });
    let query = rule.optional("query", "one query, such as \"SELECT true\"", |text| {
        query(text).map(Probe::Query)
    });
    let fingerprint = rule.spelled(
        "fingerprint",
        "a version, or 64 hexadecimal digits",
        fingerprint,
    );
    let known = format!("a tool that is known: {}", TOOLS.join(", "));
    let tool = rule.optional("tool", &known, |tool| {
        TOOLS.contains(&tool).then(|| tool.to_owned())
    });
    let position = rule.optional("position", "a text", |text| Some(text.to_owned()));
    let history = match (tool, position) {
        (Ok(Some(tool)), Ok(Some(position))) => Ok(Some(Probe::Position { tool, position })),
        (Ok(None), Ok(None)) => Ok(None),
        (Ok(_), Ok(_)) => Err(Finding {
            message: "\"tool\" and \"position\" need each other".to_owned(),
            ..heading.clone()
        }
        .hint("write both, as in tool = \"alembic\" and position = \"1975ea83b712\"")),
        (tool, position) => {
            position.err().into_iter().for_each(&mut note);
            tool.map(|_| None)
        }
    };
    let mut wrong = false;
    let mut probes = Vec::new();
    for probe in [table, query, fingerprint, history] {
        match probe {
            Ok(probe) => probes.extend(probe),
            Err(finding) => {
                wrong = true;
                note(finding);
            }
        }
    }
    if probes.len() != 1 && !wrong {
        let message = match probes.len() {
            0 => "the rule has no probe",
            _ => "the rule has more than one probe",
        };
        note(
            Finding {
                message: message.to_owned(),
                ..heading.clone()
            }
            .hint("write one of table, query, fingerprint, or tool with position"),
        );
    }
    rule.unknown(&KEYS).into_iter().for_each(&mut note);
    match (name, version, probes.pop()) {
        (Ok(name), Ok(version), Some(probe)) => Some(Adoption {
            name,
            probe,
            version,
            place: heading.places.into_iter().next()?,
        }),
        (name, version, _) => {
            name.err().into_iter().for_each(&mut note);
            version.err().into_iter().for_each(&mut note);
            None
        }
    }
}

/// `schema.table`, each part as it is or in double quotes.
fn qualified(text: &str) -> Option<(String, String)> {
    let (schema, rest) = part(text)?;
    let (table, rest) = part(rest.strip_prefix('.')?)?;
    rest.is_empty().then_some((schema, table))
}

/// The first name of a text, and what follows it.
fn part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let plain = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
        let folded = name.to_lowercase();
        return (!name.is_empty() && name.chars().all(plain)).then_some((folded, rest));
    };
    let mut name = String::new();
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '"' {
            name.push(letter);
        } else if letters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (!name.is_empty()).then(|| (name, quoted.get(at + 1..).unwrap_or_default()));
        }
    }
    None
}

/// The only statement of a text, which begins as a query does.
fn query(text: &str) -> Option<String> {
    let pieces = split(Text {
        file: "",
        sql: text,
    });
    let [piece] = pieces.pieces.as_slice() else {
        return None;
    };
    let statement = text.get(piece.range.clone())?;
    let begins = statement
        .trim_start_matches('(')
        .split(|letter: char| !letter.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let queries = ["select", "with", "values", "table"];
    let sound =
        pieces.problems.is_empty() && queries.iter().any(|word| word.eq_ignore_ascii_case(begins));
    sound.then(|| statement.to_owned())
}

fn fingerprint(text: &str) -> Option<Probe> {
    let mut hash = [0; 32];
    if text.len() != 2 * hash.len() || !text.is_ascii() {
        return text.parse().ok().map(Probe::Proven);
    }
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(Probe::Fingerprint(hash))
}

/// The rules that name a version which neither a migration nor a baseline of the folder has.
#[must_use]
pub fn unknown_versions(adoptions: &[Adoption], folder: &Folder) -> Vec<Finding> {
    let known = |version: i64| {
        folder.migrations.iter().any(|it| it.version == version)
            || folder.baselines.iter().any(|it| it.version == version)
    };
    let named = |adoption: &Adoption| {
        let of_probe = match adoption.probe {
            Probe::Proven(version) => Some(version),
            _ => None,
        };
        let mut versions = vec![adoption.version];
        versions.extend(of_probe.filter(|version| *version != adoption.version));
        versions
    };
    let mut findings = Vec::new();
    for adoption in adoptions {
        for version in named(adoption) {
            if !known(version) {
                let message = format!(
                    "the rule \"{}\" names version {version}, which is not in the folder",
                    adoption.name
                );
                findings.push(
                    Finding::new(message)
                        .hint("name the version of a migration or of a baseline")
                        .at(adoption.place.clone()),
                );
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests;
