//! The shipped binary and the history that is baked into it, from an empty database to head and back.

use crate::support::{Database, Ran, assert_shown, migrator};

const HEAD: i64 = 20_260_903_070_000;

fn run(database: &Database, arguments: &[&str]) -> Ran {
    migrator(arguments).on(database).run()
}

#[test]
fn an_empty_database_comes_to_head_and_stays_there() {
    let database = Database::fresh();
    let up = run(&database, &["up"]).exits(0);
    assert_shown("example_up", &up);
    assert_eq!(database.applied().last(), Some(&HEAD));
    let before = database.rows("SELECT * FROM refinery_schema_history ORDER BY version");
    assert_shown("example_up_again", &run(&database, &["up"]));
    let after = database.rows("SELECT * FROM refinery_schema_history ORDER BY version");
    assert_eq!(before, after);
}

#[test]
fn what_every_reading_command_says_on_the_way() {
    let database = Database::fresh();
    assert_shown("example_status_empty", &run(&database, &["status"]));
    assert_shown("example_check_empty", &run(&database, &["check"]));
    assert_shown("example_current_empty", &run(&database, &["current"]));
    assert_shown("example_history_empty", &run(&database, &["history"]));
    assert_shown("example_plan", &run(&database, &["plan", "+2"]));
    assert!(
        !database.has("refinery_schema_history"),
        "reading creates nothing"
    );
    run(&database, &["up", "+3"]).exits(0);
    assert_shown("example_status", &run(&database, &["status"]));
    assert_shown("example_history", &run(&database, &["history"]));
    assert_shown("example_current", &run(&database, &["current"]));
    run(&database, &["up"]).exits(0);
    assert_shown("example_check", &run(&database, &["check"]));
    assert_shown("example_plan_nothing", &run(&database, &["plan"]));
    assert_shown("example_plan_down", &run(&database, &["plan", "-2"]));
}

#[test]
fn what_is_baked_is_shown_without_a_database() {
    assert_shown("example_info", &migrator(&["info"]).run());
    assert_shown("example_show", &migrator(&["show", "20260408074500"]).run());
    assert_shown(
        "example_show_down",
        &migrator(&["show", "20260408074500", "--down"]).run(),
    );
    assert_shown(
        "example_show_irreversible",
        &migrator(&["show", "20260120101000", "--down"]).run(),
    );
    assert_shown("example_show_unknown", &migrator(&["show", "7"]).run());
}

#[test]
fn all_that_can_be_undone_is_undone_and_applied_again() {
    let database = Database::fresh();
    run(&database, &["up"]).exits(0);
    let schema = database.schema();
    let irreversible = "20260120101000";
    let down = run(&database, &["down", irreversible, "--yes"]).exits(0);
    assert_eq!(down.stderr.lines().count(), 15, "{down}");
    assert_eq!(database.applied().last(), Some(&20_260_120_101_000));
    assert!(!database.has("chat.messages"));
    run(&database, &["up"]).exits(0);
    database.has_schema(&schema);
    assert_shown(
        "example_down_blocked",
        &run(&database, &["down", "base", "--yes"]),
    );
    database.has_schema(&schema);
}

#[test]
fn a_copy_block_arrives_as_it_was_written() {
    let database = Database::fresh();
    run(&database, &["up"]).exits(0);
    let tags =
        database.rows("SELECT slug, label, description FROM chat.tags ORDER BY slug COLLATE \"C\"");
    assert_eq!(
        tags,
        [
            "adventure|Adventure|Journeys; narrow escapes; maps with one corner missing",
            "built-in|Built in|Written by the team; here from the first day",
            "comfort|Comfort|For the end of a long day",
            "education|Education|Explains, asks back, and doesn't give the answer away",
            "fantasy|Fantasy|-",
            "history|History|Speaks of its own time -- and knows no other",
            "language|Language|Practice in \"another\" language",
            "mystery|Mystery|-",
            "science-fiction|Science fiction|-",
            "slice-of-life|Slice of life|Small things, told well",
            "writing|Writing|Helps with drafts: outline, first version, second version",
        ]
    );
}
