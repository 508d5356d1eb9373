//! What is dangerous is an error, with why and what to write in its place.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/lint/danger");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
