//! An allow of a rule that does not exist.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/lint/unknown_rule");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
