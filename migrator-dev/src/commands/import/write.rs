//! The converted files and the map, on disk: all of them or none, and never over another file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::import::{Conversion, Tool};

/// The file that `migrator adopt --map` reads.
pub(super) const MAP: &str = "map.toml";

/// Other migrations in the folder would not be in the order in which the converted ones are.
pub(super) fn refuse_a_full_folder(folder: &Path) -> Result<(), Failure> {
    let unreadable = |error: io::Error| {
        Failure::new(format!("could not read folder \"{}\"", folder.display())).detail(error)
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy().into_owned();
        if name == MAP || Path::new(&name).extension().is_some_and(|it| it == "sql") {
            found.push(name);
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    found.sort();
    let more = found.len().saturating_sub(5);
    found.truncate(5);
    let mut detail = found.join("\n");
    if more > 0 {
        detail = format!("{detail}\nand {more} more");
    }
    Err(Failure::new(format!(
        "folder \"{}\" holds migrations already",
        folder.display()
    ))
    .detail(detail)
    .hint("Name another with --to, which need not exist yet."))
}

/// Writes everything; what was written is removed again where something fails.
pub(super) fn write(folder: &Path, tool: Tool, conversion: &Conversion) -> Result<(), Failure> {
    let failed = |path: &Path, error: io::Error| {
        Failure::new(format!("could not write \"{}\"", path.display())).detail(error)
    };
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let map = map(tool, conversion);
    let files = conversion
        .files
        .iter()
        .map(|file| (file.name.as_str(), file.sql.as_str()))
        .chain(map.as_deref().map(|map| (MAP, map)));
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        let result = File::create_new(&path).and_then(|mut file| {
            written.push(path.clone());
            file.write_all(content.as_bytes())
        });
        if let Err(error) = result {
            let left = written.iter().filter(|path| fs::remove_file(path).is_err());
            let left: Vec<String> = left.map(|path| path.display().to_string()).collect();
            let failure = failed(&path, error);
            return Err(if left.is_empty() {
                failure
            } else {
                failure.hint(format!(
                    "Remove what was written before it: {}.",
                    left.join(", ")
                ))
            });
        }
    }
    Ok(())
}

/// What the other tool's history calls each migration, and its version with us.
fn map(tool: Tool, conversion: &Conversion) -> Option<String> {
    let pairs = conversion.map();
    if pairs.is_empty() {
        return None;
    }
    let mut text = format!(
        "# What the history of {} calls a migration, and its version here: migrator adopt --from {0} --map {MAP}\n[map]\n",
        tool.name()
    );
    let mut known = BTreeSet::new();
    for (key, version) in pairs {
        if !known.insert(key) {
            text.push_str("# the same again, which one line of its history cannot tell apart: ");
        }
        let key = key.replace('\\', "\\\\").replace('"', "\\\"");
        text.extend(["\"", &key, "\" = ", &version.to_string(), "\n"]);
    }
    for key in &conversion.nothing {
        text.extend(["\"", key, "\" = \"none\"\n"]);
    }
    Some(text)
}
