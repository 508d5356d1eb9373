//! The thread that owns the session: it reads when somebody asks, at most once a second, and connects again, ever less
//! often, when the server goes away. Each statement is a transaction of its own, and no lock is taken.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::watch;
use tokio::time::timeout;

use super::comparison::Comparison;
use super::view::{Compared, Outage, View};
use crate::bundle::Bundle;
use crate::check;
use crate::connect::jittered;
use crate::elsewhere;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::history::Entry;
use crate::recognise::{Standing, stand};
use crate::session::{Purpose, Rows, Session};
use crate::settings::Settings;
use crate::status::{Status, pair, skipped};
use crate::verify::compare;

/// How long what was read is good for; longer where reading takes longer.
const FRESH: Duration = Duration::from_secs(1);
/// How much longer.
const EASE: u32 = 10;
/// The limit of that.
const STALE: Duration = Duration::from_secs(30);
/// How long whoever asks waits for the database.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the server may take to answer one question.
const ANSWER: Duration = Duration::from_secs(10);
/// The same for the whole schema.
const SCHEMA: Duration = Duration::from_mins(1);
/// How long it waits for a lock, in the server's words.
const LOCK: &str = "5s";
/// How long nothing is tried after the first failure; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(250);
/// The limit of that.
const LONGEST: Duration = Duration::from_secs(10);

/// What was read of the database.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// When.
    pub(crate) at: OffsetDateTime,
    /// How long it took, without comparing the schema.
    pub(crate) took: Duration,
    /// The database's name.
    pub(crate) database: String,
    /// The server's version, such as `15.8`.
    pub(crate) server: String,
    /// Where it stands.
    pub(crate) status: Status,
    /// What was done last, oldest first; `None` where the role may not read that.
    pub(crate) newest: Option<Vec<Entry>>,
    /// How many scripts were begun and not ended; `None` where the role may not read that.
    pub(crate) unfinished: Option<usize>,
    /// Why it is not where this program would bring it.
    pub(crate) refusal: Option<Error>,
    /// Whether the schema is as proven.
    pub(crate) compared: Compared,
}

/// Asks the thread that reads.
pub(super) struct Reader {
    wake: SyncSender<()>,
    seen: watch::Receiver<Seen>,
    work: Arc<Mutex<Work>>,
}

/// What the thread has seen.
#[derive(Clone, Debug, Default)]
struct Seen {
    view: View,
    /// Until when it is good.
    until: Option<Instant>,
}

/// What the thread does.
#[derive(Clone, Copy, Debug)]
enum Work {
    /// Nothing.
    Idle,
    /// It reads, and nothing else is known.
    Reading(Since),
    /// It compares the schema; what was read of the history holds.
    Comparing(Since),
}

/// When something began, for us and for people.
#[derive(Clone, Copy, Debug)]
struct Since {
    instant: Instant,
    at: OffsetDateTime,
}

impl Since {
    fn now() -> Self {
        Self {
            instant: Instant::now(),
            at: OffsetDateTime::now_utc(),
        }
    }
}

impl Reader {
    /// Starts the thread, which does nothing until it is asked.
    pub(super) fn start(bundle: &'static Bundle, settings: &Settings) -> Result<Self, Error> {
        let (wake, woken) = sync_channel(1);
        let (publish, seen) = watch::channel(Seen::default());
        let work = Arc::new(Mutex::new(Work::Idle));
        let mut source = Source {
            bundle,
            // Waiting is done here, so that whoever asks meanwhile is answered.
            settings: Settings {
                wait: Duration::ZERO,
                ..settings.clone()
            },
            publish,
            work: Arc::clone(&work),
            session: None,
            last: None,
            trouble: None,
        };
        thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || source.run(&woken))
            .map_err(|error| {
                Error::new(Kind::Usage, format!("a thread cannot be started: {error}"))
            })?;
        Ok(Self { wake, seen, work })
    }

    /// What is known of the database now: asked anew unless that was done a moment ago.
    pub(super) async fn view(&self) -> View {
        let work = *lock(&self.work);
        let mut seen = self.seen.clone();
        let known = seen.borrow_and_update().clone();
        let now = Instant::now();
        let whole = !known.view.is_being_compared();
        if whole && known.until.is_some_and(|until| now < until) {
            return known.view;
        }
        let begun = match work {
            Work::Comparing(_) if whole => return known.view,
            Work::Comparing(begun) | Work::Reading(begun) => begun,
            Work::Idle => Since::now(),
        };
        // A full channel has been asked already.
        let _ = self.wake.try_send(());
        let left = PATIENCE.saturating_sub(begun.instant.elapsed());
        if let Ok(Some(view)) = timeout(left, next(&mut seen)).await {
            return view;
        }
        let view = seen.borrow().view.clone();
        if view.is_being_compared() {
            return view;
        }
        unanswered(view, begun)
    }
}

