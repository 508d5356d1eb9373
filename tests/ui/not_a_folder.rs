//! A file where the folder should be.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/not_a_folder");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
