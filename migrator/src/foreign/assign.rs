//! Which of our versions each row of another tool's history stands for. Pure; everything that cannot be told is
//! reported at once.
//!
//! In this order: what the map file says; the number that the key is or begins with, unless the words beside it say
//! otherwise; the words, where only one migration has them; for Alembic, the revision in a migration's name or in the
//! comment that its offline SQL begins with.

mod covered;
mod refuse;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::bundle::{Bundle, Migration, Repeatable};
use crate::error::{Error, Kind};
use crate::plan::find;

use super::entry::{Entry, State, number, slug};
use super::map::{Map, Meaning};
use super::{Found, Tool};
use covered::{is_gone, may_be_gone, stand_in};
use refuse::{listed, refuse_broken, refuse_heads, refuse_unknown};

/// What another tool's history says in our terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned<'e> {
    /// What was applied, in order of version, with the rows that say so.
    pub adopted: BTreeMap<i64, Adopted<'e>>,
    /// Applied there, and repeatables of ours, in order of name.
    pub repeated: BTreeMap<&'static str, Repeated<'e>>,
    /// Versions that were applied there, and for which a baseline of ours stands now, with the rows that say so.
    pub covered: BTreeMap<i64, Vec<&'e Entry>>,
    /// Applied there, and nothing of ours: unknown repeatables, and what the map file says so of.
    pub left: Vec<&'e Entry>,
}

/// One repeatable of ours that another tool has applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated<'e> {
    /// The repeatable.
    pub repeatable: &'static Repeatable<'static>,
    /// The row that says so.
    pub row: &'e Entry,
}

/// One migration of ours that another tool has applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted<'e> {
    /// The migration.
    pub migration: &'static Migration<'static>,
    /// The rows that say so.
    pub rows: Vec<&'e Entry>,
}

/// Tells what each row stands for.
///
/// # Errors
///
/// `Drift` when rows were not carried out as a whole, when there is more than one position, or when a row stands for
/// nothing of ours; `Usage` when the map file names versions that there are not.
pub fn assign<'e>(
    bundle: &Bundle,
    found: &Found,
    entries: &'e [Entry],
    map: &Map,
    to: Option<i64>,
) -> Result<Assigned<'e>, Error> {
    refuse_broken(found, entries)?;
    refuse_heads(found, entries)?;
    refuse_unknown(bundle, map, to)?;
    let finder = Finder::new(bundle, found.tool, map, to, entries);
    let mut assigned = Assigned::default();
    let mut problems = Vec::new();
    for entry in entries {
        let covers = match entry.state {
            State::Undone | State::Broken(_) => continue,
            State::Repeatable => {
                assigned.repeat(finder.repeatable(entry), entry);
                continue;
            }
            State::Applied => Covers::Itself,
            State::Position | State::Baseline => Covers::AllBefore,
        };
        match finder.find(entry) {
            Ok(Some(version)) => assigned.add(bundle, entry, version, covers),
            Ok(None) => assigned.left.push(entry),
            // Liquibase does not tell a change set that runs whenever it changes from others.
            Err(problem) => match finder.repeatable(entry) {
                Some(repeatable) => assigned.repeat(Some(repeatable), entry),
                None => problems.push(problem),
            },
        }
    }
    problems.extend(assigned.ambiguous(&finder));
    problems.extend(assigned.incomplete(map));
    if problems.is_empty() {
        stand_in(bundle, &mut assigned)?;
        return Ok(assigned);
    }
    let count = problems.len();
    let error = Error::new(
        Kind::Drift,
        format!(
            "{count} row{} of {} cannot be told to be a migration of this binary",
            if count == 1 { "" } else { "s" },
            found.shown()
        ),
    );
    let position = entries.iter().any(|entry| entry.state == State::Position);
    Err(listed(error, problems).with_hint(if position {
        "Say which version that is: `migrator adopt --to VERSION`."
    } else {
        "Say which version each is in a file, `\"name there\" = version here` or `= \"none\"`, and add `--map FILE`."
    }))
}

/// What a row stands for.
#[derive(Clone, Copy)]
enum Covers {
    Itself,
    AllBefore,
}

