//! A `migrator.toml` with what nobody reads.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/settings/unknown");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
