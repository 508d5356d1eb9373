//! What standard error shows while a run goes on: lines, a progress bar on a terminal, or JSON lines.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::json;
use super::logging::now;
use super::options::{LogFormat, Options};
use crate::elsewhere;
use crate::event::Event;
use crate::label::first;
use crate::plan::Action;

/// Shows the events of a run on standard error.
pub(super) struct Display {
    format: LogFormat,
    bar: ProgressBar,
}

impl Display {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            format: options.log_format,
            bar: ProgressBar::hidden(),
        }
    }

    /// Shows one event.
    pub(super) fn show(&mut self, event: &Event<'_>) {
        match self.format {
            LogFormat::Text => self.text(event),
            LogFormat::Json => line(&as_json(event).to_string()),
        }
    }

    fn text(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { reason, left } => {
                line(&format!(
                    "waiting up to {} s for the server: {reason}",
                    left.as_secs_f64().ceil()
                ));
            }
            Event::Pending { reason, left } => {
                line(&format!(
                    "waiting up to {} s: {reason}",
                    left.as_secs_f64().ceil()
                ));
            }
            Event::Unproven { versions } => line(&unproven(versions)),
            Event::Connected {
                server,
                database,
                version,
            } => {
                log::info!("connected to {server}/{database}, PostgreSQL {version}");
            }
            Event::Elsewhere { schema, schemas } => {
                line(&format!("warning: {}", elsewhere::told(schema, schemas)));
            }
            Event::Listening { address } => line(&format!("listening on http://{address}")),
            Event::Recognised { class } => line(&format!("the database is {class}")),
            Event::LockHeld { holder } => line(&format!("waiting for another runner: {holder}")),
            Event::BackingUp { file } => line(&format!("backing up to {}", file.display())),
            Event::BackedUp { backup } => line(&format!(
                "backed up: {} bytes ({})",
                backup.bytes,
                shown(backup.took)
            )),
            Event::Mirroring { mirror } => line(&format!(
                "the history of {}, {}, is written too",
                mirror.found.tool,
                mirror.found.shown()
            )),
            Event::Planned { steps } => self.begin(*steps),
            Event::Started { action, label } => {
                self.bar
                    .set_message(format!("{} {}", doing(*action), label.plain()));
            }
            Event::Done {
                action,
                label,
                took,
            } => {
                self.bar.inc(1);
                let text = format!("{} {} ({})", done(*action), label.plain(), shown(*took));
                if self.bar.is_hidden() {
                    line(&text);
                } else {
                    self.bar.println(text);
                }
            }
            Event::Blocked { blocker } => {
                let text = format!("blocked by {blocker}");
                self.bar.suspend(|| line(&text));
            }
            Event::Retrying {
                action,
                label,
                reason,
                blockers,
                pause,
                left,
            } => {
                let blocked = if blockers.is_empty() {
                    String::new()
                } else {
                    format!(", blocked by {}", blockers.join("; "))
                };
                let text = format!(
                    "{} {} again in {}, for up to {}: {reason}{blocked}",
                    doing(*action),
                    label.plain(),
                    shown(*pause),
                    shown(*left)
                );
                self.bar.suspend(|| line(&text));
            }
            Event::Notice { severity, message } => {
                let text = format!("{}: {message}", severity.to_lowercase());
                self.bar.suspend(|| line(&text));
            }
        }
    }

    fn begin(&mut self, steps: usize) {
        if steps > 1 && std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(
                u64::try_from(steps).ok(),
                ProgressDrawTarget::stderr(),
            );
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}") {
                bar.set_style(style);
            }
            self.bar = bar;
        }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How many versions a warning names.
const NAMED: usize = 5;

/// What a debug build says of a history that no release build would take.
fn unproven(versions: &[i64]) -> String {
    format!(
        "warning: the proof of {} is missing or stale, which a release build refuses: run `migrator-dev prove`",
        first(versions.iter(), NAMED)
    )
}

