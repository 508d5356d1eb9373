//! A down file that is not called like its migration.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/down_other_name");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
