//! Migrations for environments that do not exist, and files that cannot be for some only.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/environments");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