fn as_json(event: &Event<'_>) -> Value {
    let mut value = match event {
        Event::Waiting { reason, left } => {
            json!({"event": "waiting", "reason": reason, "left_s": left.as_secs()})
        }
        Event::Pending { reason, left } => {
            json!({"event": "pending", "reason": reason, "left_s": left.as_secs()})
        }
        Event::Unproven { versions } => json!({"event": "unproven", "versions": versions}),
        Event::Connected {
            server,
            database,
            version,
        } => {
            json!({"event": "connected", "server": server, "database": database, "version": version})
        }
        Event::Elsewhere { schema, schemas } => {
            json!({"event": "elsewhere", "schema": schema, "schemas": schemas})
        }
        Event::Listening { address } => {
            json!({"event": "listening", "url": format!("http://{address}")})
        }
        Event::Recognised { class } => {
            json!({"event": "recognised", "database": json::class(class)})
        }
        Event::LockHeld { holder } => json!({"event": "lock_held", "holder": holder}),
        Event::BackingUp { file } => json!({"event": "backing_up", "file": file.to_string_lossy()}),
        Event::BackedUp { backup } => json!({
            "event": "backed_up", "file": backup.file.to_string_lossy(), "bytes": backup.bytes,
            "took_ms": milliseconds(backup.took),
        }),
        Event::Mirroring { mirror } => json!({
            "event": "mirroring", "tool": mirror.found.tool.name(), "table": mirror.found.shown(),
        }),
        Event::Planned { steps } => json!({"event": "planned", "steps": steps}),
        Event::Started { action, label } => {
            json!({
                "event": "started", "action": action.word(), "version": label.version, "name": label.name,
            })
        }
        Event::Done {
            action,
            label,
            took,
        } => json!({
            "event": "done", "action": action.word(), "version": label.version, "name": label.name,
            "took_ms": milliseconds(*took),
        }),
        Event::Blocked { blocker } => json!({"event": "blocked", "blocker": blocker}),
        Event::Retrying {
            action,
            label,
            reason,
            blockers,
            pause,
            left,
        } => json!({
            "event": "retrying", "action": action.word(), "version": label.version, "name": label.name,
            "reason": reason, "blockers": blockers, "pause_ms": milliseconds(*pause), "left_s": left.as_secs(),
        }),
        Event::Notice { severity, message } => {
            json!({"event": "notice", "severity": severity, "message": message})
        }
    };
    if let Some(fields) = value.as_object_mut() {
        fields.insert("time".to_owned(), json!(now()));
        fields.insert("level".to_owned(), json!("info"));
    }
    value
}

/// A time in milliseconds, with three decimals.
pub(super) fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e6).round() / 1e3
}

/// A time for people.
pub(super) fn shown(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{:.1} ms", milliseconds(took))
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

const fn doing(action: Action) -> &'static str {
    match action {
        Action::Apply => "applying",
        Action::Baseline => "running baseline",
        Action::Revert => "reverting",
        Action::Skip => "skipping",
        Action::Stamp => "stamping",
        Action::Adopt => "adopting",
        Action::Unstamp => "removing the stamp of",
        Action::Repeat => "repeating",
    }
}

/// The word for a committed step.
pub(super) const fn done(action: Action) -> &'static str {
    match action {
        Action::Apply => "applied",
        Action::Baseline => "ran baseline",
        Action::Revert => "reverted",
        Action::Skip => "skipped",
        Action::Stamp => "stamped",
        Action::Adopt => "adopted",
        Action::Unstamp => "unstamped",
        Action::Repeat => "repeated",
    }
}

/// One line on standard error. Nobody listens when it is closed, and that is no reason to stop a migration.
fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_unproven_versions_are_named() {
        let rest = "is missing or stale, which a release build refuses: run `migrator-dev prove`";
        assert_eq!(
            unproven(&[3, 4]),
            format!("warning: the proof of 3, 4 {rest}")
        );
        assert_eq!(
            unproven(&[1, 2, 3, 4, 5, 6, 7]),
            format!("warning: the proof of 1, 2, 3, 4, 5 and 2 more {rest}")
        );
    }
}
