//! The password file: which of its lines is meant, and whether it is private enough to be believed
//! (<https://www.postgresql.org/docs/current/libpq-pgpass.html>).

use std::fs;
use std::path::Path;

use crate::access::{File, Host, Place};

/// Whose password is looked for.
pub(super) struct Login<'l> {
    pub(super) database: &'l str,
    pub(super) user: &'l str,
}

/// The folders of sockets for which a line says `localhost`.
const USUAL_FOLDERS: &[&str] = &["/tmp", "/run/postgresql", "/var/run/postgresql"];

/// The text of a password file. One that others may read is ignored, as by libpq, and so is one that is not there.
pub(super) fn read(file: &File) -> Option<String> {
    let path = file.path();
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            if matches!(file, File::Named(_)) {
                log::warn!("password file \"{}\" is ignored: {error}", path.display());
            }
            return None;
        }
    };
    if !metadata.is_file() {
        log::warn!(
            "password file \"{}\" is ignored: it is no plain file",
            path.display()
        );
        return None;
    }
    if let Some(mode) = open_to_others(&metadata) {
        log::warn!(
            "password file \"{}\" is ignored: others may use it (mode {mode:04o}); `chmod 600` it",
            path.display()
        );
        return None;
    }
    readable(path)
}

fn readable(path: &Path) -> Option<String> {
    match fs::read(path) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            log::warn!("password file \"{}\" is ignored: {error}", path.display());
            None
        }
    }
}

#[cfg(unix)]
fn open_to_others(metadata: &fs::Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
const fn open_to_others(_: &fs::Metadata) -> Option<u32> {
    None
}

/// The password of the first line that is for this host and login. Pure.
pub(super) fn find(text: &str, host: &Host, login: &Login<'_>) -> Option<String> {
    let name = match &host.place {
        Place::Socket(folder) => folder.to_string_lossy().into_owned(),
        Place::Name(name) | Place::Known(name, _) => name.clone(),
        Place::Address(address) => address.to_string(),
    };
    let port = host.port.to_string();
    let usual = USUAL_FOLDERS.contains(&name.as_str());
    let password = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| {
            let local = || usual.then(|| matching(line, "localhost")).flatten();
            let rest = matching(line, &name).or_else(local)?;
            let rest = matching(rest, &port)?;
            let rest = matching(rest, login.database)?;
            Some(unescaped(matching(rest, login.user)?))
        })?;
    (!password.is_empty()).then_some(password)
}

/// What follows the first field of a line, if that field is this value or `*`. As in libpq, a `:` ends the field only
/// behind the whole value: `::1:5432:…` is for `::1`.
fn matching<'l>(line: &'l str, value: &str) -> Option<&'l str> {
    if let Some(rest) = line.strip_prefix("*:") {
        return Some(rest);
    }
    let mut wanted = value.chars();
    let mut characters = line.char_indices();
    while let Some((at, mut character)) = characters.next() {
        if character == ':' && wanted.as_str().is_empty() {
            return Some(&line[at + 1..]);
        }
        if character == '\\' {
            (_, character) = characters.next()?;
        }
        if wanted.next() != Some(character) {
            return None;
        }
    }
    None
}

/// The last field, in which a backslash takes the next character as it is.
fn unescaped(field: &str) -> String {
    let mut text = String::new();
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        match character {
            ':' => break,
            '\\' => text.push(characters.next().unwrap_or('\\')),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# db:5432:app:u:commented
db:5432:app:u:exact
db:*:app:u:any port
*:*:app:other:any host
::1:*:bare:*:ipv6 as it is
\\:\\:1:5432:*:*:ipv6
db:5432:a\\:b:u:colon
db:5432:a b/c:d:u:colon as it is
db:5432:q:u:p\\:a\\\\s\\s
localhost:5432:*:s:socket
db:5432:empty:u:
db:5432:short
db:5432:rest:u:before:after
db:5432:returns:u:two\r\r
db:5432:last:u:end\r";

    fn check(place: Place, port: u16, database: &str, user: &str, expected: Option<&str>) {
        let host = Host {
            place,
            port,
            password: None,
        };
        let found = find(FILE, &host, &Login { database, user });
        assert_eq!(found.as_deref(), expected, "{host} {database} {user}");
    }

    #[test]
    fn lines_as_libpq_reads_them() {
        let db = || Place::Name("db".to_owned());
        check(db(), 5432, "app", "u", Some("exact"));
        check(db(), 5433, "app", "u", Some("any port"));
        check(db(), 5433, "app", "x", None);
        check(
            Place::Name("x".to_owned()),
            1,
            "app",
            "other",
            Some("any host"),
        );
        check(Place::Name("::1".to_owned()), 5432, "x", "x", Some("ipv6"));
        check(
            Place::Address("::1".parse().unwrap()),
            5432,
            "x",
            "x",
            Some("ipv6"),
        );
        let bare = Place::Name("::1".to_owned());
        check(bare, 1, "bare", "x", Some("ipv6 as it is"));
        check(db(), 5432, "a:b", "u", Some("colon"));
        check(db(), 5432, "a b/c:d", "u", Some("colon as it is"));
        check(db(), 5432, "returns", "u", Some("two"));
        check(db(), 5432, "last", "u", Some("end"));
        check(db(), 5432, "q", "u", Some("p:a\\ss"));
        check(
            Place::Socket("/var/run/postgresql".into()),
            5432,
            "d",
            "s",
            Some("socket"),
        );
        check(Place::Socket("/elsewhere".into()), 5432, "d", "s", None);
        check(db(), 5432, "empty", "u", None);
        check(db(), 5432, "rest", "u", Some("before"));
        let known = Place::Known("db".to_owned(), "10.0.0.1".parse().unwrap());
        check(known, 5432, "app", "u", Some("exact"));
    }
}
