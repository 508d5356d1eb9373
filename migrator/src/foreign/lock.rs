//! What keeps each tool from migrating while its history is adopted: the key of its own advisory lock, or the row that
//! is its lock. How they are taken is `session/guard`.

use crate::session::{Guard, LockRow};

use super::read::qualified;
use super::{Found, Tool};

/// The locks of a tool. Besides, nobody writes its table as long as they are held, so that the tools which have no
/// lock of their own wait too.
#[must_use]
pub(super) fn guard(found: &Found, lock_table: Option<&str>, database: &str) -> Guard {
    Guard {
        tool: found.tool.name(),
        keys: keys(found, database),
        row: lock_table.and_then(|table| row(found, table)),
        table: qualified(&found.schema, &found.table),
    }
}

/// The keys that the advisory lock may have.
fn keys(found: &Found, database: &str) -> Vec<i64> {
    let crc = |text: &str| i64::from(crc32fast::hash(text.as_bytes()));
    let key = match found.tool {
        Tool::Atlas => i64::from(fnv32("atlas_migrate_execute")),
        Tool::Flyway => {
            let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
            let table = format!("{}.{}", quoted(&found.schema), quoted(&found.table));
            FLYWAY + i64::from(java_hash(&table))
        }
        // The command line program takes the path of its URL for the name of the database.
        Tool::GolangMigrate => {
            let names = [database.to_owned(), format!("/{database}")];
            return names.map(|name| golang_migrate(found, &name)).to_vec();
        }
        Tool::Goose => 4_097_083_626,
        Tool::NodePgMigrate => 7_241_865_325_823_964,
        Tool::Prisma => 72_707_369,
        Tool::Rails => crc(database).wrapping_mul(2_053_462_845),
        Tool::Sqitch => 75_474_063,
        Tool::Sqlx => crc(database).wrapping_mul(0x3d32_ad9e),
        Tool::Tern => 9_628_173_550_095_224,
        Tool::Alembic
        | Tool::Dbmate
        | Tool::Diesel
        | Tool::Django
        | Tool::Knex
        | Tool::Liquibase
        | Tool::Plain
        | Tool::Refinery => return Vec::new(),
    };
    vec![key]
}

fn golang_migrate(found: &Found, database: &str) -> i64 {
    let name = format!("{}\0{}\0{database}", found.schema, found.table);
    let crc = crc32fast::hash(name.as_bytes());
    i64::from(crc.wrapping_mul(1_486_364_155))
}

fn row(found: &Found, table: &str) -> Option<LockRow> {
    let (held, holder, release) = match found.tool {
        Tool::Liquibase => (
            "locked",
            "pg_catalog.concat(lockedby, ', since ', lockgranted)",
            "liquibase release-locks",
        ),
        // There is a row as long as somebody holds it.
        Tool::GolangMigrate => (
            "true",
            "'a run that has not ended'",
            "DELETE FROM schema_lock",
        ),
        // A lease that has run out is nobody's.
        Tool::Goose => (
            "locked AND COALESCE(lease_expires_at > pg_catalog.now(), true)",
            "pg_catalog.concat(locked_by, ', since ', locked_at)",
            "UPDATE goose_lock SET locked = false",
        ),
        Tool::Knex => (
            "is_locked = 1",
            "'a run that has not ended'",
            "knex migrate:unlock",
        ),
        _ => return None,
    };
    Some(LockRow {
        table: qualified(&found.schema, table),
        held,
        holder,
        release,
    })
}

/// The letters of its name, as a number.
const FLYWAY: i64 = 0x466c_7977_6179;

/// `String.hashCode()` of Java.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// FNV-1 of 32 bits.
fn fnv32(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        hash.wrapping_mul(0x0100_0193) ^ u32::from(byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(tool: Tool, table: &str) -> Found {
        Found {
            tool,
            schema: "public".to_owned(),
            table: table.to_owned(),
        }
    }

    #[test]
    fn the_hashes_are_the_ones_of_their_languages() {
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(
            java_hash("\"public\".\"flyway_schema_history\""),
            2_125_624_436
        );
        assert_eq!(fnv32(""), 0x811c_9dc5);
        assert_eq!(fnv32("a"), 0x050c_5d7e);
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(FLYWAY, i64::from_be_bytes(*b"\0\0Flyway"));
    }

    #[test]
    fn a_key_depends_on_what_its_tool_says() {
        let sqlx = found(Tool::Sqlx, "_sqlx_migrations");
        assert_eq!(keys(&sqlx, "zone"), [2_771_974_297_191_923_538]);
        assert_eq!(keys(&sqlx, "zone_test"), [1_283_835_657_316_171_598]);
        let golang = found(Tool::GolangMigrate, "schema_migrations");
        let other = found(Tool::GolangMigrate, "other");
        assert_ne!(keys(&golang, "a"), keys(&other, "a"));
        assert_ne!(keys(&golang, "a"), keys(&golang, "b"));
        assert_eq!(keys(&golang, "a")[1], golang_migrate(&golang, "/a"));
        assert!(keys(&found(Tool::Diesel, "d"), "a").is_empty());
    }
}
