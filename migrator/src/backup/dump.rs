//! `pg_dump` as a child process: which version it is, how it is told the connection, and how it ends.
//!
//! The connection is handed over in variables of libpq, the password too: the arguments of a process are for everybody
//! to see. Variables of our own environment that say something else are taken away.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Kind};
use crate::history::Probe;
use crate::interrupt::interrupted;
use crate::session::{Session, unexpected};
use crate::settings::Database;

/// How often it is looked whether the program has ended.
const LOOK: Duration = Duration::from_millis(50);
/// How often the session says something meanwhile, so that nothing on the way takes it for dead, and its end is heard.
const ALIVE: Duration = Duration::from_secs(10);
/// How much of what the program says is kept.
const SAID: u64 = 8 * 1024;

const INSTALL: &str =
    "Install the client programs of PostgreSQL, and put them on PATH; or leave out `--backup-to`.";

/// The version of the `pg_dump` on PATH, which must not be older than the server.
pub(super) fn version(probe: &Probe) -> Result<String, Error> {
    let output = Command::new("pg_dump")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_run(&error))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let found = parse(&said).filter(|_| output.status.success());
    let Some((major, version)) = found else {
        return Err(
            Error::new(Kind::Usage, "pg_dump does not say which version it is")
                .with_detail(format!(
                    "`pg_dump --version` said: {}",
                    said.lines().next().unwrap_or("nothing")
                ))
                .with_hint(INSTALL),
        );
    };
    let server = probe.version / 10_000;
    if major >= server {
        return Ok(version.to_owned());
    }
    Err(Error::new(
        Kind::Usage,
        format!(
            "pg_dump {version} is older than the server, PostgreSQL {}",
            probe.version_text
        ),
    )
    .with_detail("It could not dump this database. Nothing was changed.")
    .with_hint(format!(
        "Put the client programs of PostgreSQL {server} or newer first on PATH."
    )))
}

/// `pg_dump (PostgreSQL) 15.8 (Debian 15.8-1)`: the major version, and the version.
fn parse(said: &str) -> Option<(u32, &str)> {
    let version = said
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((digits.parse().ok()?, version))
}

/// Dumps the database of a session into a file that is there.
pub(super) fn run(session: &mut Session, file: &Path) -> Result<(), Error> {
    let mut command = Command::new("pg_dump");
    command
        .args(["--format=custom", "--no-password"])
        .arg(format!("--lock-wait-timeout={}", patience(session)))
        .arg(named("--file=", file))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for variable in Database::variables() {
        command.env_remove(variable);
    }
    command.envs(session.target().environment(session.reached()));
    command.env("PGDATABASE", &session.probe().database);
    let mut child = command.spawn().map_err(|error| not_run(&error))?;
    let listener = child
        .stderr
        .take()
        .map(|pipe| thread::spawn(move || tail(pipe)));
    let ended = wait(session, &mut child);
    if ended.is_err() {
        end(&mut child);
    }
    let said = listener.and_then(|it| it.join().ok()).unwrap_or_default();
    match ended? {
        status if status.success() => Ok(()),
        // A signal from the terminal reaches both of us.
        _ if session.settings().interrupt.is_requested() => Err(stopped()),
        status => Err(failed(session, &status.to_string(), &said)),
    }
}

/// How long pg_dump waits for a lock on a table, in milliseconds: as long as a migration would be tried again.
fn patience(session: &Session) -> u128 {
    session.settings().lock_retry_for.as_millis().max(1_000)
}

fn named(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

/// Waits for the program, and fails when the run is asked to stop or its session is gone.
fn wait(session: &mut Session, child: &mut Child) -> Result<std::process::ExitStatus, Error> {
    let mut heard = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| not_run(&error))? {
            return Ok(status);
        }
        let interrupt = &session.settings().interrupt;
        interrupt.sleep(LOOK).map_err(|_| stopped())?;
        if heard.elapsed() >= ALIVE {
            session.send("SELECT 1").map_err(|incomplete| {
                unexpected("keeping the session while pg_dump ran", &incomplete.error)
            })?;
            heard = Instant::now();
        }
    }
}

fn end(child: &mut Child) {
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        log::warn!("pg_dump could not be ended: {error}");
    }
}

fn stopped() -> Error {
    interrupted("while pg_dump ran").with_detail("There is no backup, and nothing was changed.")
}

/// The last of what a program says.
fn tail(mut pipe: impl Read) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut part = [0; 4096];
    let most = usize::try_from(SAID).unwrap_or(usize::MAX);
    while let Ok(read) = pipe.read(&mut part) {
        let Some(part) = part.get(..read).filter(|part| !part.is_empty()) else {
            break;
        };
        kept.extend_from_slice(part);
        let surplus = kept.len().saturating_sub(most);
        kept.drain(..surplus);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

fn failed(session: &Session, status: &str, said: &str) -> Error {
    let error = Error::new(Kind::Usage, format!("pg_dump failed: {status}"));
    let error = session
        .target()
        .without_password(said)
        .lines()
        .fold(error, |error, line| error.with_detail(line.to_owned()));
    error
        .with_detail("There is no backup, and nothing was changed.")
        .with_hint("Mend what it says; or run without `--backup-to`.")
}

fn not_run(error: &io::Error) -> Error {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "pg_dump is not on PATH".to_owned(),
        _ => format!("pg_dump cannot be run: {error}"),
    };
    Error::new(Kind::Usage, message)
        .with_detail("A backup was asked for, and nothing was changed.")
        .with_hint(INSTALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_pg_dump() {
        let check = |said, expected| assert_eq!(parse(said), expected, "{said}");
        check("pg_dump (PostgreSQL) 15.8\n", Some((15, "15.8")));
        check(
            "pg_dump (PostgreSQL) 18.1 (Debian 18.1-1.pgdg12+1)",
            Some((18, "18.1")),
        );
        check("pg_dump (PostgreSQL) 19devel", Some((19, "19devel")));
        check("pg_dump (EnterpriseDB) 9.6.24", Some((9, "9.6.24")));
        check("", None);
        check("something else", None);
    }

    #[test]
    fn the_last_words_are_kept() {
        assert_eq!(tail(" a\nb\n".as_bytes()), "a\nb");
        let long = "x".repeat(20_000) + "end";
        let kept = tail(long.as_bytes());
        assert!(
            kept.ends_with("xend") && kept.len() == 8 * 1024,
            "{}",
            kept.len()
        );
    }
}
