//! What the files of each tool mean, one file a tool. `numbered` is what many of them have in common.

pub(super) mod alembic;
pub(super) mod atlas;
pub(super) mod code;
pub(super) mod dbmate;
pub(super) mod diesel;
pub(super) mod django;
pub(super) mod drizzle;
pub(super) mod flyway;
pub(super) mod golang_migrate;
pub(super) mod goose;
pub(super) mod graphile;
pub(super) mod liquibase;
pub(super) mod node_pg_migrate;
mod numbered;
pub(super) mod plain;
pub(super) mod prisma;
pub(super) mod rails;
pub(super) mod refinery;
mod revision;
pub(super) mod sqitch;
pub(super) mod sql_migrate;
pub(super) mod sqlx;
pub(super) mod tern;
