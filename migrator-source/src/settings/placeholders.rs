//! `[placeholders.NAME]`: what may stand as `${name}` in a file, how it is quoted, and where its value comes from.
//!
//! Where placeholders stand in a text is `crate::placeholder`.

use sha2::{Digest, Sha256};

use crate::digest::hex;
use crate::document::Table;
use crate::finding::Finding;

/// What `migrator.toml` says of one placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// What stands between the braces.
    pub name: String,
    /// How its value is written.
    pub quoting: Quoting,
    /// Its value where none is given; none: one has to be given.
    pub default: Option<String>,
    /// The environment variable that gives its value.
    pub variable: String,
    /// Whether its value may be shown.
    pub secrecy: Secrecy,
    /// Its value in a proof, where there is no default.
    pub proof: Option<String>,
}

/// How the value of a placeholder is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// As a quoted identifier.
    Identifier,
    /// As a string literal.
    Literal,
}

/// Whether the value of a placeholder may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// It may.
    Open,
    /// It appears nowhere.
    Secret,
}

/// A longer name is cut off by PostgreSQL.
const LONGEST_IDENTIFIER: usize = 63;

/// The declarations in a few characters, as far as they decide what a proof runs; empty: there are none.
pub(super) fn label(placeholders: &[Placeholder]) -> String {
    if placeholders.is_empty() {
        return String::new();
    }
    let mut hasher = Sha256::new();
    for it in placeholders {
        let value = it.proof.as_ref().or(it.default.as_ref());
        hasher.update(format!("{:?}", (&it.name, it.quoting, value)));
    }
    let digest: [u8; 32] = hasher.finalize().into();
    hex(digest.get(..8).unwrap_or_default())
}

