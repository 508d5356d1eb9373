//! `try`: the example history on a server that exists for as long as one looks at it.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::{answers, is_empty, open_folder, run, terminate, text, value, workbench};

/// The URL in the line that names the database.
fn url(line: &str) -> Option<String> {
    line.strip_prefix("The database: ").map(str::to_owned)
}

fn port(url: &str) -> u16 {
    let (_, rest) = url.rsplit_once(':').expect("a URL with a port");
    let (port, _) = rest.split_once('/').expect("a URL with a database");
    port.parse().expect("a number")
}

#[test]
fn without_a_terminal_it_shows_the_status_and_ends() {
    let folder = open_folder();
    let output = run(workbench(&["try"]).env("TMPDIR", folder.path()));
    assert!(output.status.success(), "{output:?}");
    let shown = text(&output.stdout);
    assert!(shown.contains(" 0 pending"), "{shown}");
    // Nobody can look at a server that is gone.
    assert!(shown.lines().find_map(url).is_none(), "{shown}");
    assert!(!shown.contains("psql"), "{shown}");
    assert!(is_empty(folder.path()));
}

#[test]
fn kept_it_runs_until_a_signal_ends_it() {
    let folder = open_folder();
    let mut command = workbench(&["try", "--keep"]);
    let mut child = command
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the workbench runs");
    let output = child.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    let url = lines.find_map(|line| url(&line)).expect("a URL");
    let look = lines.next();
    assert_eq!(look, Some(format!("To look at it: psql {url}")));
    assert_eq!(value(&url, "SELECT current_database()::text"), "example");
    let applied = "SELECT (count(*) > 9)::text FROM refinery_schema_history";
    assert_eq!(value(&url, applied), "true");
    terminate(&child);
    assert_eq!(
        lines.last().as_deref(),
        Some("The server and its files are removed.")
    );
    assert!(child.wait().expect("an end").success());
    assert!(!answers(port(&url)));
    assert!(is_empty(folder.path()));
}
