//! What happens while the engine works, as it happens.
//!
//! The library never prints: it calls an observer with these events. Text, JSON and tests are three observers.
//! What has happened in the end is a [`crate::report::Report`].

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crate::backup::Backup;
use crate::foreign::Mirror;
use crate::label::Label;
use crate::plan::Action;
use crate::recognise::Class;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// Sent when a connection attempt failed in a way that waiting can mend, whenever the reason changes.
    Waiting {
        /// Why the server does not answer yet.
        reason: &'a str,
        /// How much longer it will be tried.
        left: Duration,
    },
    /// Sent while `check` waits until nothing is pending, whenever what it found changes.
    Pending {
        /// What it found.
        reason: &'a str,
        /// How much longer it will look.
        left: Duration,
    },
    /// Sent when a run begins to go up with a bundle that was not proven as it is. A release build has none.
    Unproven {
        /// The versions whose proof is missing or stale, ascending.
        versions: &'a [i64],
    },
    /// Sent once a session stands.
    Connected {
        /// Host and port, or the folder of the Unix socket.
        server: &'a str,
        /// The database's name.
        database: &'a str,
        /// The server's version, such as `15.8`.
        version: &'a str,
    },
    /// Sent after that where the schema that is looked at holds no history, others do, and none was named.
    Elsewhere {
        /// The schema that is looked at.
        schema: &'a str,
        /// Those that hold one.
        schemas: &'a [String],
    },
    /// Sent once the status page can be asked for.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// Sent once it is known what the database is, before anything is planned.
    Recognised {
        /// What it is.
        class: &'a Class,
    },
    /// Sent while another session holds the lock, whenever the holder changes.
    LockHeld {
        /// Who holds it: pid, role, application, client and state in one line.
        holder: &'a str,
    },
    /// Sent before pg_dump runs.
    BackingUp {
        /// The file that will hold the backup.
        file: &'a Path,
    },
    /// Sent once the backup is complete and on disk.
    BackedUp {
        /// The backup.
        backup: &'a Backup,
    },
    /// Sent before anything runs where another tool's table is written too.
    Mirroring {
        /// Which one.
        mirror: &'a Mirror,
    },
    /// Sent once when the plan is known under the lock and holds at least one step.
    Planned {
        /// How many steps will run.
        steps: usize,
    },
    /// Sent when a step begins.
    Started {
        /// What the step does.
        action: Action,
        /// The migration concerned.
        label: Label<'a>,
    },
    /// Sent when a step and its record are committed.
    Done {
        /// What the step did.
        action: Action,
        /// The migration concerned.
        label: Label<'a>,
        /// From its first statement to its commit.
        took: Duration,
    },
    /// Sent while a statement waits for other sessions, once for each new set of them.
    Blocked {
        /// Who they are: pid, role, application, state and the first words of the statement.
        blocker: &'a str,
    },
    /// Sent before a step is tried again that could not get a lock.
    Retrying {
        /// What the step does.
        action: Action,
        /// The migration concerned.
        label: Label<'a>,
        /// The server's words.
        reason: &'a str,
        /// Who was in the way, as far as it was seen.
        blockers: &'a [String],
        /// How long until then.
        pause: Duration,
        /// How much longer it will be tried.
        left: Duration,
    },
    /// Sent for each notice or warning of the server.
    Notice {
        /// `NOTICE`, `WARNING`, …
        severity: &'a str,
        /// The server's words.
        message: &'a str,
    },
}

/// Whoever wants to know.
pub type Observer<'o> = &'o mut dyn FnMut(Event<'_>);
