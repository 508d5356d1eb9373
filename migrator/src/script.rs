//! A plan as one SQL script that `psql -f` accepts: what `plan --sql` prints. Pure.
//!
//! It does what the run would do, records included, and stops at the first error. The lock is tried once, because
//! psql cannot poll: a held lock ends the script by a division by zero before anything has happened. Nor can it ask
//! the catalog what became of a step, so that a script in doubt is refused.

use std::fmt::Write as _;

use crate::bundle::{Bundle, Kind, Mode, Script, Statement};
use crate::compose::{
    AFTER_VERIFY, BEFORE_VERIFY, BEGIN, COMMIT, Composer, Flush, JOURNAL_LOCAL, Preparation,
    RESET_ROLE, SETTLE, recording,
};
use crate::error::{Error, Kind as ErrorKind};
use crate::foreign::Mirror;
use crate::history::{Mark, OpenStep, Probe, Recorder, State};
use crate::placeholder::{Filling, Secrets};
use crate::plan::{Plan, Step};
use crate::settings::{Settings, Transactions};
use crate::unit::{Form, sets_session, units};

/// Refuses a plan of which a step outside a transaction has to be judged before it goes on.
pub fn refuse_judged(plan: &Plan<'_>, open: &[OpenStep]) -> Result<(), Error> {
    let judged = open.iter().find(|row| {
        let ended = row.state == State::Done || row.kind == Form::Atomic.word();
        !ended && plan.steps.iter().any(|step| row.is_of(step))
    });
    match judged {
        None => Ok(()),
        Some(row) => Err(Error::new(
            ErrorKind::Usage,
            format!(
                "step {} of {} was begun and is {}: a script cannot find out what is left of it",
                row.number,
                row.version,
                row.state.word()
            ),
        )
        .with_hint("Run the plan itself: it asks the catalog, and goes on.")),
    }
}

/// Writes the script of a plan, without what earlier runs have done of it. A secret is left as the placeholder that
/// stands for it, to be put in by whoever runs the script.
///
/// # Errors
///
/// `Usage` when another placeholder has no value.
pub fn script(
    bundle: &Bundle,
    plan: &Plan<'_>,
    (open, mirror): (&[OpenStep], Option<&Mirror>),
    probe: &Probe,
    settings: &Settings,
) -> Result<String, Error> {
    let filling = Filling::new(bundle, &settings.placeholders, Secrets::Hidden)?;
    filling.refuse_unknown(plan)?;
    let recorder = Recorder::new(probe.location.clone(), "script", bundle);
    let composer = Composer {
        settings,
        recorder,
        version: probe.version,
        preparation: Preparation::Plain,
        unfinished: open.iter().map(|row| row.version).collect(),
        mirror: mirror.cloned(),
    };
    let mut out = String::from("\\set ON_ERROR_STOP on\n\n");
    line(&mut out, SETTLE);
    if plan.steps.is_empty() {
        out.push_str("-- Nothing to do.\n");
        return Ok(out);
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
    let mut at = 0;
    while let Some(step) = plan.steps.get(at) {
        let count = plan.steps.get(at..).map_or(0, recording);
        let together = plan.steps.get(at..at + count.max(1)).unwrap_or_default();
        out.push('\n');
        for step in together {
            let _ = writeln!(out, "-- {} {}", step.action().word(), step.label().plain());
        }
        at += together.len();
        let (first, last) = (at == together.len(), at == plan.steps.len());
        match (step.version, step.script()) {
            (Some(version), Some(script)) if script.mode == Mode::NoTransaction => {
                outside(
                    &mut out,
                    &filling,
                    &composer,
                    (step, version),
                    &script,
                    open,
                );
            }
            _ => {
                if !single || first {
                    line(&mut out, BEGIN);
                }
                line(&mut out, &composer.limits(step, Flush::Now));
                for sql in composer.hold(together) {
                    line(&mut out, &sql);
                }
                for (number, script) in step.scripts().enumerate() {
                    if number > 0 {
                        for sql in composer.between(&script) {
                            line(&mut out, &sql);
                        }
                    }
                    body(&mut out, &filling, &script, script.statements.iter());
                }
                if let Some(verify) = step.verify() {
                    verified(&mut out, &filling, &verify);
                }
                if step.only_records() {
                    records(&mut out, &composer, together);
                } else {
                    record(&mut out, &composer, step);
                }
                if !single || last {
                    line(&mut out, COMMIT);
                }
            }
        }
    }
    out.push('\n');
    line(
        &mut out,
        "SELECT pg_catalog.pg_advisory_unlock_all() AS unlocked",
    );
    Ok(out)
}

/// A verify script: nothing of it lasts.
fn verified(out: &mut String, filling: &Filling, verify: &Script<'_>) {
    let _ = writeln!(out, "-- {}", verify.file);
    line(out, BEFORE_VERIFY);
    if let Some(limits) = Composer::verify_limits(verify) {
        line(out, &limits);
    }
    body(out, filling, verify, verify.statements.iter());
    for sql in AFTER_VERIFY {
        line(out, sql);
    }
}

fn record(out: &mut String, composer: &Composer<'_>, step: &Step<'_>) {
    for sql in RESET_ROLE {
        line(out, sql);
    }
    line(out, &composer.record(step));
    if let Some(sql) = composer.close_steps(step) {
        line(out, &sql);
    }
    for sql in composer.mirrored(std::slice::from_ref(step)) {
        line(out, &sql);
    }
    for sql in composer.reset() {
        line(out, sql);
    }
}

/// The records of steps that run nothing.
fn records(out: &mut String, composer: &Composer<'_>, steps: &[Step<'_>]) {
    for sql in RESET_ROLE {
        line(out, sql);
    }
    for (_, sql) in composer.records(steps) {
        line(out, &sql);
    }
    if let Some(sql) = composer.close_recorded(steps) {
        line(out, &sql);
    }
    for sql in composer.mirrored(steps) {
        line(out, &sql);
    }
    for sql in composer.reset() {
        line(out, sql);
    }
}

