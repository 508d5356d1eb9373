//! A merge conflict in `migrator.lock` is a warning here, so that the workbench can be built; warnings are errors.

#![deny(warnings)]

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/settings/conflict");

fn main() {
    assert_eq!(HISTORY.migrations.len(), 1);
}
