//! A migration written in Rust, as refinery allows.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/rust_migration");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
