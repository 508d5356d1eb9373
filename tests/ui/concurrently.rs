//! Statements that cannot run in a transaction, in files that do.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/concurrently_without_marker");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
