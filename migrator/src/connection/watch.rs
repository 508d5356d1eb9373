//! Who blocks a statement that waits: asked on a second connection, which lives as long as the statement at most and
//! is never in a transaction. That nobody can be asked is no reason to stop.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::dial::{Dialer, Reached};
use super::wire::Wire;
use super::{Heard, Listener};
use crate::blocker::{Blocker, words};
use crate::server_error::ServerError;

/// How long a statement is left alone, and the pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// How long connecting and asking may take: a pool without a free session would let us wait for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// The second connection.
pub(super) struct Watch {
    client: Client,
    wire: Wire,
}

impl Watch {
    /// Runs beside a request of the session with this pid, and never ends by itself. The connection is left in the
    /// place for it, because whoever runs this may stop at any time.
    pub(super) async fn keep(
        place: &mut Option<Self>,
        dialer: &Dialer,
        pid: i32,
        heard: &RefCell<Listener<'_>>,
    ) {
        sleep(PAUSE).await;
        let Err(error) = Self::look(place, dialer, pid, heard).await;
        log::debug!(
            "who blocks this session cannot be seen: {}",
            error.message()
        );
        pending::<()>().await;
    }

    async fn look(
        place: &mut Option<Self>,
        dialer: &Dialer,
        pid: i32,
        heard: &RefCell<Listener<'_>>,
    ) -> Result<Infallible, ServerError> {
        let Self { client, wire } = place.insert(Self::open(dialer).await?);
        let mut nobody = |_: Heard<'_>| {};
        let silent: RefCell<Listener<'_>> = RefCell::new(&mut nobody);
        let mut known = Vec::new();
        loop {
            let sql = blockers_of(pid);
            let asking = wire.carry(&silent, client.simple_query(&sql));
            let answers = in_time(async { asking.await.map_err(ServerError::from) }).await?;
            let blockers: Vec<Blocker> = answers
                .iter()
                .filter_map(|answer| match answer {
                    SimpleQueryMessage::Row(row) => Some(read(row)),
                    _ => None,
                })
                .collect();
            let pids: Vec<i32> = blockers.iter().map(|blocker| blocker.pid).collect();
            if pids != known && !pids.is_empty() {
                (heard.borrow_mut())(Heard::Blocked(&blockers));
            }
            known = pids;
            sleep(PAUSE).await;
        }
    }

    async fn open(dialer: &Dialer) -> Result<Self, ServerError> {
        let mut config = dialer.config().clone();
        let name = config.get_application_name().unwrap_or_default();
        let name = format!("{name} watch");
        config.application_name(name);
        let dialer = dialer.with_config(config);
        let dialing = async {
            let reached = dialer.dial().await;
            reached.map_err(|unreached| ServerError::Lost(unreached.message()))
        };
        let Reached { client, wire, .. } = in_time(dialing).await?;
        Ok(Self { client, wire })
    }

    /// Says goodbye.
    pub(super) async fn end(mut self) {
        self.wire.end(Some(self.client)).await;
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, ServerError>>) -> Result<T, ServerError> {
    match timeout(PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(ServerError::Lost(format!(
            "no answer within {} seconds",
            PATIENCE.as_secs()
        ))),
    }
}

fn blockers_of(pid: i32) -> String {
    format!(
        "SELECT b.pid, a.application_name, a.usename, a.state, \
         EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.state_change), \
         EXTRACT(epoch FROM pg_catalog.clock_timestamp() OPERATOR(pg_catalog.-) a.xact_start), a.query \
         FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids({pid})) AS pid) b \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) b.pid ORDER BY 1"
    )
}

fn read(row: &SimpleQueryRow) -> Blocker {
    let text = |at: usize| row.try_get(at).ok().flatten().unwrap_or_default();
    let time = |at: usize| {
        let seconds: f64 = text(at).parse().ok()?;
        Duration::try_from_secs_f64(seconds).ok()
    };
    Blocker {
        pid: text(0).parse().unwrap_or_default(),
        application: text(1).to_owned(),
        role: text(2).to_owned(),
        state: text(3).to_owned(),
        state_for: time(4),
        transaction_for: time(5),
        query: words(text(6)),
    }
}
