//! Whether a pooler stands between us and the server, and deals out another session for each transaction: then no
//! lock can be held, and nothing of ours may run.
//!
//! A session carries a mark from its start. Where the mark does not come back, a second connection tells: a pooler
//! that deals out sessions gives both the same one, or gives one of them another in its next turn.

use std::time::Duration;

use tokio_postgres::Config;

use crate::connection::{Connection, Dialer, Unreached};
use crate::error::{Error, Kind};
use crate::interrupt::Interrupt;
use crate::random::random;
use crate::server_error::ServerError;

/// How long the second connection may take for anything: a pool in session mode may have no session left for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often each of the two is asked.
const ROUNDS: usize = 5;

/// What a session says when it is asked for its mark.
pub(crate) const ASK: &str = "SELECT pg_catalog.current_setting('migrator.session', true)";

/// A mark that no other session has.
pub(crate) fn mark() -> String {
    format!("{:016x}", random())
}

/// A condition that holds in a session that does not carry this mark.
pub(crate) fn lacks(mark: &str) -> String {
    format!("pg_catalog.current_setting('migrator.session', true) IS DISTINCT FROM '{mark}'")
}

/// The same configuration, of a session that carries a mark. It comes first: options may end in a backslash, which
/// would take what follows with it.
pub(crate) fn marked(config: &Config, mark: &str) -> Config {
    let mut marked = config.clone();
    let ours = format!("-c migrator.session={mark}");
    match config.get_options() {
        Some(options) if !options.is_empty() => marked.options(format!("{ours} {options}")),
        _ => marked.options(ours),
    };
    marked
}

/// Whether a pooler refuses to hand the mark on: PgBouncer says so with the first code, RDS Proxy with the second
/// (<https://github.com/psycopg/psycopg2/issues/1577>).
pub(crate) fn refuses_mark(unreached: &Unreached) -> bool {
    matches!(unreached.answer(), Some(answer)
        if matches!(answer.sqlstate.as_str(), "08P01" | "0A000") && answer.message.contains("option"))
}

/// Fails when the sessions behind a connection change.
pub(crate) fn refuse_turns(
    first: &mut Connection,
    dialer: &Dialer,
    interrupt: &Interrupt,
) -> Result<(), Error> {
    let second = Connection::open(&dialer.within(PATIENCE), interrupt);
    let Ok(mut second) =
        second.inspect_err(|error| log::debug!("no second connection: {}", error.message()))
    else {
        return Ok(());
    };
    second.limit(PATIENCE);
    let mut ours = None;
    for _ in 0..ROUNDS {
        let (Ok(one), Ok(other)) = (pid(first), pid(&mut second)) else {
            // A pool in session mode with no session left; the lock itself is proven later.
            return Ok(());
        };
        if one == other || ours.as_ref().is_some_and(|ours| *ours != one) {
            return Err(taking_turns());
        }
        ours = Some(one);
    }
    Ok(())
}

fn pid(connection: &mut Connection) -> Result<Option<String>, ServerError> {
    let results = connection.query("SELECT pg_catalog.pg_backend_pid()")?;
    let field = results
        .first()
        .and_then(|rows| rows.first())
        .and_then(|fields| fields.first());
    Ok(field.cloned().flatten())
}

/// The error of a connection through which no lock can be held.
pub(crate) fn taking_turns() -> Error {
    Error::new(Kind::Usage, "the lock cannot be held through this connection")
        .with_detail("A transaction pooler such as PgBouncer stands between: each query may run in another session.")
        .with_hint(
            "Name the server itself with MIGRATOR_DIRECT_URL or `--direct-url`, or connect to a pool in session mode.",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_take_nothing_of_the_mark_with_them() {
        for (options, expected) in [
            (None, "-c migrator.session=m"),
            (Some(""), "-c migrator.session=m"),
            (Some("-c a=b"), "-c migrator.session=m -c a=b"),
            (Some("-c a=b\\"), "-c migrator.session=m -c a=b\\"),
        ] {
            let mut config = Config::new();
            if let Some(options) = options {
                config.options(options);
            }
            assert_eq!(marked(&config, "m").get_options(), Some(expected));
        }
    }
}
