//! What a run is told: which database, how long to wait, which limits and policies.
//!
//! A parameter is looked up in layers, each overriding the ones below it: flags, `MIGRATOR_*`, `DATABASE_URL`,
//! `POSTGRES_*`, `PG*`. Reading them is pure: the environment comes in as a function, files behind `…_FILE` as
//! another. A parameter that is known to libpq but not supported here is refused by name, never ignored.

use std::fmt;
use std::time::Duration;

use crate::conninfo::{self, Parameters};
use crate::drift::Policies;
use crate::error::{Error, Kind};

/// Everything a run is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which database.
    pub database: Database,
    /// The schema of the history tables; by default where refinery would look: first in `search_path`.
    pub history_schema: Option<String>,
    /// How long to wait for the server to accept connections; 0: one attempt.
    pub wait: Duration,
    /// How long to wait for another runner to finish; 0: one attempt.
    pub lock_wait: Duration,
    /// `lock_timeout` of each migration, in PostgreSQL's spelling.
    pub lock_timeout: String,
    /// `statement_timeout` of each migration, in PostgreSQL's spelling; `0` is none.
    pub statement_timeout: String,
    /// What is tolerated.
    pub policies: Policies,
    /// How many transactions.
    pub transactions: Transactions,
}

/// How many transactions a run uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transactions {
    /// One for each migration and its record.
    #[default]
    Each,
    /// One for all pending ones: all or none.
    Single,
}

impl Settings {
    /// The defaults for a database: one connection attempt, ten minutes for the lock, `lock_timeout` 3 s, no
    /// `statement_timeout`, strict policies.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            history_schema: None,
            wait: Duration::ZERO,
            lock_wait: Duration::from_mins(10),
            lock_timeout: "3s".to_owned(),
            statement_timeout: "0".to_owned(),
            policies: Policies::default(),
            transactions: Transactions::default(),
        }
    }
}

/// How to reach one database. `Debug` shows no password.
#[derive(Clone)]
pub struct Database {
    pub(crate) config: tokio_postgres::Config,
    /// Host and port, for messages.
    pub(crate) shown: String,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("server", &self.shown)
            .field("name", &self.config.get_dbname())
            .finish()
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
        let mut parameters = Parameters::new();
        for (variable, parameter) in LIBPQ {
            if let Some(value) = environment.read(variable)? {
                parameters.insert((*parameter).to_owned(), value);
            }
        }
        for (variable, parameter) in CONTAINER {
            if let Some(value) = environment.read(variable)? {
                parameters.insert((*parameter).to_owned(), value);
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
        Self::from_parameters(&parameters)
    }

    /// One connection string, and nothing from the environment.
    pub fn from_url(text: &str) -> Result<Self, Error> {
        let mut parameters = Parameters::new();
        overlay(&mut parameters, text, "the connection string")?;
        Self::from_parameters(&parameters)
    }

    fn from_parameters(parameters: &Parameters) -> Result<Self, Error> {
        if !parameters.contains_key("host") && !parameters.contains_key("hostaddr") {
            return Err(Error::new(Kind::Usage, "no database is named").with_hint(
                "Set DATABASE_URL=postgres://user@host/database, or POSTGRES_HOST, POSTGRES_USER, POSTGRES_PASSWORD \
                 and POSTGRES_DB, or pass `--url`.",
            ));
        }
        let mut config = tokio_postgres::Config::new();
        let problems: Vec<String> = parameters
            .iter()
            .filter_map(|(key, value)| apply(&mut config, key, value).err())
            .collect();
        if !problems.is_empty() {
            let error = Error::new(Kind::Usage, "the connection parameters cannot be used");
            return Err(problems.into_iter().fold(error, Error::with_detail));
        }
        if config.get_dbname().is_none()
            && let Some(user) = config.get_user().map(str::to_owned)
        {
            config.dbname(user);
        }
        let part = |key: &str| parameters.get(key).map(String::as_str);
        let host = part("host").or(part("hostaddr")).unwrap_or_default();
        let shown = format!("{host}:{}", part("port").unwrap_or("5432"));
        Ok(Self { config, shown })
    }
}

/// The environment variables of libpq and the parameter that each stands for
/// (<https://www.postgresql.org/docs/current/libpq-envars.html>).
const LIBPQ: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLSNI", "sslsni"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGKRBSRVNAME", "krbsrvname"),
    ("PGGSSLIB", "gsslib"),
    ("PGGSSDELEGATION", "gssdelegation"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
];