/// Whether a word can name a placeholder.
pub(crate) fn is_name(word: &str) -> bool {
    let mut letters = word.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

/// The placeholders in order of name; none where the table is absent.
pub(super) fn read(document: &mut Table<'_>) -> Result<Vec<Placeholder>, Vec<Finding>> {
    let mut table = document
        .table("placeholders")
        .map_err(|finding| vec![finding])?;
    let (mut placeholders, mut problems) = (Vec::new(), Vec::new());
    for name in table.keys() {
        match table.table(&name).map_err(|finding| vec![finding]) {
            Ok(entry) => match one(name, entry) {
                Ok(placeholder) => placeholders.push(placeholder),
                Err(mut wrong) => problems.append(&mut wrong),
            },
            Err(mut wrong) => problems.append(&mut wrong),
        }
    }
    placeholders.sort_by(|a, b| a.name.cmp(&b.name));
    if problems.is_empty() {
        Ok(placeholders)
    } else {
        Err(problems)
    }
}

fn one(name: String, mut table: Table<'_>) -> Result<Placeholder, Vec<Finding>> {
    let text = |text: &str| Some(text.to_owned());
    let quoting = table.required("as", "\"identifier\" or \"literal\"", |word| match word {
        "identifier" => Some(Quoting::Identifier),
        "literal" => Some(Quoting::Literal),
        _ => None,
    });
    let default = table.optional("default", "a text", text);
    let required = table.truth("required");
    let variable = table.optional("variable", "the name of a variable", |word| {
        is_variable(word).then(|| word.to_owned())
    });
    let secret = table.truth("secret");
    let proof = table.optional("proof", "a text", text);
    let mut problems = Vec::new();
    if !is_name(&name) {
        problems.push(
            table
                .problem(format!("\"{name}\" is not the name of a placeholder"))
                .hint("names are made of small letters, digits and \"_\", and do not begin with a digit"),
        );
    }
    match (&default, &required) {
        (Ok(Some(_)), Ok(Some(true))) => problems.push(
            table
                .problem(format!(
                    "placeholder \"{name}\" has a default and is required"
                ))
                .hint("keep one of the two"),
        ),
        (Ok(None), Ok(None | Some(false))) => problems.push(
            table
                .problem(format!(
                    "placeholder \"{name}\" has neither a default nor is it required"
                ))
                .hint("write default = \"…\" or required = true"),
        ),
        _ => {}
    }
    if matches!(quoting, Ok(Quoting::Identifier)) {
        for (key, value) in [("default", &default), ("proof", &proof)] {
            if let Ok(Some(value)) = value
                && (value.is_empty() || value.len() > LONGEST_IDENTIFIER)
            {
                let message = format!("the {key} of \"{name}\" cannot be an identifier");
                let hint = "an identifier has 1 to 63 bytes";
                problems.push(table.problem(message).hint(hint));
            }
        }
    }
    for value in [&default, &proof].into_iter().flatten().flatten() {
        if value.contains('\0') {
            let message = format!("a value of \"{name}\" holds a NUL byte");
            problems.push(table.problem(message).hint("PostgreSQL knows no such text"));
        }
    }
    let known = ["as", "default", "required", "variable", "secret", "proof"];
    problems.extend(table.unknown(&known));
    match (quoting, default, required, variable, secret, proof) {
        (Ok(quoting), Ok(default), Ok(_), Ok(variable), Ok(secret), Ok(proof))
            if problems.is_empty() =>
        {
            let usual = || format!("MIGRATOR_PLACEHOLDER_{}", name.to_ascii_uppercase());
            Ok(Placeholder {
                quoting,
                default,
                variable: variable.unwrap_or_else(usual),
                secrecy: if secret == Some(true) {
                    Secrecy::Secret
                } else {
                    Secrecy::Open
                },
                proof,
                name,
            })
        }
        (quoting, default, required, variable, secret, proof) => {
            problems.extend(quoting.err());
            problems.extend(default.err());
            problems.extend(required.err());
            problems.extend(variable.err());
            problems.extend(secret.err());
            problems.extend(proof.err());
            Err(problems)
        }
    }
}

fn is_variable(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Text;

    #[track_caller]
    fn check(sql: &str, expected: &[&str]) {
        let mut document = Table::parse(Text { file: "f", sql }).unwrap();
        let shown: Vec<String> = match read(&mut document) {
            Ok(all) => all
                .iter()
                .map(|it| {
                    format!(
                        "{} {:?} {:?} {} {:?} {:?}",
                        it.name, it.quoting, it.default, it.variable, it.secrecy, it.proof
                    )
                })
                .collect(),
            Err(problems) => problems.into_iter().map(|it| it.message).collect(),
        };
        assert_eq!(shown, expected, "{sql}");
    }

    #[test]
    fn placeholders_are_declared_with_where_their_value_comes_from() {
        check("", &[]);
        check(
            "[placeholders.b]\nas = \"literal\"\nrequired = true\nsecret = true\nvariable = \"B\"\nproof = \"x\"\n\
             [placeholders.a_1]\nas = \"identifier\"\ndefault = \"app\"",
            &[
                "a_1 Identifier Some(\"app\") MIGRATOR_PLACEHOLDER_A_1 Open None",
                "b Literal None B Secret Some(\"x\")",
            ],
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        check(
            "[placeholders.a]\nas = \"literal\"\ndefault = \"\"\nrequired = true",
            &["placeholder \"a\" has a default and is required"],
        );
        check(
            "[placeholders.a]\nas = \"literal\"\nrequire = true",
            &[
                "placeholder \"a\" has neither a default nor is it required",
                "unknown key \"placeholders.a.require\"",
            ],
        );
        check(
            "[placeholders.A]\nas = \"text\"\ndefault = \"\"\nvariable = \"1 a\"",
            &[
                "\"A\" is not the name of a placeholder",
                "\"placeholders.A.as\" is not \"identifier\" or \"literal\"",
                "\"placeholders.A.variable\" is not the name of a variable",
            ],
        );
        check(
            "[placeholders.a]\nas = \"identifier\"\ndefault = \"\"",
            &["the default of \"a\" cannot be an identifier"],
        );
        check("placeholders = 1", &["\"placeholders\" is not a table"]);
        check(
            "[placeholders]\na = 1",
            &["\"placeholders.a\" is not a table"],
        );
    }
}
