//! Which database: found in layers, each overriding the ones below it: flags, `MIGRATOR_*`, `DATABASE_URL`,
//! `POSTGRES_*`, the service, `PG*`.
//!
//! Reading the variables is `environment`, which parameters there are is `parameter`, what their values mean is `access`.

use std::fmt;
use std::net::IpAddr;

use super::access::access;
use super::environment::Environment;
use super::layers::{apart, has_host, join, replace, says};
use super::parameter::{objections, variables};
use super::passfile::{self, Login};
use super::service::service;
use crate::access::{Access, File, Host, Place};
use crate::conninfo::{self, Parameters};
use crate::error::{Error, Kind};
use crate::quote::shell;

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

impl Database {
    /// Finds the database: the connection string of a flag, if there is one, over the environment.
    pub fn find(flag: Option<&str>, environment: &Environment<'_>) -> Result<Self, Error> {
        let strings = strings(flag, environment)?;
        Self::from_parameters(layers(strings, environment)?, environment)
    }

    /// Finds the server itself, where the database is otherwise reached through a pooler: a connection string of its
    /// own over everything that [`Database::find`] reads. `None` when there is none.
    pub fn find_direct(
        flag: Option<&str>,
        direct: Option<&str>,
        environment: &Environment<'_>,
    ) -> Result<Option<Self>, Error> {
        let variable = "MIGRATOR_DIRECT_URL";
        let direct = match direct {
            Some(text) => read(text, "--direct-url", environment)?,
            None => match environment.read_line(variable)? {
                Some(text) => read(&text, variable, environment)?,
                None => return Ok(None),
            },
        };
        let mut strings = strings(flag, environment)?;
        strings.push(apart(direct));
        Self::from_parameters(layers(strings, environment)?, environment).map(Some)
    }

    /// One connection string, and nothing from the environment.
    pub fn from_url(text: &str) -> Result<Self, Error> {
        let environment = Environment::NONE;
        let string = read(text, "the connection string", &environment)?;
        Self::from_parameters(layers(vec![string], &environment)?, &environment)
    }

    /// The variables that lead another client program to the very server that was reached.
    pub(crate) fn environment(&self, reached: &Host) -> Vec<(&'static str, String)> {
        let given = |parameter| self.parameters.get(parameter).cloned();
        let address = |address: &IpAddr| Some(address.to_string());
        let (host, hostaddr) = match &reached.place {
            Place::Socket(folder) => (Some(folder.to_string_lossy().into_owned()), None),
            Place::Name(name) => (Some(name.clone()), None),
            Place::Known(name, known) => (Some(name.clone()), address(known)),
            Place::Address(known) => (None, address(known)),
        };
        let value = |parameter| match parameter {
            "host" => host.clone(),
            "hostaddr" => hostaddr.clone(),
            "port" => Some(reached.port.to_string()),
            "password" => reached.password.clone(),
            // What is left out means another thing to libpq before version 16: verifying nothing.
            "sslmode" => Some(self.access.encryption.mode.word().to_owned()),
            // They chose the server and the password, and that is done.
            "target_session_attrs" | "load_balance_hosts" | "passfile" => None,
            other => given(other),
        };
        variables()
            .filter_map(|(variable, parameter)| Some((variable, value(parameter)?)))
            .collect()
    }

    /// The options that lead another client program there, as they are typed, without a password.
    pub(crate) fn options(&self, host: &Host) -> String {
        let environment = self.environment(host);
        let value = |variable: &str| {
            let found = environment.iter().find(|(name, _)| *name == variable);
            found.map(|(_, value)| value.as_str())
        };
        [
            ("--host", value("PGHOST").or(value("PGHOSTADDR"))),
            ("--port", value("PGPORT")),
            ("--username", value("PGUSER")),
        ]
        .into_iter()
        .filter_map(|(option, value)| Some(format!(" {option}={}", shell(value?))))
        .collect()
    }

    /// All variables of that kind.
    pub(crate) fn variables() -> impl Iterator<Item = &'static str> {
        variables().map(|(variable, _)| variable)
    }

    /// A text of another program without the passwords, should it repeat one.
    pub(crate) fn without_password(&self, text: &str) -> String {
        let passwords = self
            .access
            .hosts
            .iter()
            .filter_map(|it| it.password.as_deref());
        passwords
            .filter(|password| !password.is_empty())
            .fold(text.to_owned(), |text, password| {
                text.replace(password, "…")
            })
    }

    /// Whether a flag or the environment names a database.
    pub fn is_named(flag: Option<&str>, environment: &Environment<'_>) -> Result<bool, Error> {
        let strings = strings(flag, environment)?;
        let parameters = layers(strings, environment)?;
        if has_host(&parameters) {
            return Ok(true);
        }
        // One that was mistyped may have been to name it.
        match unknown(&parameters) {
            problems if problems.is_empty() => Ok(false),
            problems => Err(unusable(problems)),
        }
    }

    fn from_parameters(
        mut parameters: Parameters,
        environment: &Environment<'_>,
    ) -> Result<Self, Error> {
        // A user without a name, as in many containers, is an error once somebody connects.
        if !says(&parameters, "user")
            && let Ok(name) = whoami::username()
        {
            parameters.insert("user".to_owned(), name);
        }
        // A host that nobody names may be one that is mistyped.
        let mut access = access(&parameters, environment).map_err(unusable)?;
        if !has_host(&parameters) {
            return Err(Error::new(Kind::Usage, "no database is named").with_hint(
                "Set DATABASE_URL=postgres://user@host/database, or POSTGRES_HOST, POSTGRES_USER, POSTGRES_PASSWORD \
                 and POSTGRES_DB, or pass `--url`.",
            ));
        }
        // They have kept what is below them from being used.
        parameters.retain(|_, value| !value.is_empty());
        match parameters.get("password") {
            Some(password) => {
                for host in &mut access.hosts {
                    host.password = Some(password.clone());
                }
            }
            None => look_up_passwords(&mut access, &parameters, environment),
        }
        Ok(Self { access, parameters })
    }
}

