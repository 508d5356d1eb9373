//! Which of our versions the old image knows, and under which names. Pure; everything that cannot be told is reported
//! at once.
//!
//! It knows what its tool has applied, and what the map file names, which `migrator-dev import` writes of its whole
//! folder. Without a map file it has to be said where its folder ends, unless the tool takes no notice of more.

use std::collections::BTreeMap;

use crate::bundle::{Bundle, Migration};
use crate::error::{Error, Kind};
use crate::foreign::assign::{Adopted, Assigned, revision_of};
use crate::foreign::checksum::line_ends;
use crate::foreign::entry::{Entry, State};
use crate::foreign::map::Map;
use crate::foreign::{Found, Tool};
use crate::plan::find;
use crate::quote::Json;

use super::style::Style;
use super::{Keeping, LineEnds, Temper};

/// What the old image knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// What it calls each version.
    pub(crate) names: BTreeMap<i64, Vec<String>>,
    /// How every other version is called that it may see.
    pub(crate) style: Option<Style>,
    /// How the lines of its files end.
    pub(crate) line_ends: LineEnds,
}

impl Known {
    /// The names as JSON.
    pub(crate) fn json(&self) -> String {
        let names: Vec<String> = self
            .names
            .iter()
            .map(|(version, keys)| {
                let keys: Vec<String> = keys.iter().map(|key| Json(key).to_string()).collect();
                format!("\"{version}\": [{}]", keys.join(", "))
            })
            .collect();
        format!("{{{}}}", names.join(", "))
    }

    /// Whether a migration is written when it is applied.
    pub(crate) fn writes(&self, version: i64) -> bool {
        self.style.is_some() || self.names.contains_key(&version)
    }
}

/// Tells what the old image knows; `to` is the newest version of its folder, where somebody has said so.
///
/// # Errors
///
/// `Usage` when no row that could be written would help, when a name cannot be told, and when nobody has said where
/// the folder ends.
pub(crate) fn known(
    bundle: &Bundle,
    found: &Found,
    assigned: &Assigned<'_>,
    map: &Map,
    to: Option<i64>,
) -> Result<Known, Error> {
    let tool = found.tool;
    refuse_tool(tool)?;
    refuse_unknown(bundle, to)?;
    let naming = Naming::new(found, assigned, map);
    let mut names = BTreeMap::new();
    let mut nameless = Vec::new();
    for (version, adopted) in &assigned.adopted {
        match naming.adopted(*version, adopted) {
            Some(keys) => drop(names.insert(*version, keys)),
            None => nameless.push(adopted.migration),
        }
    }
    let pending = bundle.migrations.iter();
    let pending = pending.filter(|it| !assigned.adopted.contains_key(&it.version));
    let mut doubtful = Vec::new();
    for migration in pending {
        let said = to.is_some_and(|to| migration.version <= to);
        match naming.pending(migration) {
            Some(Name::Known(keys)) => drop(names.insert(migration.version, keys)),
            Some(Name::Likely(key)) if said => {
                names.insert(migration.version, vec![key]);
            }
            // A map file names everything that the folder has, where there is one.
            Some(Name::Likely(_))
                if tool.temper() == Temper::Strict && to.is_none() && map.is_empty() =>
            {
                doubtful.push(migration);
            }
            None if said => nameless.push(migration),
            Some(Name::Likely(_)) | None => {}
        }
    }
    refuse_nameless(tool, &nameless)?;
    refuse_doubtful(found, assigned, &doubtful)?;
    let style = naming.style.filter(|_| tool.temper() == Temper::Lenient);
    if let Some(style) = &style {
        // What is called so anyway need not be kept.
        let called = |version: i64| find(bundle, version).map(|it| style.key(version, it.name));
        names.retain(|version, keys: &mut Vec<String>| {
            called(*version).as_slice() != keys.as_slice()
        });
    }
    Ok(Known {
        names,
        style,
        line_ends: line_ends(tool, assigned),
    })
}

/// What a migration is called there.
enum Name {
    /// The old folder has it.
    Known(Vec<String>),
    /// It would be called so if the old folder had it.
    Likely(String),
}

/// What the names follow from.
struct Naming<'n> {
    tool: Tool,
    map: &'n Map,
    style: Option<Style>,
    /// The newest version that its tool has applied.
    at: Option<i64>,
    /// Of Liquibase: file and author, where all rows have the same.
    company: Option<(String, String)>,
}

