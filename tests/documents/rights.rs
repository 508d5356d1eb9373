//! The roles of docs/production.md have the rights that the page says are enough.

use super::read;
use crate::support::{Database, migrator, unique};

#[test]
fn the_roles_of_the_page_are_enough() {
    let database = Database::fresh();
    let (owner, reader) = (unique("owner"), unique("reader"));
    let schema = unique("history");
    let page = read("docs/production.md");
    let sql = page.split("```sql\n").nth(1).expect("the roles");
    let sql = sql
        .split("```")
        .next()
        .expect("their end")
        .replace("SCHEMA migrator ", &format!("SCHEMA {schema} "))
        .replace("app_owner", &owner)
        .replace("app_reader", &reader)
        .replace("DATABASE app", &format!("DATABASE {}", database.name()));
    database.run(&sql);
    let call = |role: &str, command: &str| {
        migrator(&[command])
            .variable("DATABASE_URL", database.url_of(role))
            .variable("MIGRATOR_HISTORY_SCHEMA", schema.as_str())
            .run()
    };
    call(&reader, "up").exits(2);
    call(&owner, "up").exits(0);
    for command in [
        "status", "check", "plan", "history", "current", "verify", "identify",
    ] {
        call(&reader, command).exits(0);
    }
    assert_ne!(call(&reader, "redo").code, 0);
    // The history is all that it sees.
    let seen =
        "SELECT DISTINCT table_schema FROM information_schema.table_privileges WHERE grantee = ";
    assert_eq!(
        database.rows(&format!("{seen}'{reader}'")),
        std::slice::from_ref(&schema)
    );
    call(&owner, "redo").exits(0);
    database.run(&format!(
        "DROP OWNED BY {owner} CASCADE; DROP OWNED BY {reader}; DROP ROLE {owner}; DROP ROLE {reader}"
    ));
}
