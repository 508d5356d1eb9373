//! Lets cargo build again when the folder of migrations changes.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    // Baked by tests.
    println!("cargo:rerun-if-changed=../tests/fixtures/backfilled");
    println!("cargo:rerun-if-changed=../tests/fixtures/every_feature");
}
