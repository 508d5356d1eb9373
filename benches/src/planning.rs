//! How long it takes to plan: 10,000 migrations, 9,999 of them applied. Without a database, in this process.

use std::time::Instant;

use migrator::bundle::{Bundle, Migration as Baked, Proof};
use migrator::drift::Policies;
use migrator::history::Applied;
use migrator::{Target, baked, plan};

use crate::failure::{Failure, Outcome};
use crate::workload::Workload;

/// The times of some rounds, in milliseconds.
pub(crate) fn plan(rounds: usize) -> Outcome<Vec<f64>> {
    let migrations: Vec<Baked<'static>> = Workload::W10k
        .migrations()
        .into_iter()
        .map(|migration| {
            let version = i64::try_from(migration.version).unwrap_or(i64::MAX);
            let sql: &'static str = migration.sql.leak();
            let up = baked::transactional("", sql, &[], &[0; 32]);
            let checksum = version.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
            baked::versioned(
                version,
                migration.name.leak(),
                up,
                baked::ABSENT,
                vec![checksum].leak(),
            )
        })
        .collect();
    let bundle: Bundle = baked::bundle("migrations", migrations.leak(), &[0; 32], Proof::ABSENT);
    let known = bundle.migrations.len().saturating_sub(1);
    let applied: Vec<Applied> = bundle
        .migrations
        .iter()
        .take(known)
        .map(|migration| Applied {
            version: migration.version,
            name: migration.name.to_owned(),
            applied_on: "2026-01-12T09:30:00.000000Z".to_owned(),
            checksum: migration.checksum.to_string(),
        })
        .collect();
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            let plan = plan::up(
                &bundle,
                (&applied, plan::Ground::Taken),
                Target::Head,
                Policies::default(),
            )
            .map_err(|error| Failure::new(error.to_string()))?;
            let took = start.elapsed().as_secs_f64() * 1e3;
            if plan.steps.len() == 1 {
                Ok(took)
            } else {
                Err(Failure::new(format!(
                    "{} steps were planned",
                    plan.steps.len()
                )))
            }
        })
        .collect()
}
