//! A folder without a migration.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/empty_folder");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
