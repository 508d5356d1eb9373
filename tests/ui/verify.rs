//! Verify scripts that could not run, or that belong to no migration.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/verify");

fn main() {
    let _ = HISTORY;
}