/// What is seen next, with the schema; `None` when the thread has ended.
async fn next(seen: &mut watch::Receiver<Seen>) -> Option<View> {
    while seen.changed().await.is_ok() {
        let view = seen.borrow_and_update().view.clone();
        if !view.is_being_compared() {
            return Some(view);
        }
    }
    None
}

/// What is known while the server says nothing.
fn unanswered(mut view: View, begun: Since) -> View {
    view.outage.get_or_insert_with(|| Outage {
        since: begun.at,
        error: Error::new(
            Kind::Connection,
            format!(
                "the database has not answered for {} seconds",
                begun.instant.elapsed().as_secs()
            ),
        ),
    });
    view
}

fn lock(work: &Mutex<Work>) -> MutexGuard<'_, Work> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread's own: the session, and what it has read.
struct Source {
    bundle: &'static Bundle,
    settings: Settings,
    publish: watch::Sender<Seen>,
    work: Arc<Mutex<Work>>,
    session: Option<Session>,
    last: Option<Last>,
    trouble: Option<Trouble>,
}

/// What was read last.
struct Last {
    reading: Arc<Reading>,
    rows: Rows,
    comparison: Comparison,
}

/// The database cannot be read.
struct Trouble {
    outage: Outage,
    /// When it is tried again.
    again: Instant,
    pause: Duration,
}

impl Source {
    fn run(&mut self, woken: &Receiver<()>) {
        while woken.recv().is_ok() {
            // Whoever asked while it was reading has been answered by that.
            let good = self.publish.borrow().until;
            if good.is_some_and(|until| Instant::now() < until) {
                continue;
            }
            *lock(&self.work) = Work::Reading(Since::now());
            self.look();
            *lock(&self.work) = Work::Idle;
        }
    }

    fn look(&mut self) {
        let early = |trouble: &Trouble| Instant::now() < trouble.again;
        if self.trouble.as_ref().is_some_and(early) {
            return self.show();
        }
        match self.read() {
            Ok(()) => self.recover(),
            Err(error) => self.fail(error),
        }
        self.show();
    }

    /// Lets everybody who asks see what is known.
    fn show(&self) {
        let reading = self.last.as_ref().map(|last| Arc::clone(&last.reading));
        let took = reading
            .as_ref()
            .map_or(FRESH, |reading| reading.took * EASE);
        let good = match &self.trouble {
            None => took.clamp(FRESH, STALE),
            Some(_) => PAUSE,
        };
        self.publish.send_replace(Seen {
            view: View {
                reading,
                outage: self.trouble.as_ref().map(|it| it.outage.clone()),
            },
            until: Some(Instant::now() + good),
        });
    }

    fn recover(&mut self) {
        if self.trouble.take().is_some() {
            log::warn!("the database can be read again");
        }
    }

    fn fail(&mut self, error: Error) {
        self.session = None;
        let begun = match *lock(&self.work) {
            Work::Reading(begun) | Work::Comparing(begun) => begun,
            Work::Idle => Since::now(),
        };
        let (since, pause) = match self.trouble.take() {
            None => {
                log::warn!("the database cannot be read: {error}");
                (begun.at, PAUSE)
            }
            Some(trouble) => (trouble.outage.since, (trouble.pause * 2).min(LONGEST)),
        };
        self.trouble = Some(Trouble {
            outage: Outage { since, error },
            again: Instant::now() + jittered(pause),
            pause,
        });
    }

