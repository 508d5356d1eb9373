//! The first connection: waiting for a server that starts, and telling apart what waiting can mend and what it
//! cannot.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use tokio_postgres::Config;

use crate::connection::{ATTEMPT, Connection};
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::interrupt::interrupted;
use crate::pooler;
use crate::server_error::ServerError;
use crate::settings::{Database, Settings};

/// A connection that stands, and what it takes to tell whether it reaches one session of a server.
pub(crate) struct Connected {
    pub(crate) connection: Connection,
    /// How to connect once more in the same way.
    pub(crate) config: Config,
    /// What the session says when it is asked for its mark.
    pub(crate) mark: String,
}

/// Connects, trying again for up to [`Settings::wait`] while the server cannot accept connections yet.
/// A wrong password or an unknown database fails at once.
pub(crate) fn connect(
    settings: &Settings,
    database: &Database,
    observer: Observer<'_>,
) -> Result<Connected, Error> {
    let deadline = Instant::now() + settings.wait;
    let mut config = database.config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(ATTEMPT);
    }
    if config.get_application_name().is_none() {
        config.application_name(application_name());
    }
    let mark = pooler::mark();
    let marked = pooler::marked(&config, &mark);
    let mut pause = Duration::from_millis(50);
    let mut told = String::new();
    loop {
        let attempt = Connection::open(&marked, &settings.interrupt).or_else(|error| {
            if pooler::refuses_mark(&error) {
                Connection::open(&config, &settings.interrupt)
            } else {
                Err(error)
            }
        });
        let error = match attempt {
            Ok(connection) => {
                return Ok(Connected {
                    connection,
                    config,
                    mark,
                });
            }
            Err(error) => error,
        };
        if settings.interrupt.is_requested() {
            return Err(interrupted("while connecting"));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if !can_mend(&error) || left.is_zero() {
            return Err(refused(settings, database, &error));
        }
        let reason = error.message();
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
    // A new `RandomState` is seeded anew: the only randomness of the standard library.
    let random = RandomState::new().build_hasher().finish() % 1_000;
    time / 2 + time.mul_f64(f64::from(u16::try_from(random).unwrap_or(0)) / 2_000.0)
}

/// Whether the server may accept the very same attempt a little later.
fn can_mend(error: &ServerError) -> bool {
    match error {
        // The server starts or stops, or has no free place
        // (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
        ServerError::Answer(answer) => matches!(
            answer.sqlstate.as_str(),
            "57P03" | "57P01" | "57P02" | "53300"
        ),
        ServerError::Lost(reason) => {
            !reason.contains("password missing") && !reason.starts_with("invalid configuration")
        }
    }
}

fn refused(settings: &Settings, database: &Database, error: &ServerError) -> Error {
    let config = &database.config;
    let server = &database.shown;
    let user = config.get_user().unwrap_or("the operating system's user");
    let failed = Error::new(
        Kind::Connection,
        format!("no connection to {server}: {}", error.message()),
    );
    match error.sqlstate() {
        Some("28P01" | "28000") => failed.with_hint(format!(
            "Check user \"{user}\", its password and the server's pg_hba.conf."
        )),
        Some("3D000") => failed.with_hint(format!(
            "Create it: `createdb -h HOST -U {user} {}`, or name another database.",
            config.get_dbname().unwrap_or("NAME")
        )),
        Some("53300") => failed.with_hint("Raise max_connections, or wait with `--wait 60s`."),
        Some(_) => failed,
        None if error.message().contains("password missing") => {
            failed.with_hint("Set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, or PGPASSWORD.")
        }
        None if settings.wait.is_zero() => {
            failed.with_hint("Is the server up? Wait for it with `--wait 60s`.")
        }
        None => failed.with_detail(format!(
            "It was tried for {} seconds.",
            settings.wait.as_secs()
        )),
    }
}
