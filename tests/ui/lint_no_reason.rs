//! An allow without a reason is no allow.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/lint/no_reason");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