impl<'n> Naming<'n> {
    fn new(found: &Found, assigned: &Assigned<'_>, map: &'n Map) -> Self {
        let alone = assigned.adopted.values().filter_map(|adopted| {
            let [row] = adopted.rows.as_slice() else {
                return None;
            };
            (row.state == State::Applied).then_some((row.key.as_str(), adopted.migration))
        });
        let mut named: Vec<(&str, &Migration<'_>)> = alone.collect();
        if found.tool.keeping() == Keeping::Position {
            named = assigned
                .adopted
                .values()
                .next_back()
                .and_then(|adopted| Some((adopted.rows.first()?.key.as_str(), adopted.migration)))
                .into_iter()
                .collect();
        }
        Self {
            tool: found.tool,
            map,
            style: match found.tool {
                // A revision that is a number does not make the next one.
                Tool::Alembic => None,
                _ => Style::of(&named),
            },
            at: assigned.adopted.keys().next_back().copied(),
            company: company(&named),
        }
    }

    /// The names of a version that its tool has applied; none where a baseline of its stands for it.
    fn adopted(&self, version: i64, adopted: &Adopted<'_>) -> Option<Vec<String>> {
        let applied = |row: &&&Entry| row.state == State::Applied;
        let rows: Vec<String> = adopted
            .rows
            .iter()
            .filter(applied)
            .map(|row| row.key.clone())
            .collect();
        if !rows.is_empty() || self.tool.keeping() == Keeping::Rows {
            return Some(rows);
        }
        self.position(version, adopted)
    }

    /// What a position is called that is, or was, this version.
    fn position(&self, version: i64, adopted: &Adopted<'_>) -> Option<Vec<String>> {
        match self.pending(adopted.migration) {
            Some(Name::Known(keys)) => Some(keys),
            Some(Name::Likely(key)) => Some(vec![key]),
            None => {
                let row = adopted.rows.first()?;
                (self.at == Some(version)).then(|| vec![row.key.clone()])
            }
        }
    }

    fn pending(&self, migration: &Migration<'_>) -> Option<Name> {
        let spelled: Vec<String> = self
            .map
            .spelled(migration.version)
            .filter_map(|name| self.whole(name))
            .collect();
        if !spelled.is_empty() {
            return Some(Name::Known(spelled));
        }
        if self.tool == Tool::Alembic {
            // A text that was made from one of its revisions says so.
            let revision = revision_of(migration.up.sql)?.to_owned();
            return Some(if self.map.is_empty() {
                Name::Known(vec![revision])
            } else {
                Name::Likely(revision)
            });
        }
        let style = self.style.as_ref()?;
        Some(Name::Likely(style.key(migration.version, migration.name)))
    }

    /// A name of the map file as the tool's table has it.
    fn whole(&self, name: &str) -> Option<String> {
        match (self.tool, &self.company) {
            (Tool::Liquibase, _) if name.contains("::") => Some(name.to_owned()),
            (Tool::Liquibase, Some((file, author))) => Some(format!("{file}::{name}::{author}")),
            (Tool::Liquibase, None) => None,
            _ => match (&self.style, name.parse()) {
                // The file may leave out the zeros before a number.
                (Some(style), Ok(version)) if style.words.is_none() => Some(style.key(version, "")),
                _ => Some(name.to_owned()),
            },
        }
    }
}

/// The file and the author that all change sets have.
fn company(named: &[(&str, &Migration<'_>)]) -> Option<(String, String)> {
    let of = |key: &str| -> Option<(String, String)> {
        let mut parts = key.split("::");
        let file = parts.next()?;
        let author = parts.nth(1)?;
        Some((file.to_owned(), author.to_owned()))
    };
    let (key, _) = named.first()?;
    let first = of(key)?;
    named
        .iter()
        .all(|(key, _)| of(key).as_ref() == Some(&first))
        .then_some(first)
}

fn refuse_tool(tool: Tool) -> Result<(), Error> {
    if tool != Tool::Sqitch {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "a history of sqitch cannot be mirrored")
        .with_detail(
            "It knows a change by a hash of its plan: who planned it, when, and after what. Only its own folder can \
             tell that, so that no row of ours would be recognised.",
        )
        .with_hint("Adopt it without `--mirror`, and let the old image start without `sqitch deploy` meanwhile."))
}

fn refuse_unknown(bundle: &Bundle, to: Option<i64>) -> Result<(), Error> {
    let Some(version) = to.filter(|version| find(bundle, *version).is_none()) else {
        return Ok(());
    };
    Err(Error::new(
        Kind::Usage,
        format!("version {version} does not exist in this binary"),
    )
    .with_detail(format!("`--mirror-to {version}` says so."))
    .with_hint("Run `migrator info` to see every version."))
}

fn refuse_nameless(tool: Tool, nameless: &[&Migration<'_>]) -> Result<(), Error> {
    if nameless.is_empty() {
        return Ok(());
    }
    let error = Error::new(
        Kind::Usage,
        format!(
            "the mirror needs to know what {tool} calls {}",
            counted(nameless.len())
        ),
    );
    Err(listed(error, nameless).with_hint(
        "Name them in a file, `\"name there\" = version here`, as `migrator-dev import` writes it: `--map FILE`.",
    ))
}

fn refuse_doubtful(
    found: &Found,
    assigned: &Assigned<'_>,
    doubtful: &[&Migration<'_>],
) -> Result<(), Error> {
    let Some(last) = doubtful.last() else {
        return Ok(());
    };
    let error = Error::new(
        Kind::Usage,
        format!(
            "it is not known whether the old image has {}",
            counted(doubtful.len())
        ),
    );
    let error = listed(error, doubtful).with_detail(format!(
        "{} does not start where its table names a migration that its folder lacks, and applies again what is not named.",
        found.tool
    ));
    let none = assigned.adopted.keys().next_back().map(|version| {
        format!("`--mirror-to {version}` if its folder ends with what is applied, ")
    });
    Err(error.with_hint(format!(
        "Say where its folder ends: {}`--mirror-to {}` if it has all of them; or give the map file that \
         `migrator-dev import` wrote of it: `--map FILE`.",
        none.unwrap_or_default(),
        last.version
    )))
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 migration".to_owned(),
        _ => format!("{count} migrations"),
    }
}

/// How many migrations an error names.
const LISTED: usize = 50;

fn listed(error: Error, migrations: &[&Migration<'_>]) -> Error {
    let more = migrations.len().saturating_sub(LISTED);
    let named = migrations.iter().take(LISTED);
    let error = named.fold(error, |error, it| {
        error.with_detail(format!("{} \"{}\"", it.version, it.name))
    });
    match more {
        0 => error,
        _ => error.with_detail(format!("… and {more} more")),
    }
}
