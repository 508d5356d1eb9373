//! A PgBouncer of a test's own, in session or transaction mode, before the test server.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::Database;

/// Packages put it where only root's PATH leads.
const PLACES: [&str; 4] = [
    "/usr/sbin/pgbouncer",
    "/usr/bin/pgbouncer",
    "/usr/local/bin/pgbouncer",
    "/opt/homebrew/bin/pgbouncer",
];
/// The account "nobody" of Linux: PgBouncer refuses to run as root.
const NOBODY: u32 = 65_534;

/// A running PgBouncer; it ends with its owner.
pub(crate) struct Bouncer {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl Bouncer {
    /// Starts one; `mode` is PgBouncer's own word.
    pub(crate) fn in_mode(mode: &str, database: &Database) -> Self {
        let Some(program) = PLACES.iter().map(Path::new).find(|place| place.is_file()) else {
            panic!(
                "pgbouncer is missing: install it (`apt-get install pgbouncer`, `brew install pgbouncer`)"
            );
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(folder.path(), open).expect("our own folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let (host, server_port) = database.place();
        let file = folder.path().join("pgbouncer.ini");
        let log = folder.path().join("pgbouncer.log");
        let text = format!(
            "[databases]\n* = host={host} port={server_port} user=postgres\n\
             [pgbouncer]\npool_mode = {mode}\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = any\nmax_client_conn = 200\ndefault_pool_size = 80\nlogfile = {}\n",
            log.display()
        );
        fs::write(&file, text).expect("our own folder");
        let mut command = Command::new(program);
        command.arg("-q").arg(&file);
        // Only root may read and own everything, and only root may become somebody else.
        let root = fs::metadata("/proc/self")
            .is_ok_and(|ours| std::os::unix::fs::MetadataExt::uid(&ours) == 0);
        if root {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let process = command.spawn().expect("a program that starts");
        let bouncer = Self {
            process,
            port,
            folder,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                Instant::now() < deadline,
                "PgBouncer does not answer:\n{}",
                bouncer.log()
            );
            sleep(Duration::from_millis(10));
        }
        bouncer
    }

    pub(crate) fn url(&self, database: &Database) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{}",
            self.port,
            database.name()
        )
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("pgbouncer.log")).unwrap_or_default()
    }
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
