//! A file in another encoding.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/not_utf8");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
