//! A plan as one SQL script that `psql -f` accepts: what `plan --sql` prints. Pure.
//!
//! It does what the run would do, records included, and stops at the first error. The lock is tried once, because
//! psql cannot poll: a held lock ends the script by a division by zero before anything has happened.

use std::fmt::Write as _;

use crate::bundle::{Bundle, Kind, Mode, Script};
use crate::compose::{BEGIN, COMMIT, Composer, Flush, Preparation, RESET_ROLE, SETTLE};
use crate::history::{Probe, Recorder};
use crate::plan::{Plan, Step};
use crate::settings::{Settings, Transactions};

/// Writes the script of a plan.
#[must_use]
pub fn script(bundle: &Bundle, plan: &Plan<'_>, probe: &Probe, settings: &Settings) -> String {
    let recorder = Recorder::new(probe.location.clone(), "script", bundle);
    let composer = Composer {
        settings,
        recorder,
        version: probe.version,
        preparation: Preparation::Plain,
    };
    let mut out = String::from("\\set ON_ERROR_STOP on\n\n");
    line(&mut out, SETTLE);
    if plan.steps.is_empty() {
        out.push_str("-- Nothing to do.\n");
        return out;
    }
    let key = probe.location.lock_key;
    line(
        &mut out,
        &format!("SELECT 1 / pg_catalog.pg_try_advisory_lock({key})::int AS locked"),
    );
    if let Some(create) = probe.location.create() {
        line(&mut out, &format!("{BEGIN};\n{create};\n{COMMIT}"));
    }
    let single = settings.transactions == Transactions::Single;
    let last = plan.steps.len().saturating_sub(1);
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = write!(
            out,
            "\n-- {} {} {}\n",
            step.action().word(),
            step.version,
            step.name
        );
        let outside = step
            .script()
            .is_some_and(|script| script.mode == Mode::NoTransaction);
        if outside {
            line(&mut out, &composer.session_limits(step));
            step.script()
                .iter()
                .for_each(|script| body(&mut out, script));
        }
        if outside || !single || at == 0 {
            line(&mut out, BEGIN);
        }
        let limits = if outside {
            composer.record_limits(step, Flush::Now)
        } else {
            composer.limits(step, Flush::Now)
        };
        line(&mut out, &limits);
        if !outside {
            step.script()
                .iter()
                .for_each(|script| body(&mut out, script));
        }
        record(&mut out, &composer, step);
        if outside || !single || at == last {
            line(&mut out, COMMIT);
        }
    }
    out.push('\n');
    line(
        &mut out,
        &format!("SELECT pg_catalog.pg_advisory_unlock({key}) AS unlocked"),
    );
    out
}

fn record(out: &mut String, composer: &Composer<'_>, step: &Step<'_>) {
    for sql in RESET_ROLE {
        line(out, sql);
    }
    line(out, &composer.record(step));
    for sql in composer.reset() {
        line(out, sql);
    }
}

fn body(out: &mut String, script: &Script<'_>) {
    for statement in script.statements.iter() {
        let sql = script
            .sql
            .get(statement.start..statement.end)
            .unwrap_or_default();
        match statement.kind {
            Kind::CopyData => {
                out.push_str(sql);
                if !sql.is_empty() && !sql.ends_with('\n') {
                    out.push('\n');
                }
                out.push_str("\\.\n");
            }
            Kind::Name => {}
            Kind::Plain | Kind::Alone(_) | Kind::Copy | Kind::Begin | Kind::Commit => {
                line(out, sql);
            }
        }
    }
}

fn line(out: &mut String, sql: &str) {
    out.push_str(sql);
    out.push_str(";\n");
}
