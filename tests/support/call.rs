//! A call of a program, and what it printed.

use std::ffi::OsStr;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::database::Contents;
use super::{Database, Running};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that is about to run, in an environment that holds nothing but what the test says.
pub(crate) struct Call {
    command: Command,
}

/// The shipped binary.
pub(crate) fn migrator(arguments: &[&str]) -> Call {
    Call::new(Path::new(env!("CARGO_BIN_EXE_migrator")), arguments)
}

impl Call {
    pub(crate) fn new(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).env_clear();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command }
    }

    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Adds one argument more.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn on(self, database: &Database) -> Self {
        let call = self.variable("DATABASE_URL", database.url());
        match database.contents() {
            Contents::Nothing => call,
            Contents::Objects => call.variable("MIGRATOR_UNKNOWN", "accept"),
        }
    }

    /// Lets it run where a small file system of its own hides a folder; afterwards what is left in it is told on
    /// standard error.
    pub(crate) fn with_file_system(self, folder: &Path, size: &str) -> Self {
        let script = "mount -t tmpfs -o \"size=$1,mode=777\" none \"$2\" || exit 99; folder=$2; shift 2; \
                      \"$@\"; code=$?; echo \"left:$(ls -A \"$folder\")\" >&2; exit $code";
        // Who is not root needs a user namespace as well.
        let spaces = if rustix::process::geteuid().is_root() {
            "-m"
        } else {
            "-Urm"
        };
        let mut outer = Command::new("unshare");
        outer
            .args([spaces, "sh", "-c", script, "sh", size])
            .arg(folder)
            .arg(self.command.get_program())
            .args(self.command.get_args())
            .env_clear();
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                outer.env(name, value);
            }
        }
        outer
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self { command: outer }
    }

    pub(crate) fn start(mut self) -> Running {
        Running::from(self.command.spawn().expect("a program that starts"))
    }

    pub(crate) fn run(self) -> Ran {
        Ran::after(self.start())
    }

    /// Runs with a text on its standard input.
    pub(crate) fn feed(mut self, text: &str) -> Ran {
        self.command.stdin(Stdio::piped());
        let mut running = self.start();
        let mut stdin = running.stdin.take().expect("a pipe");
        stdin
            .write_all(text.as_bytes())
            .expect("a program that reads");
        drop(stdin);
        Ran::after(running)
    }
}

/// What a program left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Waits for the end of a program; one that hangs is ended, and fails the test.
    pub(crate) fn after(running: Running) -> Self {
        let Running {
            mut child,
            stdout,
            stderr,
        } = running;
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child of ours") {
                break status;
            }
            if Instant::now() > deadline {
                child.kill().expect("a child of ours");
            }
            thread::sleep(Duration::from_millis(2));
        };
        let (stdout, stderr) = (stdout.into_text(), stderr.into_text());
        let code = status
            .code()
            .unwrap_or_else(|| panic!("{status} within {PATIENCE:?}:\n{stdout}\n{stderr}"));
        Self {
            code,
            stdout,
            stderr,
        }
    }

    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Fails the test unless standard error holds each of the texts.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        assert!(!texts.is_empty());
        for text in texts {
            assert!(
                self.stderr.contains(text),
                "\"{text}\" is missing in:\n{self}"
            );
        }
        self
    }

    /// Standard output as the one JSON document that it must be.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{self}"))
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "exit code: {code}\n----- stdout\n{stdout}----- stderr\n{stderr}-----"
        )
    }
}
