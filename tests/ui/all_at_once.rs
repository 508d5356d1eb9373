//! Different mistakes in different files: one build shows all.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/all_at_once");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
