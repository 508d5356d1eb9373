//! Metrics in the text format of Prometheus
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>). Pure.
//!
//! What is not known now is left out, never guessed: while the database cannot be read there is `migrator_up 0`, since
//! when, and what is baked.

use std::fmt::{self, Display, Write as _};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::reader::Reading;
use super::view::{Compared, Readiness, View};
use crate::bundle::Bundle;
use crate::history::Entry;
use crate::quote::hex;
use crate::repeat;
use crate::status::{State, Status};
use crate::verify::Verification;

/// The content type.
pub(super) const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is known.
pub(super) fn text(bundle: &Bundle, view: &View) -> String {
    let mut page = Exposition::default();
    page.gauge(
        "migrator_build_info",
        "What is compiled into this program; always 1.",
    )
    .labelled(
        &[
            ("version", env!("CARGO_PKG_VERSION")),
            ("bundle", &hex(&bundle.digest)[..16]),
        ],
        1,
    );
    page.gauge("migrator_up", "Whether the database can be read.")
        .is(u8::from(view.present().is_some()));
    page.gauge(
        "migrator_ready",
        "Whether the database is at head, without drift.",
    )
    .is(u8::from(view.readiness() == Readiness::Ready));
    if let Some(outage) = &view.outage {
        page.gauge(
            "migrator_unreadable_since_timestamp_seconds",
            "Since when the database cannot be read.",
        )
        .is(seconds(outage.since));
    }
    if let Some(head) = bundle.head() {
        page.gauge(
            "migrator_head_version",
            "The newest version of this program.",
        )
        .is(head);
    }
    if let Some(reading) = view.present() {
        standing(&mut page, reading);
        schema(&mut page, &reading.compared);
        if let Some(newest) = &reading.newest {
            page.gauge(
                "migrator_last_run_failed",
                "Whether the newest entry of the journal is a failure.",
            )
            .is(u8::from(reading.failure().is_some()));
            journal(&mut page, newest);
        }
    }
    page.0
}

fn standing(page: &mut Exposition, reading: &Reading) {
    let status = &reading.status;
    if let Some(current) = status.current {
        page.gauge("migrator_current_version", "The newest applied version.")
            .is(current);
    }
    page.gauge("migrator_migrations", "Migrations by state.")
        .each(
            "state",
            STATES,
            |state| status.count(state),
            |state| match state {
                State::Commuting => "commuting",
                _ => state.word(),
            },
        );
    page.gauge(
        "migrator_pending_migrations",
        "Migrations that are not applied, late ones included.",
    )
    .is(pending(status));
    page.gauge(
        "migrator_history_drift",
        "Migrations about which the history and this program disagree: late, changed, missing or newer.",
    )
    .is(drift(status));
    if let Some(unfinished) = reading.unfinished {
        page.gauge(
            "migrator_unfinished_migrations",
            "Migrations outside a transaction that were begun and not ended.",
        )
        .is(unfinished);
    }
    let repeatables = |state| {
        let rows = status.repeatables.iter();
        rows.filter(|row| row.state == state).count()
    };
    page.gauge("migrator_repeatables", "Repeatables by state.")
        .each("state", REPEATABLES, repeatables, |state| match state {
            repeat::State::UpToDate => "up_to_date",
            _ => state.word(),
        });
    page.gauge(
        "migrator_read_timestamp_seconds",
        "When the database was read.",
    )
    .is(seconds(reading.at));
    page.gauge(
        "migrator_read_duration_seconds",
        "How long reading it took, without comparing the schema.",
    )
    .is(reading.took.as_secs_f64());
}

const STATES: &[State] = &[
    State::Applied,
    State::Skipped,
    State::Pending,
    State::Late,
    State::Commuting,
    State::Changed,
    State::Covered,
    State::Missing,
    State::Newer,
];

const REPEATABLES: &[repeat::State] = &[
    repeat::State::UpToDate,
    repeat::State::Outdated,
    repeat::State::Pending,
    repeat::State::Skipped,
    repeat::State::Missing,
];

/// What is not applied.
pub(super) fn pending(status: &Status) -> usize {
    [State::Pending, State::Late, State::Commuting]
        .map(|state| status.count(state))
        .iter()
        .sum()
}

/// Where the history and the program disagree.
pub(super) fn drift(status: &Status) -> usize {
    [State::Late, State::Changed, State::Missing, State::Newer]
        .map(|state| status.count(state))
        .iter()
        .sum()
}

fn schema(page: &mut Exposition, compared: &Compared) {
    let Compared::Done { verification, at } = compared else {
        return;
    };
    let differing = match verification {
        Verification::AsProven(_) => 0,
        Verification::Drifted { differences, .. } => differences.len(),
        Verification::Unproven(_) => return,
    };
    page.gauge(
        "migrator_schema_drift",
        "Objects of the schema that are not as proven.",
    )
    .is(differing);
    page.gauge(
        "migrator_schema_compared_timestamp_seconds",
        "When the schema was compared with the proof.",
    )
    .is(seconds(*at));
}

fn journal(page: &mut Exposition, newest: &[Entry]) {
    let last = |actions: &[&str]| {
        let mut latest_first = newest.iter().rev();
        latest_first.find(|entry| actions.contains(&entry.action.as_str()))
    };
    if let Some(entry) = last(&["apply", "baseline"]) {
        let took = entry.took_ms / 1e3;
        if let Some(began) = parsed(&entry.started_at) {
            page.gauge(
                "migrator_last_migration_timestamp_seconds",
                "When the last migration was applied.",
            )
            .is(began + took);
        }
        page.gauge(
            "migrator_last_migration_duration_seconds",
            "How long that took.",
        )
        .is(took);
    }
    if let Some(at) = last(&["fail"]).and_then(|entry| parsed(&entry.started_at)) {
        page.gauge(
            "migrator_last_failure_timestamp_seconds",
            "When a migration failed last.",
        )
        .is(at);
    }
}

fn parsed(text: &str) -> Option<f64> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(seconds)
}

/// Since 1970, to the millisecond.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 have 41 bits"
)]
fn seconds(at: OffsetDateTime) -> f64 {
    (at.unix_timestamp_nanos() / 1_000_000) as f64 / 1e3
}

/// The text, family by family.
#[derive(Default)]
struct Exposition(String);

/// A family that is being written.
struct Family<'e> {
    page: &'e mut Exposition,
    name: &'static str,
}

impl Exposition {
    fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} gauge");
        Family { page: self, name }
    }
}

impl Family<'_> {
    fn is(self, value: impl Display) {
        let _ = writeln!(self.page.0, "{} {value}", self.name);
    }

    fn labelled(&mut self, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", Escaped(value)))
            .collect();
        let _ = writeln!(self.page.0, "{}{{{}}} {value}", self.name, labels.join(","));
    }

    fn each<S: Copy>(
        mut self,
        label: &str,
        states: &[S],
        count: impl Fn(S) -> usize,
        word: impl Fn(S) -> &'static str,
    ) {
        for state in states {
            self.labelled(&[(label, word(*state))], count(*state));
        }
    }
}

/// The value of a label.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}
