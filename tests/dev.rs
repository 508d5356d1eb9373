//! The workbench: throwaway servers, whatever ends them, and the commands of `migrator-dev`.
//!
//! Starts servers of its own, so it needs no DATABASE_URL; what needs no process is tested beside the code.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails the test that calls it"
)]

#[path = "dev/import.rs"]
mod import;
#[path = "dev/lint.rs"]
mod lint;
#[path = "dev/new.rs"]
mod new;
#[path = "dev/patterns.rs"]
mod patterns;
#[path = "dev/prove.rs"]
mod prove;
#[path = "dev/rebase.rs"]
mod rebase;
#[path = "dev/reference.rs"]
mod reference;
#[path = "dev/server.rs"]
mod server;
#[path = "dev/squash.rs"]
mod squash;
#[path = "dev/try.rs"]
mod r#try;
#[path = "dev/with_server.rs"]
mod with_server;

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postgres::{Client, NoTls};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for temporary files that the server's account may look into when we are root.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("our own folder");
    folder
}

fn value(url: &str, query: &str) -> String {
    let mut client = Client::connect(url, NoTls).expect("a server that answers");
    client
        .query_one(query, &[])
        .expect("a query that works")
        .get(0)
}

fn workbench(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrator-dev"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the workbench runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("a folder").next().is_none()
}

fn answers(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

fn terminate(child: &Child) {
    let status = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}
