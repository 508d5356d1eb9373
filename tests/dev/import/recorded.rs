//! One history of five steps as each tool writes it: whatever it is converted from, the schema is the same.

use std::path::Path;

use super::Import;

fn recorded(tool: &str) -> Import {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/tools");
    Import::of_folder(&fixtures.join(tool).join("folder"))
}

#[test]
fn every_history_in_sql_converts() {
    for tool in [
        "atlas",
        "dbmate",
        "golang-migrate",
        "node-pg-migrate",
        "plain",
        "prisma",
        "refinery",
        "sqlx",
    ] {
        let import = recorded(tool);
        import.converts(tool, &[]);
        let names = import.names();
        let downs = |name: &&String| name.ends_with(".down.sql");
        assert_eq!(
            names.iter().filter(|name| !downs(name)).count(),
            5,
            "{tool}: {names:?}"
        );
    }
}

#[test]
fn the_schema_is_the_same_from_every_tool() {
    let mut schemas: Vec<(&str, String)> = Vec::new();
    for tool in [
        "alembic",
        "diesel",
        "flyway",
        "goose",
        "liquibase",
        "sqitch",
        "tern",
    ] {
        let import = recorded(tool);
        import.converts(tool, &[]);
        import.applies();
        // A function keeps the indentation of the program that it was written in.
        let schema = import.read("schema.sql");
        let lines: Vec<&str> = schema.lines().map(str::trim).collect();
        schemas.push((tool, lines.join("\n")));
    }
    let (_, first) = schemas.first().expect("a schema");
    assert!(first.contains("CREATE TRIGGER count_order"), "{first}");
    for (tool, schema) in &schemas {
        assert_eq!(schema, first, "{tool}");
    }
}
