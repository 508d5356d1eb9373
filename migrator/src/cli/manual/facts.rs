//! What the manual tells besides options: exit codes, variables, files.

use clap::Command;

use crate::error::Kind;
use crate::settings::Database;

/// What the whole tool does, a paragraph each.
pub(super) const DESCRIPTION: &str = "\
This program carries a history of SQL migrations and brings any PostgreSQL database to it. It needs no other files, no \
network but the one to the server, and no other program but pg_dump where a backup is asked for.

Each migration is applied in one transaction with its record. When several runners start at once, one works and the \
others wait for it; when one dies, the next goes on where it stopped. A database is touched only when it is empty or \
known to be this program's; for any other, the message has the commands that go on.

What was asked for is printed on standard output, everything else on standard error. With --json standard output is \
one document.";

/// A term, and what it means.
type Entry = (String, String);

/// Every exit code.
pub(super) fn exit_status() -> Vec<Entry> {
    let done = ("0".to_owned(), "Done, or nothing to do.".to_owned());
    let others = Kind::ALL
        .iter()
        .map(|kind| (kind.exit_code().to_string(), meaning(*kind).to_owned()));
    [done].into_iter().chain(others).collect()
}

/// What an exit code means, and what follows from it.
const fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Migration => {
            "A migration failed. It was rolled back and not recorded; those before it stay. The message names the \
             statement. The same binary fails again: mend the data or release a new one."
        }
        Kind::Usage => {
            "Usage or configuration: a flag, a variable, a file, or a server that cannot be used this way. Nothing \
             was changed."
        }
        Kind::Drift => {
            "History and binary disagree: a migration was changed, is missing or late, or the database is newer than \
             this binary, or is not known to be ours. Nothing was changed."
        }
        Kind::Pending => "Migrations are pending. Only check ends so.",
        Kind::Lock => {
            "Another runner held the lock for longer than --lock-wait. Run it again; unlock tells who holds it."
        }
        Kind::Connection => {
            "No connection, or it was lost. Run it again; --wait waits for a server that is starting."
        }
        Kind::SchemaDrift => {
            "The schema is not the one that was proven. What up has applied stays applied; verify --explain prints \
             what differs."
        }
        Kind::Interrupted => {
            "Interrupted by SIGTERM or SIGINT. What was under way was cancelled and rolled back. Run it again."
        }
        Kind::Doubt => {
            "Whether a step outside a transaction took effect is for a person to say: look, and then resolve."
        }
    }
}

/// Variables that no option names.
const VARIABLES: &[(&str, &str)] = &[
    (
        "MIGRATOR_DATABASE_URL, DATABASE_URL",
        "The database, as a URL or in keyword form; the first that is set wins.",
    ),
    (
        "POSTGRES_HOST, POSTGRES_PORT, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB",
        "The database in parts, as in the official container image; below the URLs.",
    ),
    ("MIGRATOR_DIRECT_URL", "The same as --direct-url."),
    (
        "MIGRATOR_ENVIRONMENT, MIGRATION_MODE",
        "The same as --environment; the first that is set wins.",
    ),
    (
        "MIGRATOR_PLACEHOLDER_NAME",
        "The value of the placeholder NAME, unless migrator.toml has named another variable for it; info lists them.",
    ),
    (
        "PGSYSCONFDIR",
        "The directory of pg_service.conf, for services that the user's own file does not have.",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "Where the certificates of authorities are, in place of the system's own.",
    ),
    ("RUST_LOG", "The same as --log-level, and before it."),
];

/// What the environment may hold: what the options of a command name, and everything about the database.
pub(super) fn variables(command: &Command) -> Vec<Entry> {
    let libpq: Vec<&str> = Database::variables().collect();
    let libpq = (
        libpq.join(", "),
        "The database in parts, as libpq knows them; below all others.".to_owned(),
    );
    let of_options = command.get_arguments().filter_map(|option| {
        let variable = option.get_env()?.to_str()?.to_owned();
        Some((variable, format!("The same as --{}.", option.get_long()?)))
    });
    let others = VARIABLES
        .iter()
        .map(|(name, meaning)| ((*name).to_owned(), (*meaning).to_owned()));
    let file = (
        "NAME_FILE".to_owned(),
        "For each variable that says which database: a file that holds the value, and a line end at most."
            .to_owned(),
    );
    let mut all: Vec<Entry> = of_options.chain(others).chain([libpq, file]).collect();
    all.sort();
    all
}

/// What is read and written besides the database.
pub(super) fn files() -> Vec<Entry> {
    [
        (
            "No configuration file",
            "The history, its settings and the expected schema are in this program; info, show and export print them.",
        ),
        (
            "DATABASE-TIME-VERSION.dump",
            "A backup, in the directory of --backup-to. One that ends in .partial is not complete.",
        ),
        (
            "/dev/termination-log",
            "How the run ended, as a short JSON document, where the file exists: it does in a container of Kubernetes. \
             --termination-log names another one.",
        ),
    ]
    .map(|(name, meaning)| (name.to_owned(), meaning.to_owned()))
    .into()
}