impl<'e> Assigned<'e> {
    fn add(&mut self, bundle: &Bundle, entry: &'e Entry, version: i64, covers: Covers) {
        let migrations = match covers {
            Covers::Itself => bundle
                .migrations
                .binary_search_by_key(&version, |it| it.version)
                .map_or(0..0, |at| at..at + 1),
            Covers::AllBefore => {
                0..bundle
                    .migrations
                    .partition_point(|it| it.version <= version)
            }
        };
        for migration in bundle.migrations.get(migrations).unwrap_or_default() {
            let adopted = self
                .adopted
                .entry(migration.version)
                .or_insert_with(|| Adopted {
                    migration,
                    rows: Vec::new(),
                });
            adopted.rows.push(entry);
        }
        let gone: Vec<i64> = match covers {
            Covers::Itself if may_be_gone(bundle, version) => vec![version],
            Covers::Itself => Vec::new(),
            Covers::AllBefore => covered::gone(bundle)
                .filter(|gone| *gone <= version)
                .collect(),
        };
        for version in gone {
            self.covered.entry(version).or_default().push(entry);
        }
    }

    fn repeat(&mut self, repeatable: Option<&'static Repeatable<'static>>, row: &'e Entry) {
        match repeatable {
            Some(repeatable) => {
                let repeated = Repeated { repeatable, row };
                self.repeated.insert(repeatable.name, repeated);
            }
            None => self.left.push(row),
        }
    }

    /// Rows that lead to one version without the map file's saying so.
    fn ambiguous(&self, finder: &Finder<'_>) -> Vec<String> {
        let named = |entry: &Entry| finder.meaning(entry).is_some();
        self.adopted
            .values()
            .filter_map(|adopted| {
                let mut alone = adopted
                    .rows
                    .iter()
                    .filter(|row| row.state == State::Applied);
                let all = alone.clone().count();
                (all > 1 && !alone.all(|row| named(row))).then(|| {
                    let rows: Vec<String> = adopted.rows.iter().map(|row| row.shown()).collect();
                    format!(
                        "{} would all be {}",
                        rows.join(", "),
                        shown(adopted.migration)
                    )
                })
            })
            .collect()
    }

    /// Versions that stand for several rows in the map file, not all of which were applied.
    fn incomplete(&self, map: &Map) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, version) in map.versions() {
            if let Some(adopted) = self.adopted.get(&version)
                && adopted.rows.iter().all(|row| row.state == State::Applied)
                && !adopted.rows.iter().any(|row| is_called(row, name))
            {
                problems.push(format!(
                    "\"{name}\" is part of {} according to the map file, and was not applied",
                    shown(adopted.migration)
                ));
            }
        }
        problems
    }
}

/// Finds the version of a row.
struct Finder<'f> {
    bundle: &'f Bundle,
    tool: Tool,
    map: &'f Map,
    to: Option<i64>,
    /// The version of each name; `None` where several migrations have it.
    names: HashMap<String, Option<i64>>,
    /// The other spellings that are one row's alone.
    aliases: HashSet<&'f str>,
    entries: &'f [Entry],
}

impl<'f> Finder<'f> {
    fn new(
        bundle: &'f Bundle,
        tool: Tool,
        map: &'f Map,
        to: Option<i64>,
        entries: &'f [Entry],
    ) -> Self {
        let mut names = HashMap::with_capacity(bundle.migrations.len());
        for migration in bundle.migrations {
            names
                .entry(slug(migration.name))
                .and_modify(|version| *version = None)
                .or_insert(Some(migration.version));
        }
        let mut aliases = HashSet::new();
        let mut shared = HashSet::new();
        for alias in entries.iter().filter_map(|entry| entry.alias.as_deref()) {
            if !aliases.insert(alias) {
                shared.insert(alias);
            }
        }
        aliases.retain(|alias| !shared.contains(alias));
        Self {
            bundle,
            tool,
            map,
            to,
            names,
            aliases,
            entries,
        }
    }

    /// What the map file says of a row. A spelling that several rows have says nothing of any of them.
    fn meaning(&self, entry: &Entry) -> Option<Meaning> {
        if let Some(version) = self.reworked(&entry.key) {
            return Some(Meaning::Version(version));
        }
        let alias = entry.alias.as_deref();
        let alias = alias.filter(|alias| self.aliases.contains(alias));
        self.map
            .get(&entry.key)
            .or_else(|| alias.and_then(|alias| self.map.get(alias)))
    }

    /// The version of a change of sqitch that will be reworked, and is not yet: the map file knows it as `change@tag`,
    /// and the table, which has nothing of its later form, as `change`.
    fn reworked(&self, key: &str) -> Option<i64> {
        if self.tool != Tool::Sqitch || key.contains('@') {
            return None;
        }
        let form = format!("{key}@");
        let forms = self.map.versions();
        let forms = forms.filter(|(name, _)| name.starts_with(&form));
        let mut versions: Vec<i64> = forms.map(|(_, version)| version).collect();
        versions.sort_unstable();
        let earlier = self.entries.iter();
        let earlier = earlier.filter(|entry| entry.key.starts_with(&form));
        versions.get(earlier.count()).copied()
    }

