//! Two errors of syntax in one file: each has its line.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/syntax_error");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
