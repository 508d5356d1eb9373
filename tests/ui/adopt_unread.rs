//! Rules of adoption that nobody could ask.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/settings/adopt");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