/// The variables of the official container image.
const CONTAINER: &[(&str, &str)] = &[
    ("POSTGRES_HOST", "host"),
    ("POSTGRES_PORT", "port"),
    ("POSTGRES_USER", "user"),
    ("POSTGRES_PASSWORD", "password"),
    ("POSTGRES_DB", "dbname"),
];

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

/// Sets one parameter. The error names the parameter, and its value only where that cannot be a secret.
fn apply(config: &mut tokio_postgres::Config, key: &str, value: &str) -> Result<(), String> {
    use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, TargetSessionAttrs};
    let bad = || format!("Parameter \"{key}\" cannot be \"{value}\".");
    let unsupported = || format!("Parameter \"{key}\" is not supported by this version.");
    let number = || value.parse::<u64>().map_err(|_| bad());
    match key {
        "host" => {
            for host in value.split(',') {
                config.host(host);
            }
        }
        "hostaddr" => {
            for address in value.split(',') {
                config.hostaddr(address.parse().map_err(|_| bad())?);
            }
        }
        "port" => {
            for port in value.split(',') {
                config.port(if port.is_empty() {
                    5432
                } else {
                    port.parse().map_err(|_| bad())?
                });
            }
        }
        "user" => {
            config.user(value);
        }
        "password" => {
            config.password(value);
        }
        "dbname" => {
            config.dbname(value);
        }
        "options" => {
            config.options(value);
        }
        "application_name" | "fallback_application_name" => {
            if key == "application_name" || config.get_application_name().is_none() {
                config.application_name(value);
            }
        }
        "connect_timeout" => {
            config.connect_timeout(Duration::from_secs(number()?));
        }
        "keepalives" => {
            config.keepalives(number()? != 0);
        }
        "keepalives_idle" => {
            config.keepalives_idle(Duration::from_secs(number()?));
        }
        "keepalives_interval" => {
            config.keepalives_interval(Duration::from_secs(number()?));
        }
        "keepalives_count" => {
            config.keepalives_retries(u32::try_from(number()?).map_err(|_| bad())?);
        }
        "tcp_user_timeout" => {
            config.tcp_user_timeout(Duration::from_millis(number()?));
        }
        "target_session_attrs" => {
            config.target_session_attrs(match value {
                "any" => TargetSessionAttrs::Any,
                "read-write" => TargetSessionAttrs::ReadWrite,
                "read-only" => TargetSessionAttrs::ReadOnly,
                "primary" | "standby" | "prefer-standby" => {
                    return Err(unsupported_value(key, value));
                }
                _ => return Err(bad()),
            });
        }
        "load_balance_hosts" => {
            config.load_balance_hosts(match value {
                "disable" => LoadBalanceHosts::Disable,
                "random" => LoadBalanceHosts::Random,
                _ => return Err(bad()),
            });
        }
        "channel_binding" => {
            config.channel_binding(match value {
                "disable" => ChannelBinding::Disable,
                "prefer" => ChannelBinding::Prefer,
                "require" => return Err(unsupported_value(key, value)),
                _ => return Err(bad()),
            });
        }
        // Without TLS in this build, these modes all mean a plain connection, as in a libpq built without it.
        "sslmode" => match value {
            "disable" | "allow" | "prefer" => {
                config.ssl_mode(tokio_postgres::config::SslMode::Disable);
            }
            "require" | "verify-ca" | "verify-full" => return Err(unsupported_value(key, value)),
            _ => return Err(bad()),
        },
        "client_encoding"
            if value.eq_ignore_ascii_case("utf8") || value.eq_ignore_ascii_case("utf-8") => {}
        "client_encoding" => return Err(format!("Parameter \"{key}\" can only be \"UTF8\".")),
        _ if LIBPQ.iter().any(|(_, parameter)| *parameter == key) => return Err(unsupported()),
        _ => return Err(format!("Parameter \"{key}\" does not exist.")),
    }
    Ok(())
}

fn unsupported_value(key: &str, value: &str) -> String {
    format!(
        "Parameter \"{key}\" cannot be \"{value}\" in this version: there is no TLS and no server choice yet."
    )
}

