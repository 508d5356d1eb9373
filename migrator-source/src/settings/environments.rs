//! `[environments]`: the names of the environments that exist.
//!
//! Which migration belongs to which of them is said in its header.

use crate::document::Table;
use crate::finding::Finding;

/// Whether a word can name an environment.
pub(crate) fn is_name(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !word.is_empty() && word.chars().all(allowed)
}

/// The names; none where the table is absent.
pub(super) fn read(document: &mut Table<'_>) -> Result<Vec<String>, Vec<Finding>> {
    if !document.holds("environments") {
        return Ok(Vec::new());
    }
    let mut table = document
        .table("environments")
        .map_err(|finding| vec![finding])?;
    let names = table.texts("names");
    let mut problems = Vec::new();
    match &names {
        Ok(names) if names.is_empty() => problems.push(
            table
                .problem("\"environments.names\" is missing or empty")
                .hint("write it as in names = [\"dev\", \"test\", \"prod\"]"),
        ),
        Ok(names) => {
            for (at, name) in names.iter().enumerate() {
                if !is_name(name) {
                    let message = format!("\"{name}\" is not the name of an environment");
                    let hint = "names are made of letters, digits, \"-\" and \"_\"";
                    problems.push(table.problem(message).hint(hint));
                } else if names.get(..at).unwrap_or_default().contains(name) {
                    let message = format!("environment \"{name}\" is declared twice");
                    problems.push(table.problem(message).hint("declare it once"));
                }
            }
        }
        Err(_) => {}
    }
    problems.extend(table.unknown(&["names"]));
    match names {
        Ok(names) if problems.is_empty() => Ok(names),
        names => {
            problems.extend(names.err());
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Text;

    #[track_caller]
    fn check(sql: &str, expected: &str) {
        let mut document = Table::parse(Text { file: "f", sql }).unwrap();
        let shown = match read(&mut document) {
            Ok(names) => names.join(" "),
            Err(problems) => problems
                .iter()
                .map(|problem| format!("{}: {}", problem.places[0].line, problem.message))
                .collect::<Vec<_>>()
                .join(" | "),
        };
        assert_eq!(shown, expected, "{sql}");
    }

    #[test]
    fn names_are_declared_once_and_well_formed() {
        check("", "");
        check(
            "[environments]\nnames = [\"dev\", \"prod-eu\"]",
            "dev prod-eu",
        );
        check(
            "[environments]\n",
            "1: \"environments.names\" is missing or empty",
        );
        check(
            "\n[environments]\nnames = [\"dev\", \"dev\", \"a b\"]\nname = 1",
            "2: environment \"dev\" is declared twice | 2: \"a b\" is not the name of an environment \
             | 4: unknown key \"environments.name\"",
        );
        check(
            "[environments]\nnames = \"dev\"",
            "2: \"environments.names\" is not an array of texts",
        );
        check("environments = 1", "1: \"environments\" is not a table");
    }
}
