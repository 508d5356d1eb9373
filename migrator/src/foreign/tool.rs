//! The tools whose histories are known, by the names under which their users know them. Their tables are `detect`.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Kind};

/// A tool that keeps a history of migrations in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    /// Alembic, of SQLAlchemy.
    Alembic,
    /// Atlas.
    Atlas,
    /// dbmate.
    Dbmate,
    /// Diesel's `diesel_migrations`.
    Diesel,
    /// Django.
    Django,
    /// Flyway.
    Flyway,
    /// golang-migrate.
    GolangMigrate,
    /// goose.
    Goose,
    /// Knex.
    Knex,
    /// Liquibase.
    Liquibase,
    /// node-pg-migrate.
    NodePgMigrate,
    /// A hand-made `schema_migrations (migration_name, applied_at)`.
    Plain,
    /// Prisma Migrate.
    Prisma,
    /// Active Record, of Ruby on Rails.
    Rails,
    /// refinery, where its table is not the history that this program uses.
    Refinery,
    /// Sqitch.
    Sqitch,
    /// sqlx.
    Sqlx,
    /// tern.
    Tern,
}

impl Tool {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 18] = [
        Self::Alembic,
        Self::Atlas,
        Self::Dbmate,
        Self::Diesel,
        Self::Django,
        Self::Flyway,
        Self::GolangMigrate,
        Self::Goose,
        Self::Knex,
        Self::Liquibase,
        Self::NodePgMigrate,
        Self::Plain,
        Self::Prisma,
        Self::Rails,
        Self::Refinery,
        Self::Sqitch,
        Self::Sqlx,
        Self::Tern,
    ];

    /// The name, as on the command line, in `migrator.toml` and in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alembic => "alembic",
            Self::Atlas => "atlas",
            Self::Dbmate => "dbmate",
            Self::Diesel => "diesel",
            Self::Django => "django",
            Self::Flyway => "flyway",
            Self::GolangMigrate => "golang-migrate",
            Self::Goose => "goose",
            Self::Knex => "knex",
            Self::Liquibase => "liquibase",
            Self::NodePgMigrate => "node-pg-migrate",
            Self::Plain => "plain",
            Self::Prisma => "prisma",
            Self::Rails => "rails",
            Self::Refinery => "refinery",
            Self::Sqitch => "sqitch",
            Self::Sqlx => "sqlx",
            Self::Tern => "tern",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Tool {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = Self::ALL.into_iter().find(|tool| tool.name() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Error::new(Kind::Usage, format!("unknown tool \"{text}\""))
                .with_hint(format!("Name one of: {names}."))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_tool() {
        assert!(Tool::ALL.is_sorted_by_key(|tool| tool.name()));
        for tool in Tool::ALL {
            assert_eq!(tool.to_string().parse::<Tool>().ok(), Some(tool));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_those_that_there_are() {
        let error = "Flyway".parse::<Tool>().expect_err("names are lower case");
        assert_eq!(error.to_string(), "unknown tool \"Flyway\"");
        assert!(error.hint().is_some_and(|hint| hint.contains("flyway")));
    }
}
