//! Rules of adoption that name versions which are not in the folder.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/settings/adopt_version");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
