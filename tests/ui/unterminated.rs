//! Quotations and comments that do not end.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/unterminated");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
