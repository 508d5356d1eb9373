//! refinery's `Runner` on our session: its files, checksums, history table and rules of comparison, with our lock,
//! transactions and journal underneath.
//!
//! refinery's own driver commits a migration and its history row in two transactions and takes no lock; this one
//! overrides `migrate`, so none of that code runs.

use refinery::Migration as RefineryMigration;
use refinery::error::WrapMigrationError;
use refinery::{Report as RefineryReport, Runner, Target as RefineryTarget};
use refinery_core::Migrate;
use refinery_core::traits::sync::{Query, Transaction};

use crate::backup;
use crate::bundle::{
    Bundle, Down, Kind as StatementKind, Limits, Migration, Mode, Order, Script, Statement,
    Statements,
};
use crate::drift::{compare, refuse_stranded};
use crate::environment;
use crate::error::{Error, Kind};
use crate::event::Event;
use crate::history::HISTORY;
use crate::plan::{self, Plan, Step, Work};
use crate::run::run;
use crate::server_error::ServerError;
use crate::session::{Locked, Session};

/// A session that carries out what a refinery `Runner` asks for.
pub struct Driver<'d> {
    session: &'d mut Session,
    bundle: &'d Bundle,
}

impl Bundle {
    /// A refinery `Runner` over the same migrations.
    pub fn runner(&self) -> Result<Runner, Error> {
        let migrations: Result<Vec<_>, _> = self.migrations.iter().map(as_refinery).collect();
        let migrations = migrations.map_err(|error| {
            Error::new(Kind::Usage, format!("refinery refuses the bundle: {error}"))
        })?;
        Ok(Runner::new(&migrations))
    }
}

impl<'d> Driver<'d> {
    /// A driver over a session. What the bundle knows about a migration (its statements, whether it runs in a
    /// transaction, its down SQL) is used where the version and text are the same; others run as one transaction.
    pub fn new(session: &'d mut Session, bundle: &'d Bundle) -> Self {
        Self { session, bundle }
    }
}

impl Transaction for Driver<'_> {
    type Error = Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Error> {
        let queries: Vec<&str> = queries.collect();
        let sql = format!("BEGIN; {}\n; COMMIT", queries.join("\n;"));
        match self.session.send(&sql) {
            Ok(()) => Ok(queries.len()),
            Err(incomplete) => {
                let _ = self.session.send("ROLLBACK");
                Err(said(&incomplete.error))
            }
        }
    }
}

impl Query<Vec<RefineryMigration>> for Driver<'_> {
    fn query(&mut self, _: &str) -> Result<Vec<RefineryMigration>, Error> {
        let applied = self.session.applied()?;
        let covered: Vec<i64> = compare(self.bundle, &applied)
            .covered
            .iter()
            .map(|row| row.version)
            .collect();
        Ok(applied
            .into_iter()
            // refinery would miss their files.
            .filter(|row| !covered.contains(&row.version))
            .map(|row| {
                let known =
                    plan::find(self.bundle, row.version).filter(|migration| row.is(migration));
                // Ours accepts every spelling of the same text, refinery one: it is shown its own.
                if let Some(mut migration) = known.and_then(|known| as_refinery(known).ok()) {
                    migration.set_applied();
                    return migration;
                }
                // The time is only displayed.
                let epoch = time::OffsetDateTime::UNIX_EPOCH;
                RefineryMigration::applied(
                    row.version,
                    row.name,
                    epoch,
                    row.checksum.parse().unwrap_or(0),
                )
            })
            .collect())
    }
}

fn as_refinery(migration: &Migration<'_>) -> Result<RefineryMigration, refinery::Error> {
    let stem = migration
        .up
        .file
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .trim_end_matches(".sql");
    RefineryMigration::unapplied(stem, migration.up.sql)
}

impl Migrate for Driver<'_> {
    fn assert_migrations_table(&mut self, _: &str) -> Result<usize, refinery::Error> {
        self.session
            .create_history()
            .map(|()| 0)
            .migration_err("creating the history tables", None)
    }

    fn migrate(
        &mut self,
        migrations: &[RefineryMigration],
        abort_divergent: bool,
        abort_missing: bool,
        _grouped: bool,
        target: RefineryTarget,
        table: &str,
    ) -> Result<RefineryReport, refinery::Error> {
        if table != HISTORY {
            let error = Error::new(
                Kind::Usage,
                format!("the history table is always \"{HISTORY}\""),
            )
            .with_hint("Choose another schema with `Settings::history_schema` instead.");
            return Err(error).migration_err("unsupported history table", None);
        }
        let locked = self
            .session
            .lock(&mut log_event, &mut |_| Ok(false))
            .migration_err("taking the lock", None)?;
        debug_assert_eq!(locked, Locked::Held);
        // Somebody may have turned a mirror on or off while we waited.
        let result = self
            .session
            .refresh()
            .and_then(|()| self.refuse_stranded())
            .migration_err("comparing the history", None)
            .and_then(|()| self.unapplied(migrations, abort_divergent, abort_missing, table))
            .and_then(|unapplied| self.apply(unapplied, target));
        self.session.unlock();
        result
    }
}

