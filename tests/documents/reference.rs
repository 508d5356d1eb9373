//! docs/reference.md names what the program knows: commands, options, variables, exit codes, tables. What of it the
//! workbench knows is compared in `tests/dev/reference.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{path, read};
use crate::support::{Database, migrator};

/// What stands in backquotes on the page, word by word.
fn named() -> BTreeSet<String> {
    let page = read("docs/reference.md");
    let quoted = page.split('`').skip(1).step_by(2);
    quoted
        .flat_map(|text| text.split([' ', '\\', '|']).map(str::to_owned))
        .collect()
}

#[track_caller]
fn assert_named(named: &BTreeSet<String>, wanted: impl IntoIterator<Item = String>) {
    let missing: Vec<String> = wanted
        .into_iter()
        .filter(|it| !named.contains(it))
        .collect();
    assert!(missing.is_empty(), "docs/reference.md lacks {missing:?}");
}

/// The commands that `--help` lists.
fn commands() -> Vec<String> {
    let help = migrator(&["--help"]).run().exits(0).stdout;
    let list = help
        .split("Commands:\n")
        .nth(1)
        .expect("a list of commands");
    let list = list.split("\n\n").next().expect("its end");
    let names = list.lines().filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_and_option_is_named() {
    let named = named();
    let commands = commands();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let help = migrator(&[&command, "--help"]).run().exits(0).stdout;
        let options = help
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with('-') && !line.starts_with("- "))
            .flat_map(|line| line.split("  ").next().expect("a part").split(", "))
            .filter_map(|option| option.split([' ', '<', '[']).next())
            .map(str::to_owned);
        let all: Vec<String> = options.chain([command]).collect();
        assert!(all.contains(&"--url".to_owned()), "{all:?}");
        assert_named(&named, all);
    }
}

/// Texts in the sources that look like the name of a variable.
fn variables(folder: &Path, found: &mut BTreeSet<String>) {
    const BEGINNINGS: [&str; 6] = [
        "MIGRATOR_",
        "MIGRATION_",
        "POSTGRES_",
        "DATABASE_",
        "RUST_",
        "SSL_",
    ];
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            variables(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("UTF-8");
        // What tests make up is no variable of the program, and what `main!` reads is one of its compilation.
        if path.ends_with("tests.rs") || path.ends_with("main.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let quoted = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for text in quoted.flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let known = BEGINNINGS
                .iter()
                .any(|it| text.starts_with(it) && text != *it);
            let of_libpq = text.starts_with("PG") && text.len() > 2;
            if (known || of_libpq) && text.chars().all(name) && !text.ends_with('_') {
                found.insert(text.to_owned());
            }
        }
    }
}

#[test]
fn every_variable_is_named() {
    let mut found = BTreeSet::new();
    variables(&path("migrator/src"), &mut found);
    assert!(
        found.contains("PGHOST") && found.contains("MIGRATOR_WAIT"),
        "{found:?}"
    );
    assert_named(&named(), found.clone());
    let manual = migrator(&["help", "--man", "up"]).run().exits(0).stdout;
    let manual = manual + &migrator(&["help", "--man", "serve"]).run().exits(0).stdout;
    let missing: Vec<&String> = found.iter().filter(|it| !manual.contains(*it)).collect();
    assert!(missing.is_empty(), "the manual lacks {missing:?}");
}

#[test]
fn every_exit_code_has_its_row() {
    let page = read("docs/reference.md");
    for kind in migrator::error::Kind::ALL {
        let row = format!("| {} | `{}` |", kind.exit_code(), kind.word());
        assert!(page.contains(&row), "{row}");
    }
    assert!(page.contains("| 0 | | done"));
}

#[test]
fn every_column_of_our_tables_is_named() {
    let database = Database::fresh();
    // With a mirror there are all of them.
    database.run(
        "CREATE TABLE schema_migrations (version varchar PRIMARY KEY); \
         INSERT INTO schema_migrations VALUES ('20260112093000')",
    );
    migrator(&["adopt", "--from", "dbmate", "--mirror"])
        .on(&database)
        .run()
        .exits(0);
    let page = read("docs/reference.md");
    for table in migrator::history::TABLES {
        let begin = page
            .find(&format!("`{table}`: "))
            .expect("the table's part");
        let part = page[begin..].split("\n\n").take(2).collect::<String>();
        let columns = database.rows(&format!(
            "SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        ));
        assert!(!columns.is_empty(), "{table}");
        for column in columns {
            assert!(part.contains(&format!("`{column}`")), "{table}.{column}");
        }
    }
}

#[test]
fn every_action_of_the_journal_is_named() {
    let source = read("migrator/src/plan.rs");
    let words = source
        .split("fn word")
        .nth(1)
        .expect("the words of actions");
    let words = words.split("\n    }").next().expect("their end");
    let words: Vec<String> = words
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    assert!(words.len() > 5, "{words:?}");
    let mirror = read("migrator/src/history/mirror.rs");
    let mirrors = mirror.split("note_mirror(\"").skip(1);
    let mirrors: Vec<String> = mirrors
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect();
    assert_eq!(mirrors.len(), 2, "{mirrors:?}");
    assert_named(
        &named()
            .into_iter()
            .map(|it| it.trim_matches(',').to_owned())
            .collect(),
        words.into_iter().chain(mirrors),
    );
}
