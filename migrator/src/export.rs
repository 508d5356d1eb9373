//! A bundle as files for review, on a host without network and without database: what is baked, what would run, and
//! the schema that comes of it.
//!
//! Nothing of it is computed here: the plan is `script`'s, the schema the proof's.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::bundle::Bundle;
use crate::error::{Error, Kind};

/// The folder of the baked files.
const MIGRATIONS: &str = "migrations";
/// The file with what would run.
const PLAN: &str = "plan.sql";
/// The file with the expected schema.
const SCHEMA: &str = "schema.sql";

/// Writes the files of a bundle, the script of a plan and the expected schema into a directory that is absent or
/// empty. Returns the names of the files, in order. What it cannot write as a whole it takes away again.
pub fn export(bundle: &Bundle, plan: &str, folder: &Path) -> Result<Vec<String>, Error> {
    refuse_used(folder)?;
    let scripts = bundle
        .scripts()
        .map(|script| (format!("{MIGRATIONS}/{}", script.file), script.sql));
    let schema = Some(bundle.proof.schema).filter(|schema| !schema.is_empty());
    let files = scripts
        .chain([(PLAN.to_owned(), plan)])
        .chain(schema.map(|schema| (SCHEMA.to_owned(), schema)));
    let mut written = Written::default();
    let mut names = Vec::new();
    for (name, text) in files {
        let path = folder.join(&name);
        if let Err(error) = written.write(&path, text) {
            written.remove();
            return Err(failed(&path, &error));
        }
        names.push(name);
    }
    Ok(names)
}

/// What was written so far.
#[derive(Default)]
struct Written {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl Written {
    /// Writes a file that is not there yet.
    fn write(&mut self, path: &Path, text: &str) -> io::Result<()> {
        self.make_folder(path.parent())?;
        let mut file = File::create_new(path)?;
        self.files.push(path.to_owned());
        file.write_all(text.as_bytes())
    }

    /// Makes a folder and those above it that are absent.
    fn make_folder(&mut self, folder: Option<&Path>) -> io::Result<()> {
        let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else {
            return Ok(());
        };
        if folder.is_dir() {
            return Ok(());
        }
        self.make_folder(folder.parent())?;
        fs::create_dir(folder)?;
        self.folders.push(folder.to_owned());
        Ok(())
    }

    fn remove(&self) {
        let files = self.files.iter().map(|file| (file, fs::remove_file(file)));
        let folders = self.folders.iter().rev();
        let folders = folders.map(|folder| (folder, fs::remove_dir(folder)));
        for (path, removed) in files.chain(folders) {
            if let Err(error) = removed {
                log::warn!("\"{}\" could not be removed: {error}", path.display());
            }
        }
    }
}

fn refuse_used(folder: &Path) -> Result<(), Error> {
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(folder, &error)),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::new(
            Kind::Usage,
            format!("directory \"{}\" is not empty", folder.display()),
        )
        .with_detail("Nothing was written: what is there could be taken for a part of the export.")
        .with_hint("Name a directory that is absent or empty: `--to DIR`.")),
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(
        Kind::Usage,
        format!("could not write \"{}\": {error}", path.display()),
    )
    .with_detail("What was written before it is removed again.")
    .with_hint("Name a directory that this user may write to, with room for it: `--to DIR`.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baked;
    use crate::bundle::Migration;

    const fn migration(version: i64, file: &'static str) -> Migration<'static> {
        let up = baked::transactional(file, "SELECT 1;\n", &[], &[0; 32]);
        baked::versioned(version, "x", up, baked::ABSENT, &[1])
    }

    /// The second has the file name of the first, so that it cannot be written.
    const TWICE: &[Migration<'static>] =
        &[migration(1, "a/b/V1__x.sql"), migration(2, "a/b/V1__x.sql")];

    #[test]
    fn what_cannot_be_written_as_a_whole_is_taken_away_again() {
        let root = std::env::temp_dir().join(format!("migrator-export-{}", std::process::id()));
        let bundle = Bundle {
            migrations: TWICE,
            ..*baked::EMPTY
        };
        let error = export(&bundle, "", &root.join("x/y")).unwrap_err();
        assert!(error.to_string().contains("V1__x.sql"), "{error}");
        assert!(!root.exists());
        fs::create_dir_all(root.join("x")).unwrap();
        export(&bundle, "", &root.join("x")).unwrap_err();
        assert_eq!(fs::read_dir(root.join("x")).unwrap().count(), 0);
        let one = Bundle {
            migrations: TWICE.get(..1).unwrap(),
            ..bundle
        };
        let names = export(&one, "-- plan\n", &root.join("x")).unwrap();
        assert_eq!(names, ["migrations/a/b/V1__x.sql", "plan.sql"]);
        let error = export(&one, "", &root.join("x")).unwrap_err();
        assert!(error.to_string().contains("is not empty"), "{error}");
        fs::remove_dir_all(&root).unwrap();
    }
}
