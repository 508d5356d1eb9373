//! A folder that does not exist.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/nowhere");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
