//! A COPY without end, and one that sends rows.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/copy");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
