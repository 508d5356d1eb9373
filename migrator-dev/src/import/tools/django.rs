//! Django: `{app}/migrations/{name}.py`. What `sqlmigrate` printed into a file of the same name beside it is taken.
//!
//! The order is that of `plan.txt`, which `showmigrations --plan` prints; without it, that of the dependencies in the
//! Python files. Nothing of Python is run: what only Python does is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::import::change::{Change, Changes};
use crate::import::number::Number;
use crate::import::report::Note;
use crate::import::source::{Source, ends, file_name, folder_of};
use crate::import::text::Text;

use super::revision::{self, Revision, texts};

/// What `showmigrations --plan` printed.
const PLAN: &str = "plan.txt";

/// What Django prints in place of an operation that is Python.
const PYTHON: &str = "THIS OPERATION CANNOT BE WRITTEN AS SQL";

/// What the files of one migration say, by the name that the tool's table has for it: `app.name`.
#[derive(Default)]
struct Found {
    sql: Option<String>,
    down: Option<String>,
    python: Option<String>,
}

pub(crate) fn read(source: &Source) -> Changes {
    let mut changes = Changes::default();
    let found = found(source);
    let graph = graph(source, &found);
    let plan = plan(source);
    let order = if plan.is_empty() {
        by_dependencies(&graph)
    } else {
        plan.clone()
    };
    let apps: BTreeSet<&str> = found.keys().map(|key| app_of(key)).collect();
    for key in &order {
        match found.get(key) {
            Some(Found {
                sql: Some(sql),
                down,
                ..
            }) => match text(source, sql, down.as_deref()) {
                Ok((up, down)) => {
                    changes.changes.push(change(key, apps.len(), up, down));
                }
                Err(note) => changes.refuse_at(note),
            },
            Some(Found { python, .. }) => without_sql(python.as_deref(), key, &mut changes),
            None => {
                let folder = key.split_once('.').map_or("", |(app, _)| app);
                let folder = format!("{folder}/migrations/");
                let python = format!("{folder}{}.py", name_of(key));
                without_sql(Some(&python), key, &mut changes);
            }
        }
    }
    let planned: BTreeSet<&String> = order.iter().collect();
    for (key, files) in &found {
        let files = [&files.sql, &files.down, &files.python];
        if let Some(file) = files.into_iter().flatten().next()
            && !planned.contains(key)
        {
            changes.leave_out(file, format!("\"{key}\" is not in {PLAN}"));
        }
    }
    replaced(source, &found, &mut changes);
    changes
}

fn found(source: &Source) -> BTreeMap<String, Found> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for file in source.files() {
        let name = file_name(file);
        let app = app(file);
        let mut endings = [".down.sql", ".sql", ".py"].into_iter();
        let Some((ending, stem)) =
            endings.find_map(|ending| Some((ending, name.strip_suffix(ending)?)))
        else {
            continue;
        };
        let digit = stem.starts_with(|c: char| c.is_ascii_digit());
        if ending == ".py" && !digit && !says(source, file, "class Migration(") {
            continue;
        }
        let files = found.entry(format!("{app}{stem}")).or_default();
        let place = match ending {
            ".down.sql" => &mut files.down,
            ".sql" => &mut files.sql,
            _ => &mut files.python,
        };
        *place = Some(file.to_owned());
    }
    found
}

fn says(source: &Source, file: &str, words: &str) -> bool {
    source.text(file).is_ok_and(|text| text.sql.contains(words))
}

/// The app of a file, with a dot.
fn app(file: &str) -> String {
    let folder = folder_of(file).trim_end_matches('/');
    let folder = folder.strip_suffix("migrations").unwrap_or(folder);
    let app = file_name(folder.trim_end_matches('/'));
    if app.is_empty() {
        String::new()
    } else {
        format!("{app}.")
    }
}

fn app_of(key: &str) -> &str {
    key.split_once('.').map_or("", |(app, _)| app)
}

fn name_of(key: &str) -> &str {
    key.split_once('.').map_or(key, |(_, name)| name)
}

/// The names in `[ ]  app.name`; nothing where there is no plan.
fn plan(source: &Source) -> Vec<String> {
    let text = source.optional(PLAN).unwrap_or_default();
    let lines = text.sql.lines().filter_map(|line| {
        let (mark, rest) = line.trim_start().strip_prefix('[')?.split_once(']')?;
        let name = rest.split_whitespace().next()?;
        matches!(mark.trim(), "" | "X").then(|| name.to_owned())
    });
    lines.collect()
}

/// What comes after what, as the Python files tell it.
fn graph(source: &Source, found: &BTreeMap<String, Found>) -> BTreeMap<String, Revision> {
    let mut graph: BTreeMap<String, Revision> = BTreeMap::new();
    let mut before: Vec<(String, String)> = Vec::new();
    for (key, files) in found {
        let python = files.python.as_ref().and_then(|file| source.optional(file));
        let python = python.map_or_else(String::new, |text| text.sql);
        let mut parents = pairs(&python, "dependencies");
        if python.contains("swappable_dependency(") {
            parents.push("auth.__first__".to_owned());
        }
        let parents = parents.iter().filter_map(|parent| known(found, parent));
        let revision = Revision {
            file: String::new(),
            parents: parents.filter(|parent| parent != key).collect(),
            name: String::new(),
        };
        before.extend(
            pairs(&python, "run_before")
                .into_iter()
                .map(|later| (later, key.clone())),
        );
        graph.insert(key.clone(), revision);
    }
    for (later, earlier) in before {
        if let Some(later) = graph.get_mut(&later) {
            later.parents.push(earlier);
        }
    }
    graph
}

