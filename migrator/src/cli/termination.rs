//! The termination message: a short summary of how the process ended, in the file that Kubernetes shows of a
//! container. What commands print is `render`'s; the full account is the JSON document.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::json::FORMAT;
use super::observe::milliseconds;
use crate::error::Error;
use crate::plan::Action;
use crate::report::Report;
use crate::status::Status;

/// Where Kubernetes puts the file, unless it is told another place.
const DEFAULT: &str = "/dev/termination-log";
/// The variable that names another place.
pub(super) const VARIABLE: &str = "MIGRATOR_TERMINATION_LOG";
/// More is cut off by Kubernetes
/// (<https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/>).
const LIMIT: usize = 4096;
/// How many sentences of an error's detail there may be.
const SENTENCES: usize = 5;
/// How many versions and how many letters of a text there may be, tried in this order.
const SIZES: [(usize, usize); 4] = [(60, 1000), (30, 300), (10, 100), (0, 30)];

/// What there will be to say of this process.
#[derive(Debug)]
pub(super) struct Termination {
    path: Option<PathBuf>,
    command: Option<&'static str>,
    began: Instant,
    noted: RefCell<Noted>,
}

/// What a command has found out.
#[derive(Debug, Default)]
struct Noted {
    current: Option<i64>,
    steps: usize,
    applied: Vec<i64>,
    reverted: Vec<i64>,
}

impl Termination {
    /// A summary of a command for the file that was named, or for the default one where that exists. An empty name
    /// asks for none.
    pub(super) fn new(command: Option<&'static str>, named: Option<&OsStr>) -> Self {
        let path = PathBuf::from(named.unwrap_or(OsStr::new(DEFAULT)));
        let wanted = match named {
            Some(name) => !name.is_empty(),
            None => path.exists(),
        };
        Self {
            path: wanted.then_some(path),
            command,
            began: Instant::now(),
            noted: RefCell::default(),
        }
    }

    /// Notes what a run has done.
    pub(super) fn ran(&self, report: &Report) {
        let versions = |actions: &[Action]| {
            let steps = report.steps.iter();
            let some = steps.filter(|step| actions.contains(&step.action));
            some.filter_map(|step| step.version).collect()
        };
        *self.noted.borrow_mut() = Noted {
            current: report.current,
            steps: report.steps.len(),
            applied: versions(&[Action::Apply, Action::Baseline]),
            reverted: versions(&[Action::Revert]),
        };
    }

    /// Notes where the database stands.
    pub(super) fn stands(&self, status: &Status) {
        self.noted.borrow_mut().current = status.current;
    }

    /// Writes the summary. A file that cannot be written is a warning: the exit code is the command's.
    pub(super) fn end(&self, head: Option<i64>, outcome: &Result<(), Error>) {
        if let Err(error) = outcome
            && !error.report().steps.is_empty()
        {
            self.ran(error.report());
        }
        let exit_code = outcome
            .as_ref()
            .map_or_else(|it| it.kind().exit_code(), |()| 0);
        let failed = |(_, letters): (usize, usize)| match outcome {
            Ok(()) => Map::new(),
            Err(error) => failure(error, letters),
        };
        self.write(head, exit_code, failed);
    }

    /// Writes that the command line itself was wrong. What is wrong may hold a secret, so it is not repeated.
    pub(super) fn refuse(&self, head: Option<i64>, error: &clap::Error) {
        let Ok(exit_code) = u8::try_from(error.exit_code()) else {
            return;
        };
        if exit_code == 0 {
            return;
        }
        let kind = error.kind().as_str().unwrap_or("the command line is wrong");
        let hint = "The container's log has it in full; `migrator --help` has all options.";
        self.write(head, exit_code, |_| {
            let error = json!({ "kind": "usage", "message": kind, "detail": [], "hint": hint });
            Map::from_iter([("error".to_owned(), error)])
        });
    }

    fn write(
        &self,
        head: Option<i64>,
        exit_code: u8,
        failed: impl Fn((usize, usize)) -> Map<String, Value>,
    ) {
        let Some(path) = &self.path else {
            return;
        };
        let mut texts = SIZES.into_iter().map(|size| {
            let mut document = self.document(head, exit_code, size);
            document.extend(failed(size));
            Value::Object(document).to_string()
        });
        let text = texts.find(|text| text.len() < LIMIT).unwrap_or_default();
        if let Err(error) = put(path, &text) {
            log::warn!(
                "the termination message could not be written to \"{}\": {error}",
                path.display()
            );
        }
    }

