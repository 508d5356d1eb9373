//! A down file whose migration is gone.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/down_without_up");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
