//! Placeholders that are not declared, or that stand where no value can.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/placeholders");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
