//! One version in three files: one error names them all.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/duplicate_version");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
