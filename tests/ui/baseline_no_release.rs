//! A baseline whose migrations are not in the folder, without the last release that has them.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/baseline/no_release");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
