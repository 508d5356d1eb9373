//! The page in a real browser: it loads nothing else, and its policy permits all that it has.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::{serve, serve_proven, three};
use crate::support::{Database, Ran, Running};

/// What a browser made of a page.
struct Seen {
    document: String,
    /// What it says beside it.
    log: String,
    /// What the page made it load.
    loaded: Vec<String>,
}

/// Opens a page; `--dump-dom` prints the document as it is once everything is loaded.
fn open(origin: &str) -> Seen {
    let profile = tempfile::tempdir().expect("a temporary folder");
    let network = profile.path().join("network.json");
    let mut command = Command::new(chromium());
    command
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--no-first-run",
            "--enable-logging=stderr",
            "--log-level=0",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--log-net-log={}", network.display()))
        .arg(format!("{origin}/"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ran = Ran::after(Running::from(command.spawn().expect("chromium"))).exits(0);
    let network = std::fs::read_to_string(network).expect("a log of the network");
    assert!(network.contains(&format!("\"url\":\"{origin}/\"")));
    let by_page = format!("\"initiator\":\"{origin}\"");
    let requests = network.lines().filter(|line| line.contains(&by_page));
    let url = |line: &str| {
        line.split("\"url\":\"")
            .nth(1)?
            .split('"')
            .next()
            .map(str::to_owned)
    };
    Seen {
        document: ran.stdout,
        log: ran.stderr,
        loaded: requests.filter_map(url).collect(),
    }
}

fn chromium() -> &'static Path {
    let mut known = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ]
    .map(Path::new)
    .into_iter();
    known
        .find(|path| path.exists())
        .expect("chromium is not installed: apt-get install chromium")
}

impl Seen {
    #[track_caller]
    fn has(&self, texts: &[&str]) {
        for text in texts {
            assert!(
                self.document.contains(text),
                "\"{text}\" is missing in {}",
                self.document
            );
        }
    }

    /// The policy forbids nothing that is in the page, and nothing beside it is loaded.
    #[track_caller]
    fn is_quiet(&self) {
        assert!(!self.log.contains("CONSOLE"), "{}", self.log);
        assert_eq!(self.loaded, [""; 0]);
    }
}

#[test]
fn the_page_shows_where_the_database_stands() {
    let database = Database::fresh();
    let served = serve_proven(&database, "");
    let seen = open(&served.url());
    seen.has(&[
        &format!("<title>{}: at head</title>", database.name()),
        "<h1>At head, as proven.</h1>",
        "<b>protect_memories</b>",
        "<rect",
    ]);
    seen.is_quiet();
}

#[test]
fn what_a_table_holds_is_no_markup_for_a_browser() {
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    database.run(
        "INSERT INTO refinery_schema_history VALUES \
         (9, '<img src=x onerror=\"document.title=1\"><script>console.log(1)</script>', '<b>', '1')",
    );
    let served = serve(&history, &database);
    let seen = open(&served.url());
    seen.has(&["&lt;img src=x onerror="]);
    assert!(!seen.document.contains("<img") && !seen.document.contains("<script"));
    seen.is_quiet();
}

/// The other tests rest on it.
#[test]
fn a_browser_tells_what_is_forbidden_and_what_is_loaded() {
    const PAGE: &str = "<style>b{color:red}</style><b>x</b><img src=\"/picture\">";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Security-Policy: style-src 'none'\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
                PAGE.len()
            );
        }
    });
    let seen = open(&origin);
    assert!(
        seen.log.contains("CONSOLE") && seen.log.contains("Content Security Policy"),
        "{}",
        seen.log
    );
    assert!(
        seen.loaded.contains(&format!("{origin}/picture")),
        "{:?}",
        seen.loaded
    );
}
