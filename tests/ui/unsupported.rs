//! Repeatables, which are read but not run yet.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/good/kinds");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
