//! The file of a backup: under another name while it is written, whole and on disk under its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::quote::hex;

/// How many backups of one database in one second get a name.
const MOST: usize = 100;

/// The longest part of a name that comes from the database.
const LONGEST: usize = 100;

/// A file that is being written; gone unless it is kept.
pub(super) struct Partial {
    path: PathBuf,
    file: PathBuf,
    kept: Kept,
}

/// Whether a file stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

/// The name of a backup without its ending: database, time in UTC, newest applied version.
pub(super) fn name(database: &str, time: &str, head: Option<i64>) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let database: String = database.chars().map(plain).take(LONGEST).collect();
    let head = head.map_or_else(|| "base".to_owned(), |head| head.to_string());
    format!("{database}-{time}-{head}")
}

impl Partial {
    /// Makes an empty file that only its owner may read, under a name that nothing has; the name that it will get is
    /// free too. Whoever wants the same name makes the same file first, so that it stays free.
    pub(super) fn reserve(folder: &Path, stem: &str) -> io::Result<Self> {
        for number in 1..=MOST {
            let name = match number {
                1 => format!("{stem}.dump"),
                _ => format!("{stem}-{number}.dump"),
            };
            let path = folder.join(format!("{name}.partial"));
            let file = folder.join(name);
            match create(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            }
            let partial = Self {
                path,
                file,
                kept: Kept::No,
            };
            if partial.file.symlink_metadata().is_err() {
                return Ok(partial);
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Where it is written.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will be.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Brings it to disk and gives it its name. Returns its size, and its SHA-256 in hexadecimal digits.
    pub(super) fn keep(mut self) -> io::Result<(u64, String)> {
        let mut file = File::open(&self.path)?;
        file.sync_all()?;
        let mut hasher = Sha256::new();
        let mut bytes = 0;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer)?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
                break;
            };
            hasher.update(part);
            bytes += u64::try_from(read).unwrap_or_default();
        }
        fs::rename(&self.path, &self.file)?;
        self.kept = Kept::Yes;
        if let Some(folder) = self.file.parent() {
            // Where a directory cannot be synced, the system does not need it.
            if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
                log::debug!("the directory was not synced: {error}");
            }
        }
        Ok((bytes, hex(&hasher.finalize())))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if self.kept == Kept::No
            && let Err(error) = fs::remove_file(&self.path)
        {
            log::warn!("\"{}\" could not be removed: {error}", self.path.display());
        }
    }
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_in_a_path() {
        let check = |database: &str, head, expected| {
            assert_eq!(
                name(database, "20260101T120000Z", head),
                expected,
                "{database}"
            );
        };
        check("app", Some(7), "app-20260101T120000Z-7");
        check("../a b;$(x)", None, "___a_b___x_-20260101T120000Z-base");
        check("größe-1", Some(0), "größe-1-20260101T120000Z-0");
        assert!(name(&"x".repeat(300), "t", None).len() < 120);
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_partial_stays() {
        let folder = std::env::temp_dir().join(format!("migrator-backup-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("x.dump"), "mine").unwrap();
        let second = Partial::reserve(&folder, "x").unwrap();
        assert!(second.file().ends_with("x-2.dump"));
        let third = Partial::reserve(&folder, "x").unwrap();
        assert!(third.file().ends_with("x-3.dump"));
        fs::write(second.path(), "abc").unwrap();
        let (bytes, sha256) = second.keep().unwrap();
        assert_eq!((bytes, sha256.len()), (3, 64));
        assert!(sha256.starts_with("ba7816bf"));
        drop(third);
        let mut names: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["x-2.dump", "x.dump"]);
        assert_eq!(fs::read(folder.join("x.dump")).unwrap(), b"mine");
        fs::remove_dir_all(&folder).unwrap();
    }
}
