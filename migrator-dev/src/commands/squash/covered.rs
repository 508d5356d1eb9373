//! The files for which a baseline stands: up, down, verify, and the assertions about them.

use std::fs;
use std::path::Path;

use migrator_source::Down;

use crate::failure::Failure;

/// Their names, relative to the folder.
pub(super) fn files(path: &Path, shown: &str, to: i64) -> Result<Vec<String>, Failure> {
    let reading = migrator_source::read(path, shown, &|_| false);
    let migrations = reading.folder.migrations.iter();
    let covered: Vec<_> = migrations.filter(|it| it.version <= to).collect();
    let mut files = Vec::new();
    for migration in &covered {
        files.push(migration.up.file.clone());
        if let Down::Script(down) = &migration.down {
            files.push(down.file.clone());
        }
        files.extend(migration.verify.as_ref().map(|it| it.file.clone()));
    }
    let tests = path.join("tests");
    if !tests.is_dir() {
        return Ok(files);
    }
    let unreadable =
        |error| Failure::new(format!("could not read \"{shown}/tests\"")).detail(error);
    for entry in fs::read_dir(&tests).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        let name = name.to_string_lossy();
        let version = name
            .strip_prefix(['V', 'U'])
            .and_then(|rest| rest.split_once('.'))
            .and_then(|(digits, _)| digits.parse::<i64>().ok());
        if covered.iter().any(|it| Some(it.version) == version) {
            files.push(format!("tests/{name}"));
        }
    }
    Ok(files)
}
