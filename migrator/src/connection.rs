//! One connection, driven from the calling thread.
//!
//! The `postgres` crate is the same thing over tokio-postgres, but hides the stream of answers to a simple query.
//! We need it: the number of completed statements is what tells which statement of a message failed.
//! Only simple queries are sent, because an open portal of the extended protocol would hold back
//! `CREATE INDEX CONCURRENTLY` elsewhere. Waiting for a server that starts is `connect`; which
//! server it is and whether with TLS is `connection/dial`; what happens beside a statement under way is
//! `connection/attendant`.

mod attendant;
mod dial;
mod lookup;
#[cfg(not(feature = "tls"))]
mod no_tls;
#[cfg(feature = "tls")]
mod tls;
mod unreached;
mod watch;
mod wire;

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::{SinkExt, StreamExt};
use tokio::time::sleep;
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use crate::access::Host;
use crate::blocker::Blocker;
use crate::history::Fields;
use crate::interrupt::Interrupt;
use crate::placeholder::Filling;
use crate::server_error::{Answer, ServerError};
use attendant::Attendant;
use dial::Reached;
#[cfg(not(feature = "tls"))]
use no_tls as tls;
use wire::{EventLoop, Wire};

pub(crate) use dial::Dialer;
pub(crate) use unreached::{Outlook, Reason, Unreached};

/// A connection to a server.
pub(crate) struct Connection {
    event_loop: EventLoop,
    /// Gone only while the connection ends.
    client: Option<Client>,
    wire: Wire,
    attendant: Attendant,
    host: Host,
    /// What no answer may repeat.
    hidden: Filling,
}

/// What comes while a message is under way, in order.
pub(crate) enum Heard<'a> {
    /// A statement is completed.
    Completed {
        /// How many statements of the message were completed before it.
        count: usize,
        /// The first field of its last row.
        field: Option<&'a str>,
    },
    /// The server says something beside its answers.
    Notice {
        /// `NOTICE`, `WARNING`, …
        severity: &'a str,
        /// Its words.
        message: &'a str,
    },
    /// The statement waits for these sessions, none of which it waited for before, or no longer for all of them.
    Blocked(&'a [Blocker]),
}

/// Whoever wants to know what comes.
pub(crate) type Listener<'l> = &'l mut dyn FnMut(Heard<'_>);

/// A message that was not completed: how many of its statements were, and why the next was not.
#[derive(Clone, Debug)]
pub(crate) struct Incomplete {
    pub(crate) completed: usize,
    pub(crate) error: ServerError,
}

/// Whether a request is ended by an interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attendance {
    /// It may take long: an interrupt cancels it, and whoever blocks it is named.
    Attended,
    /// It is short and has to be done: nothing cancels it, and only a server that does not answer ends it.
    Undisturbed,
}

/// How much of a `COPY` block is handed over at once.
const COPY_CHUNK: usize = 64 * 1024;

impl Connection {
    /// Connects, once.
    pub(crate) fn open(dialer: &Dialer, interrupt: &Interrupt) -> Result<Self, Unreached> {
        let lost = |error: ServerError| Unreached::lost(dialer.shown(), &error.message());
        let event_loop = EventLoop::new().map_err(lost)?;
        let outcome = event_loop.run(async {
            match select(pin!(dialer.dial()), pin!(interrupt.requested())).await {
                Either::Left((outcome, _)) => Ok(outcome),
                Either::Right(_) => Err(ServerError::Lost("interrupted".to_owned())),
            }
        });
        let reached = outcome.map_err(lost)??;
        let Reached {
            client,
            wire,
            cancel,
            host,
            again,
        } = reached;
        Ok(Self {
            event_loop,
            client: Some(client),
            wire,
            attendant: Attendant::new(again, interrupt.clone(), cancel),
            host,
            hidden: Filling::default(),
        })
    }

    /// How to reach the very server once more to which this connection leads.
    pub(crate) const fn dialer(&self) -> &Dialer {
        self.attendant.dialer()
    }

    /// Which host of the list this connection leads to.
    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    /// Names whoever blocks an attended request of this session from now on.
    pub(crate) fn watch(&mut self, backend_pid: i32) {
        self.attendant.backend_pid = Some(backend_pid);
    }

    /// Keeps secrets out of every error from now on.
    pub(crate) fn hide(&mut self, secrets: Filling) {
        self.hidden = secrets;
    }

    /// Gives up each request of this connection that takes longer than this.
    pub(crate) fn limit(&mut self, patience: Duration) {
        self.attendant.patience = Some(patience);
    }

