//! The code in docs/writing-migrations.md is the code of this file, and it works.

use migrator::{Bundle, Error, Settings, Target};

use super::read;
use crate::support::Database;

static HISTORY: &Bundle = migrator::embed!("../tests/fixtures/backfilled");

fn bring_up_to_date(url: &str) -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::new(migrator::Database::from_url(url)?);
    let at = migrator::status(HISTORY, &settings, &mut |_| ())?.current;
    if at < Some(3) {
        migrator::up(HISTORY, &settings, Target::Version(2), &mut |_| ())?;
        fill_in_batches(url)?;
    }
    migrator::up(HISTORY, &settings, Target::Head, &mut |_| ())?;
    Ok(())
}

fn fill_in_batches(url: &str) -> Result<(), postgres::Error> {
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    let some = "UPDATE words SET length = length(word)
                WHERE id IN (SELECT id FROM words WHERE length IS NULL LIMIT 1000)";
    while client.execute(some, &[])? > 0 {}
    Ok(())
}

#[test]
fn data_is_moved_by_code_between_two_versions() {
    let database = Database::fresh();
    for _ in 0..2 {
        bring_up_to_date(&database.url()).expect("a history that runs");
        assert_eq!(database.applied(), [1, 2, 3]);
    }
    let filled = "SELECT count(*) FROM words WHERE length = length(word)";
    assert_eq!(database.value(filled), "2500");
}

#[test]
fn the_history_alone_refuses_to_go_on_without_the_data() {
    let database = Database::fresh();
    let settings = Settings::new(migrator::Database::from_url(&database.url()).expect("a URL"));
    let error: Error = migrator::up(HISTORY, &settings, Target::Head, &mut |_| ())
        .expect_err("a column that is not filled");
    assert_eq!(error.kind().exit_code(), 1);
    assert_eq!(database.applied(), [1, 2]);
}

#[test]
fn the_page_has_this_very_code() {
    let page = read("docs/writing-migrations.md");
    let source = read("tests/documents/code.rs");
    let blocks: Vec<&str> = page
        .split("```rust\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert!(source.contains(block.trim()), "{block}");
    }
}
