//! Connection services: named sets of parameters in a file
//! (<https://www.postgresql.org/docs/current/libpq-pgservice.html>).

use std::io;
use std::path::PathBuf;

use super::Environment;
use super::parameter::{Objection, objection};
use crate::access::File;
use crate::conninfo::{Parameters, is_blank};
use crate::error::{Error, Kind};

/// Where systems keep the file of all users, if `PGSYSCONFDIR` does not say.
const FOLDERS: &[&str] = &["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc"];

/// The parameters of a service. `named` is the file of `servicefile` or `PGSERVICEFILE`.
pub(super) fn service(
    name: &str,
    named: Option<&str>,
    environment: &Environment<'_>,
) -> Result<Parameters, Error> {
    let mut looked = Vec::new();
    for place in places(named, environment) {
        let shown = place.path().display().to_string();
        let bytes = match (environment.file)(&shown) {
            Ok(bytes) => bytes,
            Err(error) => match place {
                File::Usual(_) if error.kind() == io::ErrorKind::NotFound => {
                    looked.push(format!("There is no \"{shown}\"."));
                    continue;
                }
                _ => return Err(unreadable(&shown, &error)),
            },
        };
        match section(&String::from_utf8_lossy(&bytes), name) {
            Ok(Some(parameters)) => return Ok(parameters),
            Ok(None) => looked.push(format!("\"{shown}\" does not define it.")),
            Err(problems) => {
                let message = format!("service file \"{shown}\" cannot be used");
                let error = Error::new(Kind::Usage, message);
                return Err(problems.into_iter().fold(error, Error::with_detail));
            }
        }
    }
    let error = Error::new(Kind::Usage, format!("service \"{name}\" is not defined"));
    Err(looked.into_iter().fold(error, Error::with_detail).with_hint(format!(
        "Write a section `[{name}]` with lines such as `host=db`, or name another file with PGSERVICEFILE."
    )))
}

/// The error of a file that is there and cannot be read, or is named and not there: another file may define a service of
/// the same name for another database.
fn unreadable(shown: &str, why: &io::Error) -> Error {
    let message = match why.kind() {
        io::ErrorKind::NotFound => format!("service file \"{shown}\" does not exist"),
        _ => format!("service file \"{shown}\" cannot be read: {why}"),
    };
    let error = Error::new(Kind::Usage, message);
    match why.kind() {
        io::ErrorKind::NotFound => error.with_hint(
            "Correct `servicefile` or PGSERVICEFILE, or leave it out for the usual service files.",
        ),
        io::ErrorKind::PermissionDenied => {
            error.with_hint("Let the user that runs this read the file.")
        }
        io::ErrorKind::IsADirectory => error.with_hint("Name the file in that folder."),
        _ => error,
    }
}

/// The file of the user, then that of the system.
fn places(named: Option<&str>, environment: &Environment<'_>) -> Vec<File> {
    let usual = || environment.below_home(".pg_service.conf").map(File::Usual);
    let ours = named.map(|file| File::Named(file.into())).or_else(usual);
    let system: Vec<PathBuf> = match environment.path("PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => FOLDERS.iter().map(PathBuf::from).collect(),
    };
    let system = system
        .into_iter()
        .map(|folder| File::Usual(folder.join("pg_service.conf")));
    ours.into_iter().chain(system).collect()
}

