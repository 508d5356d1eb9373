//! The documents: what they link to is there. What the reference has to name is `documents/reference`, which fields
//! the page about JSON has to tell `documents/json`, what of code is in them `documents/code`, whether their command
//! lines are understood `documents/commands`, and whether their addresses work `documents/encryption`. SQL of patterns is run by `tests/dev/patterns.rs`.

mod code;
mod commands;
mod encryption;
mod json;
mod links;
mod reference;
mod rights;

use std::fs;
use std::path::{Path, PathBuf};

/// A path from the root of the repository.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Every document, by its path from the root.
fn documents() -> Vec<String> {
    let mut documents: Vec<String> = [
        "README.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "migrations/README.md",
        "deploy/README.md",
    ]
    .into_iter()
    .filter(|name| path(name).exists())
    .map(str::to_owned)
    .collect();
    for entry in fs::read_dir(path("docs")).expect("the folder of documents") {
        let name = entry
            .expect("an entry")
            .file_name()
            .into_string()
            .expect("UTF-8");
        if Path::new(&name).extension().is_some_and(|it| it == "md") {
            documents.push(format!("docs/{name}"));
        }
    }
    documents.sort();
    assert!(documents.len() > 15, "{documents:?}");
    documents
}

/// The lines of a document that are not in a block of code.
fn prose(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            lines.push(line);
        }
    }
    lines
}
