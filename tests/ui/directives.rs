//! Directives that are unknown, late, double or malformed.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/directives");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
