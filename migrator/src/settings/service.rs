//! Connection services: named sets of parameters in a file
//! (<https://www.postgresql.org/docs/current/libpq-pgservice.html>).

use std::io;
use std::path::PathBuf;

use super::Environment;
use super::parameter::{Objection, objection};
use crate::access::File;
use crate::conninfo::Parameters;
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
        match (environment.file)(&shown) {
            Ok(text) => match section(&text, name) {
                Ok(Some(parameters)) => return Ok(parameters),
                Ok(None) => looked.push(format!("\"{shown}\" does not define it.")),
                Err(problems) => {
                    let message = format!("service file \"{shown}\" cannot be used");
                    let error = Error::new(Kind::Usage, message);
                    return Err(problems.into_iter().fold(error, Error::with_detail));
                }
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => match place {
                File::Named(_) => looked.push(format!("\"{shown}\" does not exist.")),
                File::Usual(_) => looked.push(format!("There is no \"{shown}\".")),
            },
            Err(error) => {
                let message = format!("service file \"{shown}\" cannot be read: {error}");
                return Err(Error::new(Kind::Usage, message)
                    .with_hint("Let the user that runs this read the file."));
            }
        }
    }
    let error = Error::new(Kind::Usage, format!("service \"{name}\" is not defined"));
    Err(looked.into_iter().fold(error, Error::with_detail).with_hint(format!(
        "Write a section `[{name}]` with lines such as `host=db`, or name another file with PGSERVICEFILE."
    )))
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
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
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
        if line.starts_with("ldap:") {
            problems.push(format!(
                "Line {number}: services from LDAP are not supported."
            ));
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim_end();
            if key == "service" || key == "servicefile" {
                problems.push(format!("Line {number}: a service cannot name another."));
            } else {
                let value = value.trim_start().to_owned();
                match objection(key, &value) {
                    Some(Objection::Told(told)) => problems.push(format!("Line {number}: {told}")),
                    Some(Objection::Untold) => {
                        problems.push(format!("Line {number}: that parameter does not exist."));
                    }
                    None => {
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
port = 1
password=s3 cret=x
host=twice

[two]
# nothing
[bad]
secret
ldap://x
service=one
ssl_mode=x
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
        assert_eq!(shown("one"), "host=a password=s3 cret=x port=1");
        assert_eq!(shown("two"), "");
        assert_eq!(shown("three"), "none");
        assert_eq!(
            shown("bad"),
            "Line 11 is neither a section nor a parameter.\n\
             Line 12: services from LDAP are not supported.\n\
             Line 13: a service cannot name another.\n\
             Line 14: Parameter \"ssl_mode\" does not exist; is it \"sslmode\"?"
        );
    }
}