    fn document(
        &self,
        head: Option<i64>,
        exit_code: u8,
        (count, _): (usize, usize),
    ) -> Map<String, Value> {
        let noted = self.noted.borrow();
        let newest = |versions: &[i64]| {
            versions
                .iter()
                .rev()
                .take(count)
                .rev()
                .copied()
                .collect::<Value>()
        };
        let fields = [
            ("format", json!(FORMAT)),
            ("command", json!(self.command)),
            ("exit_code", json!(exit_code)),
            ("steps", json!(noted.steps)),
            ("applied", newest(&noted.applied)),
            ("reverted", newest(&noted.reverted)),
            ("current", json!(noted.current)),
            ("head", json!(head)),
            ("took_ms", json!(milliseconds(self.began.elapsed()))),
        ];
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }
}

/// What is said of an error: what to do about it before all that explains it.
fn failure(error: &Error, letters: usize) -> Map<String, Value> {
    let failure = error.failure();
    let migration = failure.map(|failure| {
        json!({
            "action": failure.action.word(),
            "version": failure.version,
            "name": short(&failure.name, letters),
        })
    });
    let place = failure.and_then(|failure| failure.excerpt.as_ref());
    let place = place.map(
        |it| json!({ "file": short(&it.file, letters), "line": it.line, "column": it.column }),
    );
    let error = json!({
        "kind": error.kind().word(),
        "message": short(&error.to_string(), letters),
        "detail": error.detail().iter().take(SENTENCES).map(|it| short(it, letters)).collect::<Value>(),
        "hint": error.hint().map(|hint| short(hint, letters)),
        "sqlstate": failure.and_then(|failure| failure.sqlstate.as_deref()),
        "migration": migration,
        "place": place,
    });
    Map::from_iter([("error".to_owned(), error)])
}

/// The first letters of a text.
fn short(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Replaces what is in a file. It is written in place, because a container gets it as a mount.
fn put(path: &Path, text: &str) -> io::Result<()> {
    // Nobody may ever read the other end, and opening it would wait for that.
    if fs::metadata(path).is_ok_and(|file| file.file_type().is_fifo()) {
        return Err(io::Error::other("it is a named pipe"));
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    writeln!(file, "{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Failure, Kind};
    use crate::report::Finished;
    use std::time::Duration;

    /// What is written of an outcome.
    fn written(termination: &Termination, outcome: &Result<(), Error>) -> (usize, Value) {
        termination.end(Some(9), outcome);
        let path = termination.path.as_ref().expect("a path");
        let text = std::fs::read_to_string(path).expect("a file");
        (text.len(), serde_json::from_str(&text).expect("JSON"))
    }

    #[test]
    fn it_is_short_whatever_happened() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("message");
        for letter in ["a", "\u{1}", "\"", "ü", "💥"] {
            for steps in [0, 1, 5000] {
                let termination = Termination::new(Some("up"), Some(path.as_os_str()));
                let long = letter.repeat(20_000);
                let finished = (0..steps).map(|version| Finished {
                    action: Action::Apply,
                    version: Some(i64::MAX - 5000 + version),
                    name: "x".to_owned(),
                    took: Duration::ZERO,
                });
                let report = Report {
                    steps: finished.collect(),
                    ..Report::default()
                };
                let failure = Failure {
                    action: Action::Apply,
                    version: Some(i64::MAX),
                    name: long.clone(),
                    excerpt: None,
                    sqlstate: Some("22012".to_owned()),
                };
                let error = Error::new(Kind::Migration, long.clone())
                    .with_hint(long.clone())
                    .with_detail(long)
                    .with_failure(failure)
                    .with_report(report);
                let (bytes, value) = written(&termination, &Err(error));
                assert!(bytes <= LIMIT, "{bytes} bytes");
                assert_eq!(value["exit_code"], 1);
                assert_eq!(value["steps"], steps);
                assert_eq!(value["error"]["sqlstate"], "22012");
                assert!(
                    value["error"]["message"]
                        .as_str()
                        .is_some_and(|it| it.starts_with(letter))
                );
            }
        }
    }

    #[test]
    fn the_newest_versions_are_named_and_a_longer_text_is_replaced() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("message");
        std::fs::write(&path, "x".repeat(9000)).expect("our own file");
        let termination = Termination::new(Some("down"), Some(path.as_os_str()));
        let step = |action, version| Finished {
            action,
            version: Some(version),
            name: "x".to_owned(),
            took: Duration::ZERO,
        };
        termination.ran(&Report {
            steps: vec![
                step(Action::Revert, 3),
                step(Action::Stamp, 2),
                step(Action::Apply, 3),
            ],
            current: Some(3),
            ..Report::default()
        });
        let (_, value) = written(&termination, &Ok(()));
        assert_eq!(value["steps"], 3);
        assert_eq!(
            (&value["applied"], &value["reverted"]),
            (&json!([3]), &json!([3]))
        );
        assert_eq!((&value["current"], &value["head"]), (&json!(3), &json!(9)));
        assert_eq!(value.get("error"), None);
    }
}