    /// Runs one or more statements and returns the rows of each, as text. An interrupt does not cancel it.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<Vec<Fields>>, ServerError> {
        self.read(sql, Attendance::Undisturbed, &mut |_| {})
    }

    /// The same for statements that may take long: an interrupt cancels them, and whoever blocks them is named.
    pub(crate) fn attend_query(
        &mut self,
        sql: &str,
        heard: Listener<'_>,
    ) -> Result<Vec<Vec<Fields>>, ServerError> {
        self.read(sql, Attendance::Attended, heard)
    }

    fn read(
        &mut self,
        sql: &str,
        attendance: Attendance,
        heard: Listener<'_>,
    ) -> Result<Vec<Vec<Fields>>, ServerError> {
        let mut results = Vec::new();
        let mut current = Vec::new();
        let mut legible = Ok(());
        self.answers(sql, attendance, heard, |answer, _| match answer {
            SimpleQueryMessage::Row(row) => match fields(&row) {
                Ok(fields) => current.push(fields),
                Err(error) => legible = Err(error),
            },
            SimpleQueryMessage::CommandComplete(_) => {
                results.push(std::mem::take(&mut current));
            }
            _ => {}
        })
        .map_err(|incomplete| incomplete.error)?;
        legible.map(|()| results)
    }

    /// Runs one or more statements of our own: short, and to be done in any case. An interrupt does not cancel them.
    /// Rows are read and dropped.
    pub(crate) fn execute(&mut self, sql: &str, heard: Listener<'_>) -> Result<(), Incomplete> {
        self.send(sql, Attendance::Undisturbed, heard)
    }

    /// The same for statements that may take long: an interrupt cancels them, and whoever blocks them is named.
    pub(crate) fn attend(&mut self, sql: &str, heard: Listener<'_>) -> Result<(), Incomplete> {
        self.send(sql, Attendance::Attended, heard)
    }

    fn send(
        &mut self,
        sql: &str,
        attendance: Attendance,
        heard: Listener<'_>,
    ) -> Result<(), Incomplete> {
        let mut count = 0;
        let mut row = None;
        self.answers(sql, attendance, heard, |answer, heard| match answer {
            SimpleQueryMessage::Row(fields) => row = Some(fields),
            SimpleQueryMessage::CommandComplete(_) => {
                // A row may have no field, as of `SELECT FROM f()`, or one that is no text in an encoding that a file set.
                let fields = row.take();
                let field = fields.as_ref().and_then(|fields| fields.try_get(0).ok()?);
                heard(Heard::Completed { count, field });
                count += 1;
            }
            _ => {}
        })
    }

    fn answers(
        &mut self,
        sql: &str,
        attendance: Attendance,
        heard: Listener<'_>,
        mut each: impl FnMut(SimpleQueryMessage, Listener<'_>),
    ) -> Result<(), Incomplete> {
        let heard = RefCell::new(heard);
        let mut completed = 0;
        let client = self.client.as_ref();
        let request = async {
            let client = client.ok_or_else(ended)?;
            let mut stream = pin!(client.simple_query_raw(sql).await?);
            while let Some(answer) = stream.next().await {
                let answer = answer?;
                completed += usize::from(matches!(answer, SimpleQueryMessage::CommandComplete(_)));
                each(answer, &mut **heard.borrow_mut());
            }
            Ok(())
        };
        let outcome = drive(
            &self.event_loop,
            &mut self.wire,
            &mut self.attendant,
            attendance,
            &heard,
            request,
        );
        outcome.map_err(|error| Incomplete {
            completed,
            error: self.hidden.redacted(error),
        })
    }

    /// Streams a `COPY … FROM stdin` block; attended.
    pub(crate) fn copy_in(
        &mut self,
        statement: &str,
        data: &str,
        heard: Listener<'_>,
    ) -> Result<(), ServerError> {
        let heard = RefCell::new(heard);
        let client = self.client.as_ref();
        let request = async {
            let client = client.ok_or_else(ended)?;
            let mut sink = pin!(client.copy_in::<_, Bytes>(statement).await?);
            for chunk in data.as_bytes().chunks(COPY_CHUNK) {
                sink.send(Bytes::copy_from_slice(chunk)).await?;
            }
            sink.finish().await?;
            Ok(())
        };
        let outcome = drive(
            &self.event_loop,
            &mut self.wire,
            &mut self.attendant,
            Attendance::Attended,
            &heard,
            request,
        );
        outcome.map_err(|error| self.hidden.redacted(error))
    }
}

impl Drop for Connection {
    /// Says goodbye; not where somebody wants us to end.
    fn drop(&mut self) {
        if self.attendant.is_asked_to_stop() {
            return;
        }
        let (client, wire) = (self.client.take(), &mut self.wire);
        let _ = self.event_loop.run(async {
            wire.end(client).await;
            Ok(())
        });
    }
}

fn ended() -> ServerError {
    ServerError::Lost("the connection has ended".to_owned())
}

/// The fields of a row. In a database without an encoding they may be no text.
fn fields(row: &SimpleQueryRow) -> Result<Fields, ServerError> {
    let text = |at| row.try_get(at).map(|field| field.map(str::to_owned));
    let fields: Result<Fields, tokio_postgres::Error> = (0..row.len()).map(text).collect();
    fields.map_err(|_| {
        let answer = Answer::new("22021", "the server sent text that is not UTF-8");
        ServerError::Answer(Box::new(answer))
    })
}

/// Runs a request to its end, or until its attendant gives up; the connection is over then.
fn drive<T>(
    event_loop: &EventLoop,
    wire: &mut Wire,
    attendant: &mut Attendant,
    attendance: Attendance,
    heard: &RefCell<Listener<'_>>,
    request: impl Future<Output = Result<T, ServerError>>,
) -> Result<T, ServerError> {
    let outcome = event_loop.run(async {
        let request = pin!(wire.carry(heard, request));
        let beside = pin!(attendant.beside(attendance, heard));
        match select(request, beside).await {
            Either::Left((outcome, _)) => Ok(outcome),
            Either::Right((given_up, _)) => Err(given_up),
        }
    });
    match outcome {
        Ok(outcome) => {
            let late = attendant.late(outcome.as_ref().err());
            event_loop.run(async {
                attendant.end_watching().await;
                if let Some(pause) = late {
                    sleep(pause).await;
                }
                Ok(())
            })?;
            outcome
        }
        Err(given_up) => {
            wire.close();
            Err(given_up)
        }
    }
}