/// The first section of a name, or everything that is wrong with it. Pure.
fn section(text: &str, name: &str) -> Result<Option<Parameters>, Vec<String>> {
    let mut found: Option<Parameters> = None;
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let line = line.trim_matches(is_blank);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if rest.split(']').next() == Some(name) {
                found = Some(Parameters::new());
            }
            continue;
        }
        let Some(parameters) = &mut found else {
            continue;
        };
        // A line is not repeated: it may hold the password.
        if line.contains(char::REPLACEMENT_CHARACTER) {
            problems.push(format!("Line {number} is not UTF-8."));
        } else if line.starts_with("ldap:") {
            problems.push(format!(
                "Line {number}: services from LDAP are not supported."
            ));
        } else if let Some((key, value)) = line.split_once('=') {
            if key.ends_with(is_blank) {
                problems.push(format!(
                    "Line {number}: a blank stands before \"=\"; write key=value, as all behind \"=\" is the value."
                ));
            } else if key == "service" || key == "servicefile" {
                problems.push(format!("Line {number}: a service cannot name another."));
            } else {
                match objection(key, value) {
                    Some(Objection::Told(told)) => problems.push(format!("Line {number}: {told}")),
                    Some(Objection::Untold) => {
                        problems.push(format!("Line {number}: that parameter does not exist."));
                    }
                    None => {
                        let value = value.to_owned();
                        parameters.entry(key.to_owned()).or_insert(value);
                    }
                }
            }
        } else {
            problems.push(format!(
                "Line {number} is neither a section nor a parameter."
            ));
        }
    }
    if problems.is_empty() {
        Ok(found)
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# comment
[one]
host=a
  port=1\t
password= s3 cret=x\u{a0}
host=twice
options=

[two]
# nothing
[bad]
secret
ldap://x
service=one
ssl_mode=x
s3cret=x
user = x
sslpassword=
[one]
user=later
";

    fn shown(name: &str) -> String {
        match section(FILE, name) {
            Ok(Some(parameters)) => {
                let pairs: Vec<String> = parameters
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                pairs.join(" ")
            }
            Ok(None) => "none".to_owned(),
            Err(problems) => problems.join("\n"),
        }
    }

    #[test]
    fn sections() {
        assert_eq!(
            shown("one"),
            "host=a options= password= s3 cret=x\u{a0} port=1"
        );
        assert_eq!(shown("two"), "");
        assert_eq!(shown("three"), "none");
        assert_eq!(
            shown("bad"),
            "Line 12 is neither a section nor a parameter.\n\
             Line 13: services from LDAP are not supported.\n\
             Line 14: a service cannot name another.\n\
             Line 15: Parameter \"ssl_mode\" does not exist; is it \"sslmode\"?\n\
             Line 16: that parameter does not exist.\n\
             Line 17: a blank stands before \"=\"; write key=value, as all behind \"=\" is the value."
        );
    }

    /// What is found where the named file, that of the user and that of the system have these contents.
    fn found(named: Option<&str>, files: &[(&str, io::Result<&[u8]>)]) -> String {
        let file = |path: &str| {
            let found = files.iter().find(|(name, _)| *name == path);
            match found.map(|(_, content)| content) {
                Some(Ok(bytes)) => Ok(bytes.to_vec()),
                Some(Err(error)) => Err(error.kind().into()),
                None => Err(io::ErrorKind::NotFound.into()),
            }
        };
        let variable = |name: &str| match name {
            "HOME" => Some("/home".into()),
            "PGSYSCONFDIR" => Some("/system".into()),
            _ => None,
        };
        let environment = Environment {
            variable: &variable,
            file: &file,
        };
        match service("one", named, &environment) {
            Ok(parameters) => parameters.get("host").cloned().unwrap_or_default(),
            Err(error) => format!("{error}: {}", error.hint().unwrap_or("no hint")),
        }
    }

    #[test]
    fn a_file_that_is_named_is_there() {
        const SYSTEM: (&str, io::Result<&[u8]>) =
            ("/system/pg_service.conf", Ok(b"[one]\nhost=system"));
        let usual = "/home/.pg_service.conf";
        let lost = found(Some("/gone"), &[SYSTEM]);
        assert!(
            lost.starts_with("service file \"/gone\" does not exist: Correct `servicefile`"),
            "{lost}"
        );
        assert_eq!(found(None, &[SYSTEM]), "system");
        assert_eq!(found(None, &[(usual, Ok(b"[two]")), SYSTEM]), "system");
        assert_eq!(found(Some("/n"), &[("/n", Ok(b"[two]")), SYSTEM]), "system");
        let latin = b"# f\xfcr alle\n[one]\nhost=named";
        assert_eq!(found(Some("/n"), &[("/n", Ok(latin)), SYSTEM]), "named");
        for (kind, hint) in [
            (io::ErrorKind::IsADirectory, "Name the file in that folder."),
            (
                io::ErrorKind::PermissionDenied,
                "Let the user that runs this read the file.",
            ),
            (io::ErrorKind::TimedOut, "no hint"),
        ] {
            let refused = found(None, &[(usual, Err(kind.into())), SYSTEM]);
            assert!(
                refused.contains("cannot be read") && refused.ends_with(hint),
                "{refused}"
            );
        }
    }
}
