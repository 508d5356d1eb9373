//! PgBouncer in front of the test server: one process for each test that needs one.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Database;

/// When a client's server session goes back to the pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PoolMode {
    Session,
    Transaction,
    Statement,
}

/// A running PgBouncer; it ends with the test.
pub(crate) struct Pool {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Pool {
    /// Starts one with so many server sessions for each database.
    pub(crate) fn start(database: &Database, mode: PoolMode, size: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let (host, server_port) = database.place();
        let mode = format!("{mode:?}").to_lowercase();
        let users = folder.path().join("users");
        let settings = format!(
            "[databases]\n* = host={host} port={server_port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\nauth_file = {}\npool_mode = {mode}\n\
             default_pool_size = {size}\n",
            users.display()
        );
        // With `any`, everybody is the user that the database names.
        let settings = settings.replace(
            &format!("port={server_port}\n"),
            &format!("port={server_port} user=postgres\n"),
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&users, "\"postgres\" \"\"\n").expect("our own folder");
        std::fs::write(&file, settings).expect("our own folder");
        readable_by_all(folder.path());
        let process = command(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("pgbouncer does not start: {error}. Is it installed?"));
        let pool = Self {
            process,
            port,
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                Instant::now() < deadline,
                "pgbouncer does not listen. Is it installed?"
            );
            sleep(Duration::from_millis(20));
        }
        pool
    }

    /// The URL of a database through the pool.
    pub(crate) fn url(&self, database: &Database) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{}",
            self.port,
            database.name()
        )
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// PgBouncer refuses to run as root, and becomes somebody else when it is told to.
fn command(file: &Path) -> Command {
    let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        .into_iter()
        .find(|path| Path::new(path).is_file())
        .unwrap_or("pgbouncer");
    let mut command = Command::new(program);
    if is_root() {
        command.args(["-u", "nobody"]);
    }
    command.arg(file);
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.starts_with(b"0\n")
}

fn readable_by_all(folder: &Path) {
    let status = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(folder)
        .status();
    assert!(status.expect("chmod").success());
}
