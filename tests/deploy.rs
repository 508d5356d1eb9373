//! What is in `deploy/`, the Dockerfile and compose.yaml: whether they are well formed, and agree with the program and
//! with each other. What they do is tried by `deploy/image/test`; what needs their own tools is `deploy/check`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails the test that calls it"
)]

#[path = "deploy/codes.rs"]
mod codes;
#[path = "deploy/compose.rs"]
mod compose;
#[path = "deploy/dockerfile.rs"]
mod dockerfile;
#[path = "deploy/kubernetes.rs"]
mod kubernetes;
#[path = "deploy/status.rs"]
mod status;
#[path = "deploy/systemd.rs"]
mod systemd;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The one document of a YAML file.
fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The texts of a list.
#[track_caller]
fn texts(value: &Value) -> Vec<&str> {
    let list = value
        .as_array()
        .unwrap_or_else(|| panic!("{value} is no list"));
    list.iter()
        .map(|it| it.as_str().unwrap_or_else(|| panic!("{it} is no text")))
        .collect()
}
