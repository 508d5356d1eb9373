//! Whoever is told to verify the server is told by which certificates: without them nothing is connected to.

use super::{documents, path, read};
use crate::support::migrator;

const VERIFY: &str = "sslmode=verify-full";

/// The documents, and what is deployed.
fn pages() -> Vec<String> {
    let mut pages = documents();
    pages.push("compose.yaml".to_owned());
    for folder in ["deploy/kubernetes", "deploy/systemd"] {
        for entry in std::fs::read_dir(path(folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name();
            pages.push(format!("{folder}/{}", name.display()));
        }
    }
    pages
}

#[test]
fn who_verifies_names_the_certificates() {
    let mut found = 0;
    for name in pages() {
        let text = read(&name);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            // What only explains the modes tells of both on the same page.
            if !line.contains(VERIFY) {
                continue;
            }
            found += 1;
            let next = lines.get(at + 1).unwrap_or(&"");
            assert!(
                line.contains("sslrootcert") || next.starts_with("sslrootcert="),
                "{name}: {line}"
            );
        }
    }
    assert!(found > 3, "{found}");
}

#[test]
fn the_url_of_the_manifest_works_without_a_file() {
    let text = read("deploy/kubernetes/init-container.yaml");
    let words = text.split_whitespace();
    let urls: Vec<&str> = words
        .filter(|word| word.starts_with("postgres://"))
        .collect();
    let [url] = urls[..] else {
        panic!("{urls:?}");
    };
    let url = url
        .replace('…', "secret")
        .replace("db.example.net", "127.0.0.1:1");
    let asked = |url: &str| migrator(&["current"]).variable("DATABASE_URL", url).run();
    // It gets as far as connecting, where no server is.
    asked(&url).exits(6);
    asked(&url.replace("&sslrootcert=system", "")).exits(2);
}
