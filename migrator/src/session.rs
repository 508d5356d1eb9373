//! A connection that knows where its history is.
//!
//! The lock and the steps share one session, so whoever holds the lock knows that no earlier runner is still
//! executing. The lock itself is `session/lock.rs`.

mod ask;
mod guard;
mod holder;
mod lock;
mod rows;

use crate::access::Host;
use crate::compose::SETTLE;
use crate::connect;
use crate::connection::{Connection, Dialer, Incomplete};
use crate::error::{Error, Kind};
use crate::event::{Event, Observer};
use crate::history::{self, Applied, Entry, Fields, OpenStep, Probe, ServerRole, Undoable};
use crate::interrupt::interrupted;
use crate::pooler;
use crate::server_error::ServerError;
use crate::settings::{Database, Settings};

pub use guard::{Guard, LockRow};
pub use holder::Holder;
pub(crate) use lock::Locked;
pub use rows::Rows;

/// The oldest server that is supported: 13 brought `xid8` and `pg_current_xact_id`.
const OLDEST: u32 = 130_000;

/// One session with a server.
pub struct Session {
    pub(crate) connection: Connection,
    pub(crate) probe: Probe,
    settings: Settings,
    /// How to connect once more in the same way.
    dialer: Dialer,
    marking: Marking,
    settled: Settled,
}

/// Whether the session has the settings that no default may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    /// It has.
    Settled,
    /// Not yet: until it is known whose session this is, each message settles itself alone.
    Unsettled(Purpose),
}

/// Whether the mark that a session carries from its start came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marking {
    /// It did, or two connections have shown it: this is the session that we began.
    Kept,
    /// It did not: something stands between us and the server.
    Lost,
}

/// Whether a session will write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Reading only: a standby will do.
    Read,
    /// Migrations will run: a standby will not do.
    Write,
}

impl Session {
    /// Connects and finds the history. Reads only; creates nothing.
    pub fn open(
        settings: &Settings,
        purpose: Purpose,
        observer: Observer<'_>,
    ) -> Result<Self, Error> {
        let database = match purpose {
            Purpose::Read => &settings.database,
            Purpose::Write => settings.direct.as_ref().unwrap_or(&settings.database),
        };
        let ask = |connection: &mut Connection, mark: &str| {
            connection.query(&format!(
                "{}; {}; {}",
                settle_unless(&pooler::lacks(mark), purpose),
                pooler::ASK,
                history::probe(settings.history_schema.as_deref())
            ))
        };
        let connect::Connected {
            mut connection,
            greeting,
            dialer,
            mark,
        } = connect::connect(settings, database, ask, observer)?;
        let mut results =
            greeting.map_err(|error| failed(settings, "looking for the history", &error))?;
        let mut first_row = || results.pop().and_then(|rows| rows.into_iter().next());
        let probe = history::read_probe(&first_row().unwrap_or_default())?;
        let (marking, settled) = if first_row() == Some(vec![Some(mark)]) {
            (Marking::Kept, Settled::Settled)
        } else {
            (Marking::Lost, Settled::Unsettled(purpose))
        };
        connection.watch(probe.backend_pid);
        if probe.version < OLDEST {
            return Err(Error::new(
                Kind::Usage,
                format!("PostgreSQL {} is too old", probe.version_text),
            )
            .with_hint("Version 13 is the oldest that is supported."));
        }
        if purpose == Purpose::Write && probe.role == ServerRole::Standby {
            return Err(Error::new(Kind::Connection, format!("{} is a read-only standby", dialer.shown()))
                .with_hint("Connect to the primary; with several hosts, add `target_session_attrs=read-write`."));
        }
        observer(Event::Connected {
            server: &dialer.shown(),
            database: &probe.database,
            version: &probe.version_text,
        });
        if !probe.elsewhere.is_empty() {
            observer(Event::Elsewhere {
                schema: &probe.location.schema,
                schemas: &probe.elsewhere,
            });
        }
        Ok(Self {
            connection,
            probe,
            settings: settings.clone(),
            dialer,
            marking,
            settled,
        })
    }

