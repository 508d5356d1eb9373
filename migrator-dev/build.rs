//! Lets cargo build again when a file of the example history changes, appears or goes.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
