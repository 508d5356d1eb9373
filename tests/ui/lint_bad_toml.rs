//! Every mistake in migrator.toml has its line and column.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/lint/bad_toml");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