/// Takes the passwords from the password file, each host its own.
fn look_up_passwords(access: &mut Access, parameters: &Parameters, environment: &Environment<'_>) {
    let named = parameters.get("passfile");
    let named = named.map(|file| File::Named(file.into()));
    let usual = || environment.below_home(".pgpass").map(File::Usual);
    let Some(text) = named.or_else(usual).and_then(|file| passfile::read(&file)) else {
        return;
    };
    let user = access.config.get_user().unwrap_or_default().to_owned();
    let login = Login {
        database: access.config.get_dbname().unwrap_or(&user),
        user: &user,
    };
    for host in &mut access.hosts {
        host.password = passfile::find(&text, host, &login);
    }
}

fn unusable(problems: Vec<String>) -> Error {
    let error = Error::new(Kind::Usage, "the connection parameters cannot be used");
    let error = problems.into_iter().fold(error, Error::with_detail);
    error.with_hint("docs/connections.md lists every parameter, and what it can be.")
}

/// What is said of the names that are no parameter.
fn unknown(parameters: &Parameters) -> Vec<String> {
    // Of those that are, a value is the matter of whoever connects.
    let names = parameters.keys().map(|name| (name.clone(), String::new()));
    objections(&names.collect())
}

/// The variables of the official container image.
const CONTAINER: &[(&str, &str)] = &[
    ("POSTGRES_HOST", "host"),
    ("POSTGRES_PORT", "port"),
    ("POSTGRES_USER", "user"),
    ("POSTGRES_PASSWORD", "password"),
    ("POSTGRES_DB", "dbname"),
];

/// The connection strings, each over the ones before it.
fn strings(flag: Option<&str>, environment: &Environment<'_>) -> Result<Vec<Parameters>, Error> {
    let mut strings = Vec::new();
    for variable in ["DATABASE_URL", "MIGRATOR_DATABASE_URL"] {
        if let Some(text) = environment.read_line(variable)? {
            strings.push(read(&text, variable, environment)?);
        }
    }
    if let Some(text) = flag {
        strings.push(read(text, "--url", environment)?);
    }
    Ok(strings)
}

/// A connection string, over the service that it names.
fn read(text: &str, source: &str, environment: &Environment<'_>) -> Result<Parameters, Error> {
    let string = parse(text, source)?;
    let Some(name) = string.get("service") else {
        return Ok(string);
    };
    let file = match string.get("servicefile") {
        Some(file) => Some(file.clone()),
        None => environment
            .read_line("PGSERVICEFILE")?
            .filter(|it| !it.is_empty()),
    };
    let mut parameters = service(name, file.as_deref(), environment)?;
    join(&mut parameters, string);
    Ok(parameters)
}

fn parse(text: &str, source: &str) -> Result<Parameters, Error> {
    conninfo::parse(text).map_err(|why| {
        Error::new(Kind::Usage, format!("{source} is not a connection string"))
            .with_detail(format!("Because {why}."))
            .with_hint(
                "Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, special characters as %25 and the like; \
                 or host=HOST dbname=DATABASE user=USER.",
            )
    })
}

fn layers(strings: Vec<Parameters>, environment: &Environment<'_>) -> Result<Parameters, Error> {
    let mut said = Parameters::new();
    for string in strings {
        replace(&mut said, string);
    }
    let mut parameters = from_variables(variables(), environment)?;
    // The service of a string is in it, and stands for the one of the variable.
    if !said.contains_key("service")
        && let Some(name) = parameters.get("service")
    {
        let file = said.get("servicefile").or(parameters.get("servicefile"));
        let service = service(name, file.map(String::as_str), environment)?;
        join(&mut parameters, service);
    }
    let container = from_variables(CONTAINER.iter().copied(), environment)?;
    replace(&mut parameters, container);
    join(&mut parameters, said);
    // What they stand for is there now.
    parameters.remove("service");
    parameters.remove("servicefile");
    Ok(parameters)
}

/// The parameters that these variables set.
fn from_variables<'v>(
    variables: impl Iterator<Item = (&'v str, &'v str)>,
    environment: &Environment<'_>,
) -> Result<Parameters, Error> {
    let mut parameters = Parameters::new();
    for (variable, parameter) in variables {
        // A variable that is empty is not set, and neither is one whose file is.
        if let Some(value) = environment.read_line(variable)?
            && !value.is_empty()
        {
            parameters.insert(parameter.to_owned(), value);
        }
    }
    Ok(parameters)
}
