//! What the tests share: a database each, made-up histories, the programs that run them, and how they are shown.

mod authority;
mod call;
mod database;
mod dead;
mod history;
mod pool;
mod role;
mod running;
mod secure;
mod served;
mod server;
mod shown;

pub(crate) use authority::{Authority, Issued, self_signed};
pub(crate) use call::{Call, Ran, migrator};
pub(crate) use database::{Database, SLEEPING, unique};
pub(crate) use dead::Dead;
pub(crate) use history::History;
pub(crate) use pool::{Pool, PoolMode};
pub(crate) use role::Role;
pub(crate) use running::Running;
pub(crate) use secure::{Secure, private};
pub(crate) use served::{Answer, Served};
pub(crate) use server::server;
pub(crate) use shown::assert_shown;