    /// Reads by the session that there is, or by a new one: the old one may have ended while nobody asked.
    fn read(&mut self) -> Result<(), Error> {
        if let Some(session) = self.session.take() {
            match self.read_by(session) {
                Err(error) if error.kind() == Kind::Connection => {
                    log::info!("connecting again: {error}");
                }
                outcome => return outcome,
            }
        }
        let mut session = Session::open(&self.settings, Purpose::Read, &mut |event| {
            if let Event::Elsewhere { schema, schemas } = event {
                log::warn!("{}", elsewhere::told(schema, schemas));
            }
        })?;
        session.bound(LOCK)?;
        self.read_by(session)
    }

    fn read_by(&mut self, mut session: Session) -> Result<(), Error> {
        let begun = Instant::now();
        session.connection.limit(ANSWER);
        session.refresh()?;
        let standing = stand(&mut session, self.bundle, &mut |_| {})?;
        let skipped = skipped(&mut session, self.bundle, &standing.rows.applied)?;
        let newest = session.newest()?;
        let refusal = check::refuse(self.bundle, &standing, &self.settings).err();
        let mirror = session.visible_mirror()?;
        let Standing { rows, class } = standing;
        let status = Status {
            mirror,
            ..pair(self.bundle, &rows, class).with_skipped(&skipped)
        };
        let unfinished = || status.rows.iter().filter(|row| row.unfinished.is_some());
        let probe = session.probe();
        let reading = Reading {
            at: OffsetDateTime::now_utc(),
            took: begun.elapsed(),
            database: probe.database.clone(),
            server: probe.version_text.clone(),
            unfinished: rows.open.as_ref().map(|_| unfinished().count()),
            status,
            newest,
            refusal,
            compared: Compared::Off,
        };
        self.compare(session, reading, rows)
    }

    /// Keeps what was read, and compares the schema with the proof where that is due. How the history stands is seen
    /// before, because that may take long: a view cannot be read while another session holds its table.
    fn compare(&mut self, mut session: Session, reading: Reading, rows: Rows) -> Result<(), Error> {
        let verify = self.settings.verify;
        let known = self.last.as_ref().filter(|last| last.rows == rows);
        let comparison =
            known.map_or_else(|| Comparison::new(verify), |last| last.comparison.clone());
        if !comparison.is_due() {
            self.keep(reading, rows, comparison);
            self.session = Some(session);
            return Ok(());
        }
        self.keep(reading.clone(), rows.clone(), comparison.clone());
        self.recover();
        self.show();
        let begun = Since::now();
        *lock(&self.work) = Work::Comparing(begun);
        session.connection.limit(SCHEMA);
        let outcome = compare(&mut session, self.bundle, &rows, &mut |_| {});
        let lost = matches!(&outcome, Err(error) if error.kind() == Kind::Connection);
        if lost && begun.instant.elapsed() < SCHEMA {
            // What was read before has held until now.
            *lock(&self.work) = Work::Reading(Since::now());
            return outcome.map(|_| ());
        }
        let outcome = outcome.map_err(|error| incomparable(&error));
        self.keep(reading, rows, comparison.then(outcome, verify));
        self.session = (!lost).then_some(session);
        Ok(())
    }

    fn keep(&mut self, mut reading: Reading, rows: Rows, comparison: Comparison) {
        reading.compared = comparison.known.clone();
        self.last = Some(Last {
            reading: Arc::new(reading),
            rows,
            comparison,
        });
    }
}

/// Nothing is known of the schema, and the database can be read all the same.
fn incomparable(error: &Error) -> Error {
    let why = match error.kind() {
        Kind::Connection => format!("no answer within {} seconds", SCHEMA.as_secs()),
        _ => error.to_string(),
    };
    let failed = format!("the schema could not be compared with the proof: {why}");
    log::warn!("{failed}");
    Error::new(Kind::Usage, failed)
        .with_hint("`migrator verify` does the same, and names whoever is in the way.")
}