    /// The repeatable that a row is named after.
    fn repeatable(&self, entry: &Entry) -> Option<&'static Repeatable<'static>> {
        let words = entry.words()?;
        let mut all = self.bundle.repeatables.iter();
        all.find(|it| slug(it.name) == words)
    }

    /// The version, or `None` where the map file says that it is nothing of ours.
    fn find(&self, entry: &Entry) -> Result<Option<i64>, String> {
        if let (State::Position, Some(version)) = (&entry.state, self.to) {
            return Ok(Some(version));
        }
        match self.meaning(entry) {
            Some(Meaning::Version(version)) => return Ok(Some(version)),
            Some(Meaning::Nothing) => return Ok(None),
            None => {}
        }
        let number = self.number(entry);
        if let (State::Baseline, Some(version)) = (&entry.state, number) {
            return Ok(Some(version));
        }
        if let Some(version) = number.filter(|version| is_gone(self.bundle, *version)) {
            return Ok(Some(version));
        }
        let words = entry.words();
        let numbered = number.and_then(|version| find(self.bundle, version));
        if let Some(migration) = numbered
            && Self::agrees(words.as_deref(), migration)
        {
            return Ok(Some(migration.version));
        }
        let full = slug(&entry.key);
        let mut names = words.iter().map(String::as_str).chain([full.as_str()]);
        if let Some(version) = names.find_map(|name| self.names.get(name).copied().flatten()) {
            return Ok(Some(version));
        }
        if self.tool == Tool::Alembic
            && let Some(migration) = self.revision(&entry.key)
        {
            return Ok(Some(migration.version));
        }
        if let Some(version) = number.filter(|version| may_be_gone(self.bundle, *version)) {
            return Ok(Some(version));
        }
        Err(match numbered {
            Some(migration) => format!(
                "{} has the number of {}, whose name is another",
                entry.shown(),
                shown(migration)
            ),
            None => format!("{} is no version and no name of a migration", entry.shown()),
        })
    }

    /// Django counts the migrations of each application anew, and puts its name before the number.
    fn number(&self, entry: &Entry) -> Option<i64> {
        match (self.tool, entry.key.split_once('.')) {
            (Tool::Django, Some((_, name))) => number(name),
            _ => number(&entry.key),
        }
    }

    /// Whether a migration has the words of a row, as far as the row has any.
    fn agrees(words: Option<&str>, migration: &Migration<'_>) -> bool {
        words.is_none_or(|words| words == slug(migration.name))
    }

    /// The migration that a revision of Alembic has become.
    fn revision(&self, revision: &str) -> Option<&'static Migration<'static>> {
        let wanted = slug(revision);
        let named = |migration: &Migration<'_>| {
            format!("_{}_", slug(migration.name)).contains(&format!("_{wanted}_"))
        };
        let mut found = self
            .bundle
            .migrations
            .iter()
            .filter(|it| named(it) || says(it.up.sql, revision));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }
}

/// Whether the comment that a text begins with is Alembic's, and names this revision as the one that it leads to.
fn says(sql: &str, revision: &str) -> bool {
    revisions(sql).any(|it| it == revision)
}

/// The revision of Alembic from whose offline SQL a text was made.
pub(super) fn revision_of(sql: &str) -> Option<&str> {
    revisions(sql).next()
}

fn revisions(sql: &str) -> impl Iterator<Item = &str> {
    sql.lines()
        .map(str::trim)
        .take_while(|line| line.is_empty() || line.starts_with("--"))
        .filter_map(|line| {
            line.split_once("-> ")
                .or_else(|| line.split_once("Revision ID: "))
        })
        .filter_map(|(_, to)| to.split([' ', ',']).next())
}

/// Whether a name of the map file is that of a row, or of an earlier form of the change that it is.
fn is_called(row: &Entry, name: &str) -> bool {
    let form = name.strip_prefix(row.key.as_str());
    row.is_called(name) || form.is_some_and(|rest| rest.starts_with('@'))
}

fn shown(migration: &Migration<'_>) -> String {
    format!("{} \"{}\"", migration.version, migration.name)
}

#[cfg(test)]
mod tests;
