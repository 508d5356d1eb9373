//! A baseline outside a transaction, and one with a syntax error.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/baseline/outside");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
