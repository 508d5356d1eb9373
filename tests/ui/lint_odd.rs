//! What is odd is a warning; here warnings are errors, so that the text is seen.

#![deny(warnings)]

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/lint/odd");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
