//! An absolute path, which another machine would not have.

static HISTORY: &migrator::Bundle = migrator::embed!("/srv/migrations");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
