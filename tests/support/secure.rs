//! A server with TLS, whose certificate and rules a test changes while it runs.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use migrator_dev::server::{Options, Server};
use postgres::{Client, NoTls};
use tempfile::TempDir;

use super::{Authority, Call, History, Issued, Ran, assert_shown};

/// What everybody may do who comes over the network.
const OPEN: &str = "host all all all trust";

/// A server with TLS; role `app` may log in.
pub(crate) struct Secure {
    pub(crate) server: Server,
    pub(crate) authority: Authority,
    pub(crate) history: History,
    folder: TempDir,
}

impl Secure {
    /// Starts one with a certificate for `localhost` and its addresses; `ca.crt` is the CA's.
    pub(crate) fn start() -> Self {
        let settings = [
            ("listen_addresses", "127.0.0.1,::1"),
            ("log_connections", "on"),
        ];
        let options = Options {
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            ..Options::from_environment()
        };
        let server =
            Server::start(&options).unwrap_or_else(|error| panic!("{error}: {:?}", error.detail()));
        let secure = Self {
            server,
            authority: Authority::new("test CA"),
            history: History::new(&[("V1__a.sql", "CREATE TABLE a ();")]),
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        secure.file("ca.crt", &secure.authority.pem());
        secure.put("root.crt", &secure.authority.pem());
        secure.run("ALTER SYSTEM SET ssl_ca_file = 'root.crt'");
        secure.run("ALTER SYSTEM SET ssl = on");
        secure.run("CREATE ROLE app SUPERUSER LOGIN");
        let names = ["localhost", "127.0.0.1", "::1"];
        secure.show(&secure.authority.issue("server", &names));
        secure
    }

    /// Writes a file of the server's, which it must own.
    fn put(&self, name: &str, text: &str) {
        let path = self.server.data_dir().join(name);
        private(&path, text);
        let owner = fs::metadata(self.server.data_dir()).expect("our own server's folder");
        chown(&path, Some(owner.uid()), Some(owner.gid())).expect("our own server's file");
    }

    /// Writes a file of the client's, and returns its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        private(&path, text);
        path.to_str().expect("UTF-8").to_owned()
    }

    /// The path of a file of the client's.
    pub(crate) fn path(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        path.to_str().expect("UTF-8").to_owned()
    }

    pub(crate) fn client(&self) -> Client {
        let socket = self.server.socket_dir().display();
        let port = self.server.port();
        let text = format!("host={socket} port={port} user=postgres dbname=postgres");
        Client::connect(&text, NoTls).expect("our own server")
    }

    pub(crate) fn run(&self, sql: &str) {
        self.client()
            .batch_execute(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Lets the server show another certificate from now on.
    pub(crate) fn show(&self, issued: &Issued) {
        self.put("server.crt", &issued.certificate);
        self.put("server.key", &issued.key);
        self.rules(OPEN);
    }

    /// Lets the server follow other rules from now on; we ourselves come through the socket.
    pub(crate) fn rules(&self, rules: &str) {
        self.put("pg_hba.conf", &format!("local all all trust\n{rules}\n"));
        let loaded = || -> String {
            let row = self
                .client()
                .query_one("SELECT pg_conf_load_time()::text", &[]);
            row.expect("a query").get(0)
        };
        let before = loaded();
        self.run("SELECT pg_reload_conf()");
        let deadline = Instant::now() + Duration::from_secs(20);
        while loaded() == before {
            assert!(
                Instant::now() < deadline,
                "the server does not read its files"
            );
            sleep(Duration::from_millis(10));
        }
    }

    /// A command on it, in an empty environment.
    pub(crate) fn call(&self, command: &str, host: &str, parameters: &str) -> Call {
        let port = self.server.port();
        let parameters = parameters.replace("[folder]", &self.path(""));
        let url = format!("postgres://app@{host}:{port}/postgres?{parameters}");
        self.history.call(&[command, "--url", &url])
    }

    pub(crate) fn status(&self, host: &str, parameters: &str) -> Ran {
        self.call("status", host, parameters).run()
    }

    /// Compares what a program printed with a snapshot, without what differs from run to run.
    pub(crate) fn assert_shown(&self, name: &str, ran: Ran) {
        let port = format!(":{}", self.server.port());
        let folder = self.path("");
        let plain = |text: String| text.replace(&port, ":[port]").replace(&folder, "[folder]/");
        assert_shown(
            name,
            &Ran {
                code: ran.code,
                stdout: plain(ran.stdout),
                stderr: plain(ran.stderr),
            },
        );
    }

    /// What the server says of the newest connection: who, and with which encryption.
    #[track_caller]
    pub(crate) fn newest(&self) -> String {
        let log = self.server.log();
        let line = log
            .lines()
            .rfind(|line| line.contains("connection authorized: user=app"));
        line.expect("a connection of app's").to_owned()
    }
}

/// Writes a file that only its owner may read.
pub(crate) fn private(path: &Path, text: &str) {
    fs::write(path, text).expect("our own folder");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("our own file");
}