impl Driver<'_> {
    /// refinery knows nothing of baselines, and would begin after them on a database that has none of it.
    fn refuse_stranded(&mut self) -> Result<(), Error> {
        let applied = self.session.applied()?;
        refuse_stranded(self.bundle, &applied, i64::MAX)
    }

    fn unapplied(
        &mut self,
        migrations: &[RefineryMigration],
        abort_divergent: bool,
        abort_missing: bool,
        table: &str,
    ) -> Result<Vec<RefineryMigration>, refinery::Error> {
        self.get_unapplied_migrations(migrations, abort_divergent, abort_missing, table)
    }

    fn apply(
        &mut self,
        unapplied: Vec<RefineryMigration>,
        target: RefineryTarget,
    ) -> Result<RefineryReport, refinery::Error> {
        let wanted: Vec<RefineryMigration> = unapplied
            .into_iter()
            .filter(|migration| match target {
                RefineryTarget::Version(last) | RefineryTarget::FakeVersion(last) => {
                    migration.version() <= last
                }
                RefineryTarget::Latest | RefineryTarget::Fake => true,
            })
            .collect();
        let fake = matches!(
            target,
            RefineryTarget::Fake | RefineryTarget::FakeVersion(_)
        );
        let tables: Vec<Vec<u8>> = wanted
            .iter()
            .map(|migration| whole(migration.sql().unwrap_or_default()))
            .collect();
        let checksums: Vec<[u64; 1]> = wanted
            .iter()
            .map(|migration| [migration.checksum()])
            .collect();
        let foreign: Vec<Migration<'_>> = wanted
            .iter()
            .zip(tables.iter().zip(&checksums))
            .map(|(migration, (table, checksum))| foreign(migration, table, checksum))
            .collect();
        let steps = foreign
            .iter()
            .map(|foreign| {
                let baked = plan::find(self.bundle, foreign.version).filter(|baked| {
                    baked.name == foreign.name && baked.accepted.contains(&foreign.checksum)
                });
                let migration: &Migration<'_> = baked.unwrap_or(foreign);
                let work = if fake {
                    Work::Stamp(migration)
                } else {
                    Work::Apply(migration)
                };
                Step {
                    version: Some(migration.version),
                    name: migration.name,
                    work,
                }
            })
            .collect();
        let mut applied = wanted.clone();
        let environment = self.session.settings().environment.clone();
        let plan = environment::choose(self.bundle, Plan { steps }, environment.as_deref())
            .migration_err("choosing by environment", None)?;
        backup::before_plan(self.session, self.bundle, &plan, &mut log_event)
            .migration_err("backing up", None)?;
        run(self.session, self.bundle, &plan, &mut log_event)
            .inspect_err(|error| applied.truncate(error.report().steps.len()))
            .migration_err("error applying migrations", Some(&applied))?;
        wanted.clone_into(&mut applied);
        applied.iter_mut().for_each(RefineryMigration::set_applied);
        Ok(RefineryReport::new(if fake { Vec::new() } else { applied }))
    }
}

/// A migration that only refinery knows, as one statement in a transaction.
fn foreign<'a>(
    migration: &'a RefineryMigration,
    table: &'a [u8],
    checksum: &'a [u64; 1],
) -> Migration<'a> {
    Migration {
        version: migration.version(),
        name: migration.name(),
        order: if migration.prefix().to_string() == "U" {
            Order::Unordered
        } else {
            Order::Versioned
        },
        up: Script {
            file: migration.name(),
            sql: migration.sql().unwrap_or_default(),
            mode: Mode::Transaction,
            limits: Limits::default(),
            statements: Statements::from_table(table),
            sha256: [0; 32],
        },
        down: Down::Absent,
        verify: None,
        only: &[],
        checksum: checksum[0],
        accepted: checksum,
    }
}

fn whole(sql: &str) -> Vec<u8> {
    Statement {
        start: 0,
        end: sql.len(),
        kind: StatementKind::Plain,
    }
    .entry()
    .to_vec()
}

fn said(error: &ServerError) -> Error {
    crate::session::unexpected("running a statement of refinery", error)
}

fn log_event(event: Event<'_>) {
    log::info!("{event:?}");
}
