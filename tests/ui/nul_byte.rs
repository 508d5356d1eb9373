//! A NUL byte, which no text of PostgreSQL can hold.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/nul_byte");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
