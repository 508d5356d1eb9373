//! An index without a name is a warning of the compiler; here warnings are errors, so that the text is seen.

#![deny(warnings)]

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/good/nameless_index");

fn main() {
    assert_eq!(HISTORY.migrations.len(), 1);
}
