//! A version that does not fit eight bytes.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/version_out_of_range");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
