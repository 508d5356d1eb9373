//! Migrations as files: the folder that each tool reads.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::tool::Tool;
use crate::workload::Migration;

/// refinery's history table, as psql needs it before it can do what the tools do.
const HISTORY: &str = "CREATE TABLE refinery_schema_history (version bigint PRIMARY KEY, name varchar(255), \
                       applied_on varchar(255), checksum varchar(255));\n";

/// Writes the migrations in the form that a tool reads, replacing what is there.
pub(crate) fn write(tool: Tool, folder: &Path, migrations: &[Migration]) -> Outcome<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Failure::at(folder))?;
    }
    fs::create_dir_all(folder).map_err(Failure::at(folder))?;
    match tool {
        Tool::Psql => put(&folder.join("all.sql"), &script(migrations)),
        Tool::Migrator => {
            // What is measured is not for a database that anybody needs.
            put(&folder.join("migrator.toml"), "[proof]\ngate = \"off\"\n")?;
            numbered(folder, migrations)
        }
        Tool::Refinery => numbered(folder, migrations),
        Tool::Sqlx => migrations.iter().try_for_each(|migration| {
            let Migration { version, name, sql } = migration;
            put(&folder.join(format!("{version:05}_{name}.sql")), sql)
        }),
        Tool::Diesel => {
            put(&folder.join("diesel.toml"), "")?;
            migrations.iter().try_for_each(|migration| {
                let Migration { version, name, sql } = migration;
                let folder = folder.join(format!("migrations/{version:05}_{name}"));
                fs::create_dir_all(&folder).map_err(Failure::at(&folder))?;
                put(&folder.join("up.sql"), sql)?;
                put(&folder.join("down.sql"), "SELECT 1;\n")
            })
        }
    }
}

/// One file a migration, as refinery calls them.
fn numbered(folder: &Path, migrations: &[Migration]) -> Outcome<()> {
    migrations.iter().try_for_each(|migration| {
        let Migration { version, name, sql } = migration;
        put(&folder.join(format!("V{version}__{name}.sql")), sql)
    })
}

/// Everything as one script: a transaction for each migration, with a row in a history of refinery's shape.
fn script(migrations: &[Migration]) -> String {
    let size: usize = migrations.iter().map(|migration| migration.sql.len()).sum();
    let mut all = String::with_capacity(size + migrations.len() * 200 + HISTORY.len());
    all.push_str(HISTORY);
    for Migration { version, name, sql } in migrations {
        all.push_str("BEGIN;\n");
        all.push_str(sql);
        // Writing to a string cannot fail.
        let _ = writeln!(
            all,
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) VALUES \
             ({version}, '{name}', '2026-01-12T09:30:00.000000Z', '1234567890123456789');\nCOMMIT;"
        );
    }
    all
}

fn put(path: &Path, text: &str) -> Outcome<()> {
    fs::write(path, text).map_err(Failure::at(path))
}
