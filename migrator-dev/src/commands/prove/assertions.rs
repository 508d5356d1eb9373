//! The files below `tests/` of a folder: rows before a migration, assertions after it.
//!
//! `V{version}.before.sql` runs before the migration, `V{version}.after.sql` after it and once more after it was undone
//! and applied again. An error of either fails the proof.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use migrator::excerpt::{Excerpt, byte_of_character};
use migrator_source::{Folder, Hash, text_hash};
use postgres::error::ErrorPosition;

use crate::failure::Failure;

/// What is run around one migration.
#[derive(Clone, Debug, Default)]
pub(super) struct Assertions {
    pub(super) before: Option<Script>,
    pub(super) after: Option<Script>,
}

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Script {
    file: String,
    sql: String,
}

impl Assertions {
    /// Whether there are any.
    pub(super) fn are_there(&self) -> bool {
        self.before.is_some() || self.after.is_some()
    }

    /// A hash over both texts, where there is one.
    pub(super) fn hash(&self) -> Option<Hash> {
        let text = |script: &Option<Script>| {
            script
                .as_ref()
                .map_or_else(String::new, |script| script.sql.clone())
        };
        self.are_there()
            .then(|| text_hash(&format!("{}\0{}", text(&self.before), text(&self.after))))
    }
}

impl Script {
    /// Runs it, all of it in one message.
    pub(super) fn run(&self, url: &str) -> Result<(), Failure> {
        let mut client =
            postgres::Client::connect(url, postgres::NoTls).map_err(|error| self.failed(&error))?;
        client
            .batch_execute(&self.sql)
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &postgres::Error) -> Failure {
        let failure = Failure::new(format!("\"{}\" fails", self.file));
        let Some(answer) = error.as_db_error() else {
            return failure.detail(error);
        };
        let place = match answer.position() {
            Some(ErrorPosition::Original(position)) => {
                let offset = byte_of_character(&self.sql, *position as usize);
                format!("\n{}", Excerpt::at(self.file.clone(), &self.sql, offset))
            }
            _ => String::new(),
        };
        failure.detail(format!("{}{place}", answer.message()))
    }
}

/// Reads the assertions of a folder by version.
pub(super) fn read(
    path: &Path,
    shown: &str,
    folder: &Folder,
) -> Result<BTreeMap<i64, Assertions>, Failure> {
    let tests = path.join("tests");
    let unreadable =
        |error: io::Error| Failure::new(format!("could not read \"{shown}/tests\"")).detail(error);
    let entries = match fs::read_dir(&tests) {
        Ok(entries) => entries
            .collect::<io::Result<Vec<_>>>()
            .map_err(unreadable)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found: BTreeMap<i64, Assertions> = BTreeMap::new();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_sql = Path::new(&name).extension().is_some_and(|it| it == "sql");
        if !is_sql || name.starts_with('.') {
            continue;
        }
        let file = format!("{shown}/tests/{name}");
        let (version, moment) = parse(&name).ok_or_else(|| {
            Failure::new(format!("invalid file name \"{file}\""))
                .hint("Name it V{version}.before.sql or V{version}.after.sql.")
        })?;
        if !folder.migrations.iter().any(|it| it.version == version) {
            return Err(Failure::new(format!("\"{file}\" belongs to no migration"))
                .hint("Name it after the version of a migration, or remove it."));
        }
        let sql = fs::read_to_string(entry.path()).map_err(unreadable)?;
        let script = Some(Script { file, sql });
        let assertions = found.entry(version).or_default();
        match moment {
            Moment::Before => assertions.before = script,
            Moment::After => assertions.after = script,
        }
    }
    Ok(found)
}

enum Moment {
    Before,
    After,
}

fn parse(name: &str) -> Option<(i64, Moment)> {
    let stem = name.strip_suffix(".sql")?.strip_prefix(['V', 'U'])?;
    let (version, moment) = stem.split_once('.')?;
    let moment = match moment {
        "before" => Moment::Before,
        "after" => Moment::After,
        _ => return None,
    };
    Some((version.parse().ok()?, moment))
}
