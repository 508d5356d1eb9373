//! Statements that would end the transaction of the run, or its lock.

static HISTORY: &migrator::Bundle = migrator::embed!("fixtures/bad/transaction_control");

fn main() {
    assert!(HISTORY.migrations.is_empty());
}
