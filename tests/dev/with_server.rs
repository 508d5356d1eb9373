//! `with-server`, and what is left when it ends in whatever way.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::{answers, is_empty, open_folder, run, terminate, text, wait_until, workbench};

/// Starts a command that prints its port and then waits, and reads that port.
fn waiting_with_server(folder: &Path) -> (Child, u16) {
    let script = "echo $PGPORT; exec sleep 30";
    let mut child = workbench(&["with-server", "--", "sh", "-c", script])
        .env("TMPDIR", folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the workbench runs");
    let mut line = String::new();
    let output = child.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("a line");
    let port = line.trim().parse().expect("a port");
    assert!(answers(port));
    (child, port)
}

#[test]
fn with_server_passes_the_exit_code_on() {
    let code = |script| {
        run(&mut workbench(&["with-server", "--", "sh", "-c", script]))
            .status
            .code()
    };
    assert_eq!(code("exit 0"), Some(0));
    assert_eq!(code("exit 7"), Some(7));
    assert_eq!(code("kill -TERM $$"), Some(143));
}

#[test]
fn with_server_points_its_command_at_the_server() {
    let script = r#"
        test "$DATABASE_URL" = "postgres://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" &&
        test "$MIGRATOR_TEST_URL" = "$DATABASE_URL" && test -z "$PGPASSWORD$PGOPTIONS" && echo $PGPORT"#;
    let mut command = workbench(&["with-server", "--", "sh", "-c", script]);
    let output = run(command
        .env("PGPASSWORD", "secret")
        .env("PGOPTIONS", "-c nonsense=1"));
    let port: u16 = text(&output.stdout).trim().parse().expect("a port");
    assert!(!answers(port), "the server outlived its command");
}

#[test]
fn with_server_names_a_command_that_does_not_exist() {
    let output = run(&mut workbench(&["with-server", "--", "no-such-command"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: could not run \"no-such-command\"\ndetail: "));
}

#[test]
fn a_terminated_workbench_ends_its_command_and_its_server() {
    let folder = open_folder();
    let (mut child, port) = waiting_with_server(folder.path());
    terminate(&child);
    assert_eq!(child.wait().expect("an end").code(), Some(143));
    assert!(!answers(port));
    assert!(is_empty(folder.path()));
}

#[test]
fn a_killed_workbench_leaves_no_server_behind() {
    let folder = open_folder();
    let (mut child, port) = waiting_with_server(folder.path());
    child.kill().expect("a running process");
    child.wait().expect("an end");
    wait_until("the server has gone", || !answers(port));
    wait_until("its files have gone", || is_empty(folder.path()));
}

#[test]
fn a_workbench_killed_while_it_starts_a_server_leaves_nothing_behind() {
    for delay in [20, 60, 150, 300] {
        let folder = open_folder();
        let mut command = workbench(&["with-server", "--", "sleep", "1"]);
        let mut child = command
            .env("TMPDIR", folder.path())
            .spawn()
            .expect("the workbench runs");
        wait_until("its folder is there", || !is_empty(folder.path()));
        thread::sleep(Duration::from_millis(delay));
        child.kill().expect("a running process");
        child.wait().expect("an end");
        wait_until("its files have gone", || is_empty(folder.path()));
        thread::sleep(Duration::from_millis(300));
        assert!(
            is_empty(folder.path()),
            "something came back after {delay} ms"
        );
    }
}

#[test]
fn without_a_server_the_command_that_installs_one_is_named() {
    let arguments = [
        "with-server",
        "--postgres",
        "installed",
        "--major",
        "7",
        "--",
        "true",
    ];
    let output = run(&mut workbench(&arguments));
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("error: no PostgreSQL 7 server was found\n"),
        "{error}"
    );
    assert!(error.contains("install"), "{error}");
}
