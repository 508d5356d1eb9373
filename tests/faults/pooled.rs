//! A PgBouncer in transaction mode, which deals out another session for each transaction: no lock can be held there.

use crate::bouncer::Bouncer;
use crate::support::{Database, History};

#[test]
fn a_transaction_pool_is_refused_before_anything_changes() {
    let database = Database::fresh();
    let history = History::new(&[
        ("V1__a.sql", "CREATE TABLE a ();"),
        ("V1__a.down.sql", "DROP TABLE a;"),
    ]);
    let bouncer = Bouncer::in_mode("transaction", &database);
    let url = bouncer.url(&database);
    let refused = |command: &[&str]| {
        let ran = history.call(command).variable("DATABASE_URL", &url).run();
        assert_eq!(ran.code, 2, "{command:?}: {ran}\n{}", bouncer.log());
        assert!(ran.stderr.contains("pool"), "{ran}");
    };
    refused(&["up"]);
    refused(&["stamp", "head"]);
    assert!(!database.has("a") && !database.has("refinery_schema_history"));
    for command in ["status", "plan", "history", "current"] {
        let ran = history
            .call(&[command])
            .variable("DATABASE_URL", &url)
            .run();
        assert_eq!(ran.code, 0, "{command}: {ran}");
    }
    let direct = ["up", "--direct-url", &database.url()];
    history
        .call(&direct)
        .variable("DATABASE_URL", &url)
        .run()
        .exits(0);
    assert!(database.has("a"));
    refused(&["down", "base", "--yes"]);
    refused(&["redo"]);
    assert!(database.has("a"));
}
