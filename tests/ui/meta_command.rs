//! Commands of psql, each with what to write in its place.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/meta_command");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