    /// What this session was told.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where this session leads, if it writes.
    pub(crate) fn target(&self) -> &Database {
        let settings = &self.settings;
        settings.direct.as_ref().unwrap_or(&settings.database)
    }

    /// The server that it has reached.
    pub(crate) fn reached(&self) -> &Host {
        self.connection.host()
    }

    /// What this session knows about its server.
    #[must_use]
    pub const fn probe(&self) -> &Probe {
        &self.probe
    }

    /// Reads the history in order of version; empty when there is none yet.
    pub fn applied(&mut self) -> Result<Vec<Applied>, Error> {
        let sql = self.probe.location.read();
        Ok(self
            .rows("reading the history", sql)?
            .iter()
            .map(history::read_applied)
            .collect())
    }

    /// Reads the history in the order in which it was applied, with the kept down SQL.
    pub fn undoable(&mut self) -> Result<Vec<Undoable>, Error> {
        let sql = self.probe.location.read_undoable();
        Ok(self
            .rows("reading the history", sql)?
            .iter()
            .map(history::read_undoable)
            .collect())
    }

    /// Reads which versions are recorded as not for this environment; none where the role may not read the journal.
    pub fn skipped(&mut self) -> Result<Vec<i64>, Error> {
        let sql = self.probe.location.read_skipped();
        let rows = self.visible_rows("reading the journal", sql)?;
        Ok(rows
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.first()?.as_deref()?.parse().ok())
            .collect())
    }

    /// Reads the journal, oldest first.
    pub fn journal(&mut self) -> Result<Vec<Entry>, Error> {
        let sql = self.probe.location.read_journal();
        Ok(self
            .rows("reading the journal", sql)?
            .iter()
            .map(history::read_entry)
            .collect())
    }

    /// Reads the steps of unfinished scripts outside a transaction.
    pub fn open_steps(&mut self) -> Result<Vec<OpenStep>, Error> {
        let sql = self.probe.location.read_open_steps();
        Ok(self
            .rows("reading the steps", sql)?
            .iter()
            .map(history::read_open_step)
            .collect())
    }

    /// The rows of a query; none where what it asks of is not there.
    pub(crate) fn rows(&mut self, doing: &str, sql: Option<String>) -> Result<Vec<Fields>, Error> {
        self.read(sql)
            .map_err(|error| failed(&self.settings, doing, &error))
    }

    /// The same; `None` where the role may not read that.
    pub(crate) fn visible_rows(
        &mut self,
        doing: &str,
        sql: Option<String>,
    ) -> Result<Option<Vec<Fields>>, Error> {
        match self.read(sql) {
            Ok(rows) => Ok(Some(rows)),
            Err(error) if error.sqlstate() == Some("42501") => Ok(None),
            Err(error) => Err(failed(&self.settings, doing, &error)),
        }
    }

    fn read(&mut self, sql: Option<String>) -> Result<Vec<Fields>, ServerError> {
        let Some(sql) = sql else {
            return Ok(Vec::new());
        };
        let settle = self.settle();
        let mut results = self.connection.query(&format!("{settle}{sql}"))?;
        Ok(results.pop().unwrap_or_default())
    }

    /// Reads the answers to so many queries, the last of a message.
    pub(crate) fn answers(
        &mut self,
        doing: &str,
        sql: &str,
        count: usize,
    ) -> Result<Vec<Vec<Fields>>, Error> {
        let settle = self.settle();
        let mut results = self
            .connection
            .query(&format!("{settle}{sql}"))
            .map_err(|error| failed(&self.settings, doing, &error))?;
        Ok(results.split_off(results.len().saturating_sub(count)))
    }

    /// Whether the journal tells that this tool has been at work here.
    pub(crate) fn has_journal(&mut self) -> Result<bool, Error> {
        match self.probe.location.read_trace() {
            None => Ok(false),
            Some(sql) => self.says_true("reading the journal", &sql),
        }
    }

    /// Looks again where the history is; another runner may have created it since.
    pub(crate) fn refresh(&mut self) -> Result<(), Error> {
        let sql = history::probe(Some(&self.probe.location.schema));
        let rows = self.rows("looking for the history", Some(sql))?;
        self.probe = history::read_probe(rows.first().unwrap_or(&Fields::new()))?;
        Ok(())
    }

    /// What settles the next message. The session of a pool belongs to others too, and nobody resets it in transaction
    /// mode, so that nothing is set for longer than a message as long as it may be one.
    fn settle(&mut self) -> String {
        let Settled::Unsettled(purpose) = self.settled else {
            return String::new();
        };
        let local = match self.marking {
            Marking::Lost => "true",
            Marking::Kept => {
                self.settled = Settled::Settled;
                "false"
            }
        };
        format!("{}; ", settle_unless(local, purpose))
    }

    /// Fails when a pooler deals out another session for each transaction.
    fn refuse_pooler(&mut self) -> Result<(), Error> {
        if self.marking == Marking::Lost {
            pooler::refuse_turns(&mut self.connection, &self.dialer, &self.settings.interrupt)?;
            self.marking = Marking::Kept;
        }
        Ok(())
    }

    /// Creates the history tables where they are missing. Only under the lock.
    pub(crate) fn create_history(&mut self) -> Result<(), Error> {
        self.refresh()?;
        let Some(sql) = self.probe.location.create() else {
            return Ok(());
        };
        self.send(&format!("BEGIN READ WRITE; {sql}; COMMIT"))
            .map_err(|incomplete| {
                let _ = self.send("ROLLBACK");
                self.not_created(&incomplete.error)
            })?;
        self.refresh()
    }

    /// Why the history tables could not be created.
    pub(crate) fn not_created(&self, error: &ServerError) -> Error {
        let schema = &self.probe.location.schema;
        let failed = unexpected("creating the history tables", error);
        match error.sqlstate() {
            Some("42501") => failed.with_hint(format!(
                "Grant it: `GRANT CREATE ON SCHEMA \"{schema}\" TO …`, or name another with `--history-schema`."
            )),
            Some("3F000") => failed.with_hint(format!("Create it: `CREATE SCHEMA \"{schema}\"`.")),
            _ => failed,
        }
    }

    /// Sends statements whose answers do not matter.
    pub(crate) fn send(&mut self, sql: &str) -> Result<(), Incomplete> {
        self.connection.execute(sql, &mut |_| {})
    }
}

