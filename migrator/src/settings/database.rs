//! Which database: found in layers, each overriding the ones below it: flags, `MIGRATOR_*`, `DATABASE_URL`,
//! `POSTGRES_*`, `PG*`.
//!
//! Reading them is pure: the environment comes in as a function, files behind `…_FILE` as another. Which parameters
//! there are is `parameter`, what their values mean is `access`.

use std::fmt;

use super::access::access;
use super::parameter::variables;
use crate::access::Access;
use crate::conninfo::{self, Parameters};
use crate::error::{Error, Kind};

/// How to reach one database. `Debug` shows no password.
#[derive(Clone)]
pub struct Database {
    pub(crate) access: Access,
    /// What it was made of, by libpq's names; the password is among them.
    parameters: Parameters,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("server", &self.access.shown())
            .field("name", &self.access.config.get_dbname())
            .finish_non_exhaustive()
    }
}

/// Where settings come from besides flags.
pub struct Environment<'e> {
    /// An environment variable by name; empty ones count as absent.
    pub variable: &'e dyn Fn(&str) -> Option<String>,
    /// The content of a file behind a `…_FILE` variable.
    pub file: &'e dyn Fn(&str) -> std::io::Result<String>,
}

impl Database {
    /// Finds the database: the connection string of a flag, if there is one, over the environment.
    pub fn find(flag: Option<&str>, environment: &Environment<'_>) -> Result<Self, Error> {
        Self::from_parameters(&layers(flag, environment)?, environment)
    }

    /// Finds the server itself, where the database is otherwise reached through a pooler: a connection string of its
    /// own over everything that [`Database::find`] reads. `None` when there is none.
    pub fn find_direct(
        flag: Option<&str>,
        direct: Option<&str>,
        environment: &Environment<'_>,
    ) -> Result<Option<Self>, Error> {
        let variable = environment.read("MIGRATOR_DIRECT_URL")?;
        let (text, source) = match (direct, &variable) {
            (Some(text), _) => (text, "--direct-url"),
            (None, Some(text)) => (text.as_str(), "MIGRATOR_DIRECT_URL"),
            (None, None) => return Ok(None),
        };
        let mut parameters = layers(flag, environment)?;
        overlay(&mut parameters, text, source)?;
        Self::from_parameters(&parameters, environment).map(Some)
    }

    /// One connection string, and nothing from the environment.
    pub fn from_url(text: &str) -> Result<Self, Error> {
        let mut parameters = Parameters::new();
        overlay(&mut parameters, text, "the connection string")?;
        Self::from_parameters(&parameters, &Environment::NONE)
    }

    /// The variables that another client program understands, and that say where this database is.
    pub(crate) fn environment(&self) -> Vec<(&'static str, &str)> {
        let set = |(variable, parameter): (&'static str, &str)| {
            Some((variable, self.parameters.get(parameter)?.as_str()))
        };
        variables().filter_map(set).collect()
    }

    /// All variables of that kind.
    pub(crate) fn variables() -> impl Iterator<Item = &'static str> {
        variables().map(|(variable, _)| variable)
    }

    /// A text of another program without the password, should it repeat it.
    pub(crate) fn without_password(&self, text: &str) -> String {
        match self.parameters.get("password") {
            Some(password) if !password.is_empty() => text.replace(password, "…"),
            _ => text.to_owned(),
        }
    }

    /// Whether a flag or the environment names a database.
    pub fn is_named(flag: Option<&str>, environment: &Environment<'_>) -> Result<bool, Error> {
        layers(flag, environment).map(|parameters| has_host(&parameters))
    }

    fn from_parameters(
        parameters: &Parameters,
        environment: &Environment<'_>,
    ) -> Result<Self, Error> {
        if !has_host(parameters) {
            return Err(Error::new(Kind::Usage, "no database is named").with_hint(
                "Set DATABASE_URL=postgres://user@host/database, or POSTGRES_HOST, POSTGRES_USER, POSTGRES_PASSWORD \
                 and POSTGRES_DB, or pass `--url`.",
            ));
        }
        let mut access = access(parameters, environment).map_err(|problems| {
            let error = Error::new(Kind::Usage, "the connection parameters cannot be used");
            problems.into_iter().fold(error, Error::with_detail)
        })?;
        let password = parameters.get("password").filter(|it| !it.is_empty());
        for host in &mut access.hosts {
            host.password = password.cloned();
        }
        Ok(Self {
            access,
            parameters: parameters.clone(),
        })
    }
}

fn has_host(parameters: &Parameters) -> bool {
    parameters.contains_key("host") || parameters.contains_key("hostaddr")
}

/// The variables of the official container image.
const CONTAINER: &[(&str, &str)] = &[
    ("POSTGRES_HOST", "host"),
    ("POSTGRES_PORT", "port"),
    ("POSTGRES_USER", "user"),
    ("POSTGRES_PASSWORD", "password"),
    ("POSTGRES_DB", "dbname"),
];

fn layers(flag: Option<&str>, environment: &Environment<'_>) -> Result<Parameters, Error> {
    let mut parameters = Parameters::new();
    for (variable, parameter) in variables().chain(CONTAINER.iter().copied()) {
        if let Some(value) = environment.read(variable)? {
            parameters.insert(parameter.to_owned(), value);
        }
    }
    for variable in ["DATABASE_URL", "MIGRATOR_DATABASE_URL"] {
        if let Some(text) = environment.read(variable)? {
            overlay(&mut parameters, &text, variable)?;
        }
    }
    if let Some(text) = flag {
        overlay(&mut parameters, text, "--url")?;
    }
    Ok(parameters)
}

fn overlay(parameters: &mut Parameters, text: &str, source: &str) -> Result<(), Error> {
    let parsed = conninfo::parse(text).map_err(|why| {
        Error::new(Kind::Usage, format!("{source} is not a connection string"))
            .with_detail(format!("Because {why}."))
    })?;
    // A string that names the host names the port too, even by leaving it out.
    if parsed.contains_key("host") || parsed.contains_key("hostaddr") {
        for key in ["host", "hostaddr", "port"] {
            parameters.remove(key);
        }
    }
    parameters.extend(parsed);
    Ok(())
}

impl Environment<'_> {
    /// Nothing is set, and no file is there.
    const NONE: Environment<'static> = Environment {
        variable: &|_| None,
        file: &|_| {
            Err(std::io::Error::new(
                std::io::ErrorKind::NotFound,
                "no files",
            ))
        },
    };

    /// A variable that is set, and not empty.
    pub(super) fn set(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// A variable, or the first line of the file that `…_FILE` names; both at once contradict each other.
    fn read(&self, variable: &str) -> Result<Option<String>, Error> {
        let behind = format!("{variable}_FILE");
        // libpq itself ends some of its variables in …FILE, but none in …_FILE.
        match (self.set(variable), self.set(&behind)) {
            (value, None) => Ok(value),
            (Some(_), Some(_)) => Err(Error::new(
                Kind::Usage,
                format!("{variable} and {behind} are both set"),
            )
            .with_hint(format!(
                "Unset {variable}; the file is the safer of the two."
            ))),
            (None, Some(path)) => match (self.file)(&path) {
                Ok(content) => Ok(Some(content.trim_end_matches(['\r', '\n']).to_owned())),
                Err(error) => Err(Error::new(
                    Kind::Usage,
                    format!("{behind} names a file that cannot be read"),
                )
                .with_detail(format!("\"{path}\": {error}."))),
            },
        }
    }
}
