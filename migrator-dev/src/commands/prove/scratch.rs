//! A database of its own for a run, gone afterwards, and what is done in it by the engine.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use migrator::drift::{Late, Unknown};
use migrator::placeholder::Values;
use migrator::session::{Purpose, Session};
use migrator::settings::{Database, Settings};
use migrator::snapshot::{Extra, Scope, Snapshot};
use migrator::{Bundle, Error, Interrupt, Target};

use super::place::Place;
use crate::failure::Failure;

/// Nobody else is in the database, so a lock that cannot be had soon is the migration's own doing.
const PATIENCE: Duration = Duration::from_secs(10);

/// An empty database, until something is run in it.
pub(super) struct Scratch<'p> {
    place: &'p Place,
    name: String,
    url: String,
    settings: Settings,
    scope: Scope,
    /// Kept for reading the schema again and again.
    reader: Option<Session>,
}

impl<'p> Scratch<'p> {
    pub(super) fn create(
        place: &'p Place,
        scope: Scope,
        values: &Values,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let name = format!(
            "migrator_prove_{:016x}",
            RandomState::new().build_hasher().finish()
        );
        administrate(place, &format!("CREATE DATABASE {name} TEMPLATE template0")).map_err(
            |error| {
                Failure::new("could not create a scratch database")
                    .detail(said(&error))
                    .hint("The role needs CREATEDB; or leave out --url: then a server is started.")
            },
        )?;
        let url = place.url(Some(&name));
        // From here on it is dropped whatever happens.
        let database = Database::from_url(&url);
        let mut scratch = Self {
            place,
            name,
            url,
            settings: Settings::new(Database::from_url("host=localhost dbname=none")?),
            scope,
            reader: None,
        };
        let mut settings = Settings::new(database?);
        settings.lock_retry_for = PATIENCE;
        settings.interrupt = interrupt.clone();
        settings.placeholders = values.clone();
        scratch.settings = settings;
        Ok(scratch)
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Applies what is pending, up to a target.
    pub(super) fn up(&mut self, bundle: &Bundle, target: Target) -> Result<usize, Error> {
        migrator::up(bundle, &self.settings, target, &mut |_| {}).map(|report| report.steps.len())
    }

    /// Applies what is pending, late ones too.
    pub(super) fn up_late(&mut self, bundle: &Bundle) -> Result<(), Error> {
        let mut settings = self.settings.clone();
        settings.policies.late = Late::Apply;
        // The rows and tables that a test brings before the first migration are no reason to stop.
        settings.policies.unknown = Unknown::Accept;
        migrator::up(bundle, &settings, Target::Head, &mut |_| {}).map(drop)
    }

    /// Undoes the newest migration.
    pub(super) fn down(&mut self, bundle: &Bundle) -> Result<(), Error> {
        migrator::down(bundle, &self.settings, Target::Back(1), &mut |_| {}).map(drop)
    }

    /// The schema as it is now, as far as the settings count it.
    pub(super) fn snapshot(&mut self) -> Result<Snapshot, Error> {
        let scope = self.scope.clone();
        self.snapshot_of(&scope)
    }

    /// The schema as it is now, with comments and grants.
    pub(super) fn whole_snapshot(&mut self) -> Result<Snapshot, Error> {
        let scope = Scope {
            extras: vec![Extra::Comments, Extra::Grants],
            ..self.scope.clone()
        };
        self.snapshot_of(&scope)
    }

    fn snapshot_of(&mut self, scope: &Scope) -> Result<Snapshot, Error> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => Session::open(&self.settings, Purpose::Read, &mut |_| {})?,
        };
        self.reader.insert(reader).snapshot(scope, &mut |_| {})
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        self.reader = None;
        // A server that is gone took the database with it; one of ours is removed as a whole.
        let _ = administrate(
            self.place,
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

fn administrate(place: &Place, sql: &str) -> Result<(), postgres::Error> {
    postgres::Client::connect(&place.url(None), postgres::NoTls)?.batch_execute(sql)
}

/// What the server, or the network, said.
pub(super) fn said(error: &postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |answer| answer.message().to_owned())
}
