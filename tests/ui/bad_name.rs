//! Names that refinery would skip without a word.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/bad_name");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