/// A script outside a transaction: unit by unit, each noted as the run would note it.
fn outside(
    out: &mut String,
    filling: &Filling,
    composer: &Composer<'_>,
    (step, version): (&Step<'_>, i64),
    script: &Script<'_>,
    open: &[OpenStep],
) {
    let is_done = |number| {
        let mut rows = open.iter().filter(|row| row.is_of(step));
        rows.any(|row| row.number == number && row.state == State::Done)
    };
    line(out, &composer.session_limits(step));
    for unit in units(script, filling) {
        let object = unit.object();
        let key = unit.key(step.action(), version, object.as_deref());
        let note = |out: &mut String, mark| {
            for sql in JOURNAL_LOCAL {
                line(out, sql);
            }
            line(out, &composer.recorder.mark(&key, mark));
            line(out, COMMIT);
        };
        if is_done(unit.number) {
            let _ = writeln!(out, "-- Step {} is done already.", unit.number);
            let lasting = unit
                .statements
                .iter()
                .filter(|statement| sets_session(&filling.text(script, statement)));
            body(out, filling, script, lasting.copied());
            continue;
        }
        match unit.form {
            Form::Session => body(out, filling, script, unit.statements.iter().copied()),
            Form::Atomic => {
                line(out, BEGIN);
                line(out, &composer.unit_limits(step));
                body(out, filling, script, unit.statements.iter().copied());
                note(out, Mark::Done);
            }
            Form::Alone(_) => {
                line(out, BEGIN);
                note(out, Mark::Started);
                body(out, filling, script, unit.statements.iter().copied());
                line(out, BEGIN);
                note(out, Mark::Done);
            }
        }
    }
    line(out, BEGIN);
    line(out, &composer.record_limits(step, Flush::Now));
    for sql in composer.hold(std::slice::from_ref(step)) {
        line(out, &sql);
    }
    record(out, composer, step);
    line(out, COMMIT);
}

fn body(
    out: &mut String,
    filling: &Filling,
    script: &Script<'_>,
    statements: impl Iterator<Item = Statement>,
) {
    for statement in statements {
        let sql = &filling.text(script, &statement);
        match statement.kind {
            Kind::Name => {}
            Kind::CopyData => {
                out.push_str(sql);
                if !sql.is_empty() && !sql.ends_with('\n') {
                    out.push('\n');
                }
                out.push_str("\\.\n");
            }
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
