//! The graph of Alembic's revisions, as its Python files tell it.

use std::collections::{BTreeMap, BTreeSet};

use crate::import::source::{Source, ends, file_name};

/// A revision, and what it comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Revision {
    pub(super) file: String,
    pub(super) parents: Vec<String>,
    /// The first line of its description.
    pub(super) name: String,
}

/// The revisions of a folder by their names.
pub(super) fn revisions(source: &Source) -> BTreeMap<String, Revision> {
    let python = source.files().filter(|file| ends(file, "py"));
    python
        .filter_map(|file| {
            let text = source.text(file).ok()?;
            let (revision, parents) = parse(&text.sql)?;
            let stem = file_name(file).trim_end_matches(".py");
            let words = stem.strip_prefix(&*revision).unwrap_or(stem);
            let found = Revision {
                file: file.to_owned(),
                parents,
                name: words.trim_matches('_').to_owned(),
            };
            Some((revision, found))
        })
        .collect()
}

/// The revision of a file and its parents.
fn parse(python: &str) -> Option<(String, Vec<String>)> {
    let revision = texts(&value(python, "revision")?).into_iter().next()?;
    let mut parents = value(python, "down_revision").map_or_else(Vec::new, |value| texts(&value));
    parents.extend(value(python, "depends_on").map_or_else(Vec::new, |value| texts(&value)));
    Some((revision, parents))
}

/// What is assigned to a name at the beginning of a line, up to the closing parenthesis where one is open.
fn value(python: &str, name: &str) -> Option<String> {
    let mut lines = python.lines();
    let first = lines.by_ref().find_map(|line| {
        let (left, right) = line.split_once('=')?;
        let left = left.split(':').next().unwrap_or(left);
        (left.trim_end() == name).then_some(right)
    })?;
    let mut value = first.to_owned();
    if first.trim_start().starts_with('(') {
        for line in lines {
            if value.contains(')') {
                break;
            }
            value.push_str(line);
        }
    }
    Some(value)
}

/// The quoted texts in an expression.
pub(super) fn texts(expression: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let expression = expression.split('#').next().unwrap_or(expression);
    let mut rest = expression;
    while let Some(at) = rest.find(['"', '\'']) {
        let Some((quote, after)) = rest.split_at(at).1.split_at_checked(1) else {
            break;
        };
        let Some((text, next)) = after.split_once(quote) else {
            break;
        };
        texts.push(text.to_owned());
        rest = next;
    }
    texts
}

/// The revisions from the first on, each after its parents; names decide between equals. Circles are left out.
pub(super) fn order(revisions: &BTreeMap<String, Revision>) -> Vec<String> {
    let mut ordered: Vec<String> = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    loop {
        let ready: Vec<&String> = revisions
            .iter()
            .filter(|(name, _)| !done.contains(name.as_str()))
            .filter(|(_, revision)| {
                let mut parents = revision.parents.iter();
                parents
                    .all(|parent| done.contains(parent.as_str()) || !revisions.contains_key(parent))
            })
            .map(|(name, _)| name)
            .collect();
        if ready.is_empty() {
            return ordered;
        }
        for name in ready {
            done.insert(name);
            ordered.push(name.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_names_its_parents() {
        let check = |python, expected: &str| {
            let shown = parse(python)
                .map(|(revision, parents)| format!("{revision}<{}", parents.join(",")));
            assert_eq!(shown.unwrap_or_default(), expected, "{python}");
        };
        check("revision = 'b'\ndown_revision = 'a'\n", "b<a");
        check(
            "revision: str = \"c\"\ndown_revision: Union[str, None] = None\n",
            "c<",
        );
        check(
            "revision = 'm'\ndown_revision = (\n    'a',\n    'b',\n)\ndepends_on = 'z' # why 'y'\n",
            "m<a,b,z",
        );
        check("x = 1\n", "");
    }

    #[test]
    fn parents_come_first() {
        let revision = |parents: &[&str]| Revision {
            file: String::new(),
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
            name: String::new(),
        };
        let graph = BTreeMap::from([
            ("d".to_owned(), revision(&["b", "c"])),
            ("b".to_owned(), revision(&["z"])),
            ("c".to_owned(), revision(&["z"])),
            ("z".to_owned(), revision(&[])),
            ("x".to_owned(), revision(&["x"])),
        ]);
        assert_eq!(order(&graph), ["z", "b", "c", "d"]);
    }
}
