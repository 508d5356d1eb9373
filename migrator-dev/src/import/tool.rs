//! The tools whose folders are known, and which file reads which.

use clap::ValueEnum;

use super::change::Changes;
use super::source::Source;
use super::tools::{
    alembic, atlas, code, dbmate, diesel, django, drizzle, flyway, golang_migrate, goose, graphile,
    liquibase, node_pg_migrate, plain, prisma, rails, refinery, sqitch, sql_migrate, sqlx, tern,
};

/// A tool that keeps migrations in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    Alembic,
    Atlas,
    Dbmate,
    Diesel,
    Django,
    Drizzle,
    Flyway,
    GolangMigrate,
    Goose,
    GraphileMigrate,
    Knex,
    Liquibase,
    NodePgMigrate,
    /// Files that begin with a number or have an order by name
    Plain,
    Prisma,
    Rails,
    Refinery,
    SqlMigrate,
    Sqitch,
    Sqlx,
    Tern,
}

impl Tool {
    /// As on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The table of its history, where it has a name that nothing else has.
    pub(crate) fn table(self) -> Option<&'static str> {
        Some(match self {
            Self::Alembic => "alembic_version",
            Self::Atlas => "atlas_schema_revisions",
            Self::Dbmate | Self::GolangMigrate | Self::Rails => "schema_migrations",
            Self::Diesel => "__diesel_schema_migrations",
            Self::Django => "django_migrations",
            Self::Drizzle => "__drizzle_migrations",
            Self::Flyway => "flyway_schema_history",
            Self::Goose => "goose_db_version",
            Self::Knex => "knex_migrations",
            Self::Liquibase => "databasechangelog",
            Self::NodePgMigrate => "pgmigrations",
            Self::Prisma => "_prisma_migrations",
            Self::SqlMigrate => "gorp_migrations",
            Self::Sqlx => "_sqlx_migrations",
            Self::GraphileMigrate | Self::Plain | Self::Refinery | Self::Sqitch | Self::Tern => {
                return None;
            }
        })
    }

    /// What a folder of this tool holds.
    pub(crate) fn read(self, source: &Source) -> Changes {
        match self {
            Self::Alembic => alembic::read(source),
            Self::Atlas => atlas::read(source),
            Self::Dbmate => dbmate::read(source),
            Self::Diesel => diesel::read(source),
            Self::Django => django::read(source),
            Self::Drizzle => drizzle::read(source),
            Self::Flyway => flyway::read(source),
            Self::GolangMigrate => golang_migrate::read(source),
            Self::Goose => goose::read(source),
            Self::GraphileMigrate => graphile::read(source),
            Self::Knex => code::knex(source),
            Self::Liquibase => liquibase::read(source),
            Self::NodePgMigrate => node_pg_migrate::read(source),
            Self::Plain => plain::read(source),
            Self::Prisma => prisma::read(source),
            Self::Rails => rails::read(source),
            Self::Refinery => refinery::read(source),
            Self::SqlMigrate => sql_migrate::read(source),
            Self::Sqitch => sqitch::read(source),
            Self::Sqlx => sqlx::read(source),
            Self::Tern => tern::read(source),
        }
    }
}
