//! Histories that do not fit into one message: nothing is lost between the pieces.

use crate::support::{Database, History};

/// A file of many statements, about 400 KB, with one of its statements replaced.
fn large(replaced: usize, by: &str) -> String {
    let line = |at: usize| match at {
        at if at == replaced => by.to_owned(),
        _ => format!("INSERT INTO rows VALUES ({at}, '{}');", "é".repeat(100)),
    };
    let lines: Vec<String> = (1..=1_700).map(line).collect();
    lines.join("\n")
}

fn history(second: &str) -> History {
    History::new(&[
        (
            "V1__table.sql",
            "CREATE TABLE rows (id int PRIMARY KEY, note text);",
        ),
        ("V2__large.sql", second),
        (
            "V3__after.sql",
            "CREATE TABLE after AS SELECT count(*) AS count FROM rows;",
        ),
    ])
}

#[test]
fn a_large_file_is_applied_whole() {
    let database = Database::fresh();
    history(&large(0, "")).up(&database);
    assert_eq!(database.value("SELECT count FROM after"), "1700");
    assert_eq!(
        database.value("SELECT count(DISTINCT xmin::text) FROM rows"),
        "1",
        "one transaction"
    );
}

#[test]
fn an_error_in_any_piece_names_its_line_and_leaves_nothing() {
    for at in [2, 900, 1_699] {
        for (statement, sqlstate) in [
            ("INSERT INTO rows VALUES (1, 'again');", "23505"),
            ("SELECT 'é', nothing;", "42703"),
        ] {
            let database = Database::fresh();
            let ran = history(&large(at, statement))
                .run(&database, &["up"])
                .exits(1);
            assert!(ran.stderr.contains(sqlstate), "{ran}");
            assert!(
                ran.stderr.contains(&format!("V2__large.sql:{at}:")),
                "{at}: {ran}"
            );
            assert_eq!(database.value("SELECT count(*) FROM rows"), "0");
            assert_eq!(database.journal(), ["apply 1", "fail 2"]);
        }
    }
}

#[test]
fn a_syntax_error_in_a_later_piece_leaves_nothing() {
    let database = Database::fresh();
    let text = format!(
        "-- migrator: allow(syntax) \"as if it were right\"\n{}",
        large(1_500, "SELEKT 1;")
    );
    let ran = history(&text).run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("V2__large.sql:1501:1"), "{ran}");
    assert_eq!(database.value("SELECT count(*) FROM rows"), "0");
}

#[test]
fn many_small_files_fill_several_messages() {
    let database = Database::holding("CREATE TABLE seen (id int PRIMARY KEY)");
    let history = History::numbered(600, |at| {
        format!("INSERT INTO seen VALUES ({at}); -- {}", "x".repeat(500))
    });
    history.write("V555__step_555.sql", "INSERT INTO seen VALUES (1);");
    let ran = history.run(&database, &["up"]).exits(1);
    assert!(ran.stderr.contains("V555__step_555.sql:1:1"), "{ran}");
    assert_eq!(database.applied(), (1..=554).collect::<Vec<i64>>());
    assert_eq!(database.value("SELECT count(*) FROM seen"), "554");
    history.write("V555__step_555.sql", "INSERT INTO seen VALUES (555);");
    history.up(&database);
    assert_eq!(database.value("SELECT count(*) FROM seen"), "600");
}

#[test]
fn one_transaction_may_take_several_messages() {
    let copy = "COPY rows FROM stdin;\n9001\tcopied\n\\.\n";
    let run = ["up", "--single-transaction"];
    let all = history(&large(0, ""));
    all.write("V4__copy.sql", copy);
    let database = Database::fresh();
    all.run(&database, &run).exits(0);
    assert_eq!(
        database.value("SELECT count(*), count(DISTINCT xmin::text) FROM rows"),
        "1701|1"
    );
    all.write("V5__fails.sql", "SELECT 1/0;");
    let other = Database::fresh();
    all.run(&other, &run).exits(1);
    assert!(!other.has("rows"));
    assert_eq!(other.applied(), [0; 0]);
}