/// The migration that is meant, where it is in the folder.
fn known(found: &BTreeMap<String, Found>, parent: &str) -> Option<String> {
    let app = app_of(parent);
    let mut of_app = found.keys().filter(|key| app_of(key) == app);
    match name_of(parent) {
        "__first__" => of_app.next().cloned(),
        "__latest__" => of_app.next_back().cloned(),
        _ => found.contains_key(parent).then(|| parent.to_owned()),
    }
}

/// The pairs of texts in the list that is assigned to a name: `[("app", "name"), …]`.
fn pairs(python: &str, name: &str) -> Vec<String> {
    let mut lines = python
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let list = lines.by_ref().find_map(|line| {
        let (left, right) = line.split_once('=')?;
        let left = left.split(':').next().unwrap_or(left);
        (left.trim() == name).then(|| right.to_owned())
    });
    let Some(mut list) = list else {
        return Vec::new();
    };
    let open = |list: &str| list.matches('[').count() > list.matches(']').count();
    while open(&list) {
        let Some(line) = lines.next() else { break };
        list.push_str(line);
    }
    let texts = texts(&list);
    let pairs = texts.chunks_exact(2).filter_map(|pair| match pair {
        [app, name] => Some(format!("{app}.{name}")),
        _ => None,
    });
    pairs.collect()
}

/// What is in a circle comes last, in order of name.
fn by_dependencies(graph: &BTreeMap<String, Revision>) -> Vec<String> {
    let mut order = revision::order(graph);
    let done: BTreeSet<String> = order.iter().cloned().collect();
    order.extend(graph.keys().filter(|key| !done.contains(*key)).cloned());
    order
}

fn text(source: &Source, up: &str, down: Option<&str>) -> Result<(Text, Option<Text>), Note> {
    let down = down.map(|down| source.text(down)).transpose()?;
    Ok((source.text(up)?, down))
}

/// With several apps, each of which counts by itself, there are no numbers of the whole.
fn change(key: &str, apps: usize, up: Text, down: Option<Text>) -> Change {
    let name = name_of(key);
    let python = up.numbered().find(|(_, line)| line.contains(PYTHON));
    let python = python.map(|(line, _)| {
        let message = "Django runs Python here, of which there is no SQL";
        let hint =
            "on a new database it often has nothing to do; where rows are missing, write it as SQL";
        Note::at(&up.file, line, message).hint(hint)
    });
    let mut change = match Number::leading(name) {
        Some((number, words)) if apps < 2 => Change::new(Some(number), words, up),
        _ if apps < 2 => Change::new(None, name, up),
        _ => Change::new(None, &key.replace('.', "_"), up),
    };
    change.remarks.extend(python);
    change.key(key).down(down)
}

fn without_sql(python: Option<&str>, key: &str, changes: &mut Changes) {
    let Some(python) = python else { return };
    let app = Some(app_of(key)).filter(|app| !app.is_empty());
    let (app, name) = (app.unwrap_or("APP"), name_of(key));
    let sql = python.strip_suffix(".py").unwrap_or(python);
    let hint =
        format!("write its SQL beside it: `python manage.py sqlmigrate {app} {name} > {sql}.sql`");
    changes.refuse(python, "it is written in Python, not in SQL", &hint);
}

/// Django's table has rows of what a squashed migration replaces as well; with it, they are nothing more.
fn replaced(source: &Source, found: &BTreeMap<String, Found>, changes: &mut Changes) {
    let known: BTreeSet<String> = changes
        .changes
        .iter()
        .filter_map(|change| change.key.clone())
        .collect();
    let mut replaced = BTreeSet::new();
    for files in known.iter().filter_map(|key| found.get(key)) {
        let python = files.python.as_deref().filter(|file| ends(file, "py"));
        if let Some(text) = python.and_then(|file| source.optional(file)) {
            replaced.extend(pairs(&text.sql, "replaces"));
        }
    }
    let gone = replaced.into_iter().filter(|key| !known.contains(key));
    changes.nothing.extend(gone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_names_other_migrations() {
        let check = |python, name, expected: &[&str]| {
            assert_eq!(pairs(python, name), expected, "{python}");
        };
        let python = "class Migration(migrations.Migration):\n    replaces = [('a', '0001_x'), (\"a\", \"0002_y\")]\n    \
                      dependencies = [\n        (\"auth\", \"0001_initial\"),  # why ('x', 'y')\n        \
                      migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n        ('b', '__first__'),\n    ]\n    \
                      operations = [('c', 'd')]\n";
        check(python, "replaces", &["a.0001_x", "a.0002_y"]);
        check(
            python,
            "dependencies",
            &["auth.0001_initial", "b.__first__"],
        );
        check(python, "run_before", &[]);
        check("dependencies: list = []\n", "dependencies", &[]);
    }
}
