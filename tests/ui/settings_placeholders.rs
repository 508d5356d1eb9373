//! Placeholders whose declarations are wrong: those are told, and not each of their uses.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/settings/placeholders");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