impl Environment<'_> {
    /// A variable, or the first line of the file that `…_FILE` names; both at once contradict each other.
    fn read(&self, variable: &str) -> Result<Option<String>, Error> {
        let set = |name: &str| (self.variable)(name).filter(|value| !value.is_empty());
        let behind = format!("{variable}_FILE");
        // libpq itself ends some of its variables in …FILE, but none in …_FILE.
        match (set(variable), set(&behind)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn find(flag: Option<&str>, variables: &[(&str, &str)]) -> Result<String, String> {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let file = |path: &str| match path {
            "/run/secrets/password" => Ok("from file\n".to_owned()),
            _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
        };
        let environment = Environment {
            variable: &variable,
            file: &file,
        };
        match Database::find(flag, &environment) {
            Ok(database) => {
                let password = database
                    .config
                    .get_password()
                    .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                Ok(format!(
                    "{} {} {} {}",
                    database.shown,
                    database.config.get_user().unwrap_or("-"),
                    password.unwrap_or("-".to_owned()),
                    database.config.get_dbname().unwrap_or("-")
                ))
            }
            Err(error) => Err(format!("{error}: {}", error.detail().join(" "))),
        }
    }

    #[test]
    fn layers_override_each_other() {
        let pg = [
            ("PGHOST", "pg"),
            ("PGUSER", "pguser"),
            ("PGPASSWORD", "pgpass"),
        ];
        assert_eq!(find(None, &pg).unwrap(), "pg:5432 pguser pgpass pguser");
        let container = [
            ("PGHOST", "pg"),
            ("POSTGRES_HOST", "db"),
            ("POSTGRES_USER", "u"),
            ("POSTGRES_DB", "d"),
        ];
        assert_eq!(find(None, &container).unwrap(), "db:5432 u - d");
        let url = [
            ("POSTGRES_HOST", "db"),
            ("POSTGRES_PORT", "1"),
            ("DATABASE_URL", "postgres://a:b@h/x"),
        ];
        assert_eq!(find(None, &url).unwrap(), "h:5432 a b x");
        let own = [
            ("DATABASE_URL", "postgres://a:b@h/x"),
            ("MIGRATOR_DATABASE_URL", "host=own dbname=y"),
        ];
        assert_eq!(find(None, &own).unwrap(), "own:5432 a b y");
        assert_eq!(
            find(Some("postgres://flag:7/z"), &own).unwrap(),
            "flag:7 a b z"
        );
    }

    #[test]
    fn secrets_come_from_files() {
        let file = [
            ("POSTGRES_HOST", "h"),
            ("POSTGRES_USER", "u"),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
        ];
        assert_eq!(find(None, &file).unwrap(), "h:5432 u from file u");
        let both = [
            ("POSTGRES_PASSWORD", "x"),
            ("POSTGRES_PASSWORD_FILE", "/run/secrets/password"),
        ];
        assert!(find(None, &both).unwrap_err().contains("both set"));
        let gone = [("POSTGRES_PASSWORD_FILE", "/nowhere")];
        assert!(find(None, &gone).unwrap_err().contains("/nowhere"));
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        for (text, expect) in [
            ("postgres://h/d?sslmode=verify-full", "sslmode"),
            (
                "postgres://h/d?sslrootcert=x",
                "Parameter \"sslrootcert\" is not supported",
            ),
            (
                "postgres://h/d?nonsense=1",
                "Parameter \"nonsense\" does not exist",
            ),
            ("postgres://h:99999/d", "port"),
            ("", "no database is named"),
        ] {
            let error = find(Some(text), &[]).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
        assert!(
            find(Some("host=h"), &[("PGSSLROOTCERT", "x")])
                .unwrap_err()
                .contains("sslrootcert")
        );
        let several = find(Some("postgres://h/d?one=1&two=2"), &[]).unwrap_err();
        assert!(
            several.contains("\"one\"") && several.contains("\"two\""),
            "{several}"
        );
    }

    #[test]
    fn a_password_is_never_shown() {
        let database = Database::from_url("postgres://u:secret@h/d").unwrap();
        assert!(!format!("{:?}", Settings::new(database)).contains("secret"));
        assert!(
            !find(Some("postgres://u:secret@h:x/d"), &[])
                .unwrap_err()
                .contains("secret")
        );
    }
}