/// The same as [`SETTLE`], but only until the end of the message when a condition holds.
fn settle_unless(local: &str, purpose: Purpose) -> String {
    let settle = SETTLE.replacen("false", local, 1);
    match purpose {
        Purpose::Read => settle,
        Purpose::Write => format!(
            "{settle}; SELECT pg_catalog.set_config('default_transaction_read_only', 'off', {local})"
        ),
    }
}

/// An error of the server, or of a run that was asked to stop and did not wait for the server any longer.
pub(crate) fn failed(settings: &Settings, doing: &str, error: &ServerError) -> Error {
    if settings.interrupt.has_ended(error) {
        interrupted(&format!("while {doing}"))
    } else {
        unexpected(doing, error)
    }
}

/// An error of the server where none belongs to any migration.
pub(crate) fn unexpected(doing: &str, error: &ServerError) -> Error {
    let kind = if error.is_final() {
        Kind::Connection
    } else {
        Kind::Usage
    };
    let failed = Error::new(kind, format!("{doing} failed: {}", error.message()));
    match error {
        ServerError::Answer(answer) => {
            let failed = answer
                .detail
                .iter()
                .fold(failed, |failed, detail| failed.with_detail(detail.clone()));
            match (&answer.hint, answer.sqlstate.as_str()) {
                (Some(hint), _) => failed.with_hint(hint.clone()),
                (None, "42501") => {
                    failed.with_hint("Grant the role what it lacks, or connect as one that has it.")
                }
                (None, "22021") => failed.with_hint(
                    "A database whose encoding is SQL_ASCII holds any bytes. Make its names and definitions UTF-8, or \
                     move it to a database of encoding UTF8 with pg_dump.",
                ),
                (None, _) => failed,
            }
        }
        ServerError::Lost(_) => failed
            .with_hint("Run it again: what is committed is recorded, and nothing else happened."),
    }
}
