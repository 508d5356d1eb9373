//! `--token-file`: who is answered, and that the token is shown nowhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::three;
use crate::support::{Call, Database, History, Served};

const TOKEN: &str = "correct-horse-battery-staple";

fn file(folder: &TempDir, text: &str, mode: u32) -> PathBuf {
    let path = folder.path().join("token");
    let _ = fs::remove_file(&path);
    fs::write(&path, text).expect("our own folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
    path
}

fn call(history: &History, database: &Database, token: &Path) -> Call {
    let listen = ["serve", "--listen", "127.0.0.1:0"];
    history
        .call(&listen)
        .variable("MIGRATOR_TOKEN_FILE", token)
        .on(database)
}

#[test]
fn everything_but_healthz_needs_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (database, history) = (Database::fresh(), three());
    history.up(&database);
    let path = file(&folder, &format!("{TOKEN}\n"), 0o600);
    let served =
        Served::start(call(&history, &database, &path).variable("MIGRATOR_LOG_LEVEL", "trace"));
    served.get("/healthz").is(200);
    for path in ["/", "/status.json", "/readyz", "/metrics", "/unknown"] {
        let answer = served.get(path).is(401);
        assert!(
            answer.head.contains("www-authenticate: bearer"),
            "{answer:?}"
        );
        assert!(
            answer.head.contains("www-authenticate: basic"),
            "{answer:?}"
        );
        assert!(!answer.body.contains(database.name()));
    }
    served.request("POST", "/").is(401);
    let wrong = |header: &str| {
        let request =
            format!("GET /readyz HTTP/1.1\r\nHost: a\r\n{header}Connection: close\r\n\r\n");
        served.send(&request).is(401);
    };
    wrong("Authorization: Bearer wrong\r\n");
    wrong(&format!("Authorization: {TOKEN}\r\n"));
    wrong(&format!("X-Authorization: Bearer {TOKEN}\r\n"));
    wrong(&format!("Cookie: token={TOKEN}\r\n"));
    let served = served.with_token(TOKEN);
    for path in ["/", "/status.json", "/readyz", "/metrics"] {
        let answer = served.get(path).is(200);
        assert!(!answer.body.contains(TOKEN) && !answer.head.contains(TOKEN));
    }
    let (code, said) = served.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(!said.contains(TOKEN) && !said.contains("chmod"), "{said}");
}

#[test]
fn a_file_that_others_may_read_is_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (database, history) = (Database::fresh(), three());
    let path = file(&folder, TOKEN, 0o644);
    let (_, said) = Served::start(call(&history, &database, &path)).end("-TERM");
    assert!(
        said.contains("can be read by others") && !said.contains(TOKEN),
        "{said}"
    );
}

#[test]
fn a_file_without_a_token_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (database, history) = (Database::fresh(), three());
    let large = "x".repeat(5000);
    for (text, why) in [
        ("", "it is empty"),
        (" \n\t\n", "it is empty"),
        ("two words", "more than one word"),
        ("one\ntwo", "more than one word"),
        ("schlüssel", "other characters"),
        (large.as_str(), "larger than"),
    ] {
        let path = file(&folder, text, 0o600);
        let ran = call(&history, &database, &path).run().exits(2);
        ran.says(&["the token file", why, "openssl rand"]);
    }
    let absent = folder.path().join("absent");
    let ran = call(&history, &database, &absent).run().exits(2);
    ran.says(&["the token file", "No such file"]);
    let ran = call(&history, &database, folder.path()).run().exits(2);
    ran.says(&["the token file", "directory"]);
    // Nobody may ever write there.
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let ran = call(&history, &database, &pipe).run().exits(2);
    ran.says(&["the token file", "named pipe"]);
}
