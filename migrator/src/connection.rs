//! One connection, driven from the calling thread.
//!
//! The `postgres` crate is the same thing over tokio-postgres, but hides the stream of answers to a simple query.
//! We need it: the number of completed statements is what tells which statement of a message failed.
//! Only simple queries are sent, because an open portal of the extended protocol would hold back
//! `CREATE INDEX CONCURRENTLY` elsewhere. Waiting for a server that starts is `connect`.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::runtime::Runtime;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls, SimpleQueryMessage, Socket};

use crate::history::Fields;
use crate::server_error::ServerError;

/// A connection to a server.
pub(crate) struct Connection {
    runtime: Runtime,
    client: Client,
    wire: Wire,
}

/// The reading and writing side, which tokio-postgres leaves to its user to poll.
struct Wire {
    /// Dropped when the connection ends, which is what tells a waiting request that no answer will come.
    inner: Option<tokio_postgres::Connection<Socket, NoTlsStream>>,
    notices: VecDeque<Notice>,
}

/// A notice or warning of the server.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) severity: String,
    pub(crate) message: String,
}

/// A message that was not completed: how many of its statements were, and why the next was not.
#[derive(Clone, Debug)]
pub(crate) struct Incomplete {
    pub(crate) completed: usize,
    pub(crate) error: ServerError,
}

/// How much of a `COPY` block is handed over at once.
const COPY_CHUNK: usize = 64 * 1024;

impl Connection {
    /// Connects, once.
    pub(crate) fn open(config: &Config) -> Result<Self, ServerError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ServerError::Lost(format!("no event loop: {error}")))?;
        let (client, inner) = runtime.block_on(config.connect(NoTls))?;
        Ok(Self {
            runtime,
            client,
            wire: Wire {
                inner: Some(inner),
                notices: VecDeque::new(),
            },
        })
    }

    /// Runs one or more statements and returns the rows of each, as text.
    pub(crate) fn query(&mut self, sql: &str) -> Result<Vec<Vec<Fields>>, ServerError> {
        let mut results = Vec::new();
        let mut current = Vec::new();
        self.answers(sql, |answer| match answer {
            SimpleQueryMessage::Row(row) => {
                let fields = (0..row.len())
                    .map(|at| row.get(at).map(str::to_owned))
                    .collect();
                current.push(fields);
            }
            SimpleQueryMessage::CommandComplete(_) => results.push(std::mem::take(&mut current)),
            _ => {}
        })
        .map_err(|incomplete| incomplete.error)?;
        Ok(results)
    }

    /// Runs one or more statements, and tells each completion as it comes, with the first field of the statement's
    /// last row. Rows are read and dropped.
    pub(crate) fn execute(
        &mut self,
        sql: &str,
        mut completed: impl FnMut(usize, Option<&str>),
    ) -> Result<(), Incomplete> {
        let mut count = 0;
        let mut row = None;
        self.answers(sql, |answer| match answer {
            SimpleQueryMessage::Row(fields) => row = Some(fields),
            SimpleQueryMessage::CommandComplete(_) => {
                // A row may have no field, as of `SELECT FROM f()`, or one that is no text in an encoding that a file set.
                let fields = row.take();
                let first = fields.as_ref().and_then(|fields| fields.try_get(0).ok()?);
                completed(count, first);
                count += 1;
            }
            _ => {}
        })
    }

    fn answers(
        &mut self,
        sql: &str,
        mut each: impl FnMut(SimpleQueryMessage),
    ) -> Result<(), Incomplete> {
        let Self {
            runtime,
            client,
            wire,
        } = self;
        let mut completed = 0;
        let outcome = wire.drive(runtime, async {
            let mut stream = pin!(client.simple_query_raw(sql).await?);
            while let Some(answer) = stream.next().await {
                let answer = answer?;
                completed += usize::from(matches!(answer, SimpleQueryMessage::CommandComplete(_)));
                each(answer);
            }
            Ok(())
        });
        outcome.map_err(|error| Incomplete { completed, error })
    }

    /// Streams a `COPY … FROM stdin` block.
    pub(crate) fn copy_in(&mut self, statement: &str, data: &str) -> Result<(), ServerError> {
        let Self {
            runtime,
            client,
            wire,
        } = self;
        wire.drive(runtime, async {
            let mut sink = pin!(client.copy_in::<_, Bytes>(statement).await?);
            for chunk in data.as_bytes().chunks(COPY_CHUNK) {
                sink.send(Bytes::copy_from_slice(chunk)).await?;
            }
            sink.finish().await.map(|_| ())
        })
    }

    /// Takes the notices that came since the last call.
    pub(crate) fn notices(&mut self) -> VecDeque<Notice> {
        std::mem::take(&mut self.wire.notices)
    }
}

impl Wire {
    /// Runs a request to its end while reading and writing for it.
    fn drive<T>(
        &mut self,
        runtime: &Runtime,
        request: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ServerError> {
        let mut request = pin!(request);
        let outcome = runtime.block_on(poll_fn(|context| {
            self.turn(context);
            request.as_mut().poll(context)
        }));
        outcome.map_err(ServerError::from)
    }

    /// Reads what has come and writes what is waiting. A lost connection is remembered, not returned: the request
    /// that waits for an answer learns the reason, which may be the server's last words.
    fn turn(&mut self, context: &mut Context<'_>) {
        while let Some(inner) = &mut self.inner {
            match inner.poll_message(context) {
                Poll::Ready(Some(Ok(AsyncMessage::Notice(notice)))) => {
                    self.notices.push_back(Notice {
                        severity: notice.severity().to_owned(),
                        message: notice.message().to_owned(),
                    });
                }
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    log::debug!("the connection ended: {error}");
                    self.inner = None;
                }
                Poll::Ready(None) => self.inner = None,
                Poll::Pending => return,
            }
        }
    }
}
