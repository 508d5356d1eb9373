//! The first connection: waiting for a server that starts, and telling apart what waiting can mend and what it
//! cannot.

use std::time::Duration;

use crate::access::Negotiation;
use crate::connection::{Connection, Dialer, Outlook, Reason, Unreached};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::interrupt::interrupted;
use crate::pooler;
use crate::quote::shell;
use crate::random::random;
use crate::server_error::{Answer, ServerError};
use crate::settings::{Database, Settings};

/// A connection that stands, and what it takes to tell whether it reaches one session of a server.
pub(crate) struct Connected<T> {
    pub(crate) connection: Connection,
    /// What came of greeting it.
    pub(crate) greeting: Result<T, ServerError>,
    /// How to connect to the same server once more in the same way.
    pub(crate) dialer: Dialer,
    /// What the session says when it is asked for its mark.
    pub(crate) mark: String,
}

/// Connects and greets, trying again for up to [`Settings::wait`] while the server cannot accept connections yet, or
/// ends the session at once. A wrong password, an unknown database or a certificate that will not do fails at once.
pub(crate) fn connect<T>(
    settings: &Settings,
    database: &Database,
    greet: impl Fn(&mut Connection, &str) -> Result<T, ServerError>,
    observer: Observer<'_>,
) -> Result<Connected<T>, Error> {
    let deadline = Deadline::after(settings.wait);
    let mut config = database.access.config.clone();
    if config.get_application_name().is_none() {
        config.application_name(application_name());
    }
    if config.get_user().is_none() {
        return Err(Error::new(
            Kind::Usage,
            "no user is named, and the operating system has no name for the one that runs this",
        )
        .with_hint("Name one: `postgres://USER@HOST/DATABASE`, POSTGRES_USER or PGUSER."));
    }
    let plain = Dialer::new(&database.access)?.with_config(config.clone());
    let mark = pooler::mark();
    let marked = plain.with_config(pooler::marked(&config, &mark));
    let mut pause = Duration::from_millis(50);
    let mut told = String::new();
    loop {
        let attempt = Connection::open(&marked, &settings.interrupt).or_else(|unreached| {
            if pooler::refuses_mark(&unreached) {
                Connection::open(&plain, &settings.interrupt)
            } else {
                Err(unreached)
            }
        });
        let greeted = attempt.and_then(|mut connection| match greet(&mut connection, &mark) {
            Err(error) if error.is_final() => {
                Err(Unreached::ended(connection.host().to_string(), error))
            }
            greeting => Ok((connection, greeting)),
        });
        let unreached = match greeted {
            Ok((connection, greeting)) => {
                return Ok(Connected {
                    dialer: connection.dialer().with_config(config),
                    connection,
                    greeting,
                    mark,
                });
            }
            Err(unreached) => unreached,
        };
        if settings.interrupt.is_requested() {
            return Err(interrupted("while connecting"));
        }
        let left = deadline.left();
        if unreached.outlook() == Outlook::Final || left.is_zero() {
            return Err(refused(settings, database, &unreached));
        }
        let reason = unreached.message();
        if reason != told {
            observer(Event::Waiting {
                reason: &reason,
                left,
            });
            told = reason;
        }
        settings
            .interrupt
            .sleep(jittered(pause).min(left))
            .map_err(|_| interrupted("while waiting for the server"))?;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// `migrator 0.1.0@host`: what other sessions see in `pg_stat_activity`.
fn application_name() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_default();
    let name = format!("migrator {}", env!("CARGO_PKG_VERSION"));
    if host.is_empty() {
        name
    } else {
        format!("{name}@{host}")
    }
}

/// Between half of the time and all of it, so that runners which start together do not stay together.
pub(crate) fn jittered(time: Duration) -> Duration {
    let thousandths = u16::try_from(random() % 1_000).unwrap_or(0);
    time / 2 + time.mul_f64(f64::from(thousandths) / 2_000.0)
}

fn refused(settings: &Settings, database: &Database, unreached: &Unreached) -> Error {
    let server = database.access.shown();
    let message = format!("no connection to {server}: {}", unreached.message());
    let failed = Error::new(Kind::Connection, message);
    let failed = unreached
        .detail(database.access.hosts.len())
        .into_iter()
        .fold(failed, Error::with_detail);
    match unreached.reason() {
        Some(Reason::Tls(fault) | Reason::Stranger(fault)) => {
            let failed = fault.detail.iter().fold(failed, |failed, detail| {
                failed.with_detail(detail.clone())
            });
            failed.with_hint(fault.hint.clone())
        }
        Some(Reason::Server(ServerError::Answer(answer)))
            if unreached.outlook() == Outlook::Final =>
        {
            match hint(answer, database) {
                Some(hint) => failed.with_hint(hint),
                None => failed,
            }
        }
        Some(Reason::Server(ServerError::Answer(answer)))
            if answer.sqlstate == "53300" && settings.wait.is_zero() =>
        {
            failed.with_hint("Raise max_connections, or wait with `--wait 60s`.")
        }
        Some(Reason::Server(ServerError::Lost(lost))) if lost.contains("password missing") => {
            failed.with_hint("Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, or PGPASSWORD.")
        }
        Some(Reason::Server(ServerError::Lost(lost))) if lost.contains("channel binding") => {
            failed.with_hint(
                "Channel binding needs TLS and a SCRAM password: `sslmode=require`, and scram-sha-256 in pg_hba.conf.",
            )
        }
        Some(Reason::Server(ServerError::Lost(lost)))
            if lost.contains("handshake eof")
                && database.access.encryption.negotiation == Negotiation::Direct =>
        {
            failed.with_hint(
                "`sslnegotiation=direct` needs PostgreSQL 17 or newer; leave it out.",
            )
        }
        Some(Reason::Unwanted(_)) if settings.wait.is_zero() => failed.with_hint(
            "No host is what `target_session_attrs` asks for. Wait for one with `--wait 60s`, or ask for another.",
        ),
        _ if unreached.outlook() == Outlook::Final => failed,
        _ if settings.wait.is_zero() => {
            failed.with_hint("Is the server up? Wait for it with `--wait 60s`.")
        }
        _ => failed.with_detail(format!(
            "It was tried for {} s.",
            settings.wait.as_secs_f64().ceil()
        )),
    }
}

/// What to do about an answer of the server.
fn hint(answer: &Answer, database: &Database) -> Option<String> {
    let config = &database.access.config;
    let user = config.get_user().unwrap_or_default();
    Some(match answer.sqlstate.as_str() {
        // pg_hba.conf lets the role in over TLS alone, or without it alone.
        "28000" if answer.message.ends_with(", no encryption") => {
            "The server may take encrypted connections only: `sslmode=require`. Else check its pg_hba.conf.".to_owned()
        }
        "28000" if answer.message.ends_with(", SSL encryption") => format!(
            "Let \"{user}\" in over TLS in the server's pg_hba.conf (`hostssl` or `host`); or, where the network is \
             trusted, set `sslmode=disable`."
        ),
        "28000" if answer.message.starts_with("certificate authentication failed") => format!(
            "Set `sslcert` to a certificate whose common name is \"{user}\", or map it in the server's pg_ident.conf."
        ),
        "28000" if answer.message.contains("client certificate") => {
            "Name a certificate and its key that the server's CA has issued: `sslcert=FILE sslkey=FILE`.".to_owned()
        }
        "28P01" | "28000" => {
            format!("Check user \"{user}\", its password and the server's pg_hba.conf.")
        }
        "3D000" => {
            let place = match database.access.hosts.as_slice() {
                [host] => database.options(host),
                _ => format!(" --host=HOST --username={}", shell(user)),
            };
            let name = shell(config.get_dbname().unwrap_or(user));
            format!("Create it: `createdb{place} {name}`, or name another database.")
        }
        _ => return None,
    })
}
