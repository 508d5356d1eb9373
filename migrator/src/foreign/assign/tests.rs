//! Which version each row stands for, by tables: rows and bundle in a few words.

use super::*;
use crate::bundle::{Down, Limits, Mode, Order, Script, Statements};

/// A bundle from words such as `1_init`; the text after a `:` is what its SQL begins with.
fn bundle(words: &'static str) -> Bundle {
    let migrations: Vec<Migration<'static>> = words
        .split(' ')
        .map(|word| {
            let (name, sql) = word.split_once(':').unwrap_or((word, ""));
            let (version, name) = name.split_once('_').expect("version_name");
            Migration {
                version: version.parse().expect("a version"),
                name,
                order: Order::Versioned,
                up: Script {
                    file: "f.sql",
                    sql: String::leak(sql.replace('+', " ")),
                    mode: Mode::Transaction,
                    limits: Limits::default(),
                    statements: Statements::from_table(&[]),
                    sha256: [0; 32],
                },
                down: Down::Absent,
                verify: None,
                only: &[],
                checksum: 7,
                accepted: &[7],
            }
        })
        .collect();
    Bundle {
        migrations: Vec::leak(migrations),
        ..*crate::baked::EMPTY
    }
}

/// Rows from words such as `1`, `1/init` with a name, `=5` for a position, `<5` for a baseline, `-5` for one undone,
/// `R5` for a repeatable, `!5` for a broken one.
fn rows(words: &str) -> Vec<Entry> {
    words
        .split_whitespace()
        .map(|word| {
            let (state, rest) = match word.split_at(1) {
                ("=", rest) => (State::Position, rest),
                ("<", rest) => (State::Baseline, rest),
                ("-", rest) => (State::Undone, rest),
                ("R", rest) => (State::Repeatable, rest),
                ("!", rest) => (State::Broken("it failed".to_owned()), rest),
                _ => (State::Applied, word),
            };
            let (key, name) = match rest.split_once('/') {
                Some((key, name)) => (key, Some(name.to_owned())),
                None => (rest, None),
            };
            Entry {
                key: key.to_owned(),
                alias: None,
                name,
                checksum: None,
                state,
                row: "{}".to_owned(),
            }
        })
        .collect()
}

fn found(tool: Tool) -> Found {
    Found {
        tool,
        schema: "app".to_owned(),
        table: "history".to_owned(),
    }
}

/// The versions, or the details of the error.
fn told(tool: Tool, words: &'static str, there: &str, map: &str) -> Result<Vec<i64>, Vec<String>> {
    let map = Map::read(map, "map").expect("a map");
    let rows = rows(there);
    match assign(&bundle(words), &found(tool), &rows, &map, None) {
        Ok(assigned) => Ok(assigned.adopted.keys().copied().collect()),
        Err(error) => {
            assert!(error.hint().is_some(), "{error}");
            Err(error.detail().to_vec())
        }
    }
}

#[test]
fn numbers_names_and_positions_lead_to_versions() {
    use Tool::{Alembic, Django, Flyway, GolangMigrate, Goose, Knex, Sqitch, Sqlx};
    for (tool, words, there, versions) in [
        (Goose, "1_a 2_b 3_c", "1 3", vec![1, 3]),
        (Goose, "1_a 2_b", "", vec![]),
        (Goose, "1_a 2_b", "1 -2", vec![1]),
        (Sqlx, "1_a 2_b_c", "1/a 2/B-c", vec![1, 2]),
        (
            Knex,
            "20240101_a 20240102_b",
            "20240101_a.js 20240102_b.js",
            vec![20_240_101, 20_240_102],
        ),
        // Renumbered: the words lead there.
        (Flyway, "1_a 2_b", "1/a 1.5/b", vec![1, 2]),
        (Flyway, "1_a 2_c 10_b", "10/b 2/c", vec![2, 10]),
        (Flyway, "1_x 2_y", "1/y", vec![2]),
        (Flyway, "1_a 2_b 3_c", "<2 3/c", vec![1, 2, 3]),
        (Flyway, "2_b 3_c", "<1 2/b", vec![2]),
        (Flyway, "1_a", "1/a Rviews.sql", vec![1]),
        (GolangMigrate, "1_a 2_b 3_c", "=2", vec![1, 2]),
        (Sqitch, "1_users 2_roles", "users", vec![1]),
        (Django, "1_create 2_add", "shop.0001_create/create", vec![1]),
        (
            Django,
            "1_shop_0001_create 2_add",
            "shop.0001_create/create",
            vec![1],
        ),
        (Alembic, "1_a 2_b7702f_add 3_c", "=b7702f", vec![1, 2]),
        (
            Alembic,
            "1_a:--+Running+upgrade++->+b7,+a 2_b:--+Running+upgrade+b7+->+c8,+x",
            "=b7",
            vec![1],
        ),
        (Alembic, "1_a 2_b:--+Revision+ID:+c8", "=c8", vec![1, 2]),
        (Alembic, "1_a 2_b", "=0002", vec![1, 2]),
    ] {
        assert_eq!(
            told(tool, words, there, ""),
            Ok(versions),
            "{there} in {words}"
        );
    }
}

#[test]
fn the_map_file_comes_first() {
    let map = "[map]\n\"1.2\" = 2\nx = 1\n\"django.0001\" = \"none\"\n";
    for (there, versions) in [
        ("1.2", vec![2]),
        ("x 1.2 django.0001", vec![1, 2]),
        ("=1.2", vec![1, 2]),
    ] {
        assert_eq!(
            told(Tool::Flyway, "1_a 2_b", there, map),
            Ok(versions),
            "{there}"
        );
    }
    // Several of theirs may have become one of ours.
    let squashed = "1 = 3\n2 = 3\n3 = 3";
    assert_eq!(
        told(Tool::Goose, "3_all 4_d", "1 2 3", squashed),
        Ok(vec![3])
    );
    assert_eq!(
        told(Tool::Goose, "3_all 4_d", "1 3", squashed),
        Err(vec![
            "\"2\" is part of 3 \"all\" according to the map file, and was not applied".to_owned()
        ])
    );
}

#[test]
fn everything_that_cannot_be_told_is_reported() {
    for (tool, words, there, problems) in [
        (
            Tool::Dbmate,
            "1_a 2_b",
            "one 3 1",
            vec![
                "\"one\" is no version and no name of a migration",
                "\"3\" is no version and no name of a migration",
            ],
        ),
        (
            Tool::Flyway,
            "1_a 2_b",
            "1/z",
            vec!["\"1\" (z) has the number of 1 \"a\", whose name is another"],
        ),
        (
            Tool::Django,
            "1_initial 2_b",
            "auth.0001_initial/initial shop.0001_initial/initial",
            vec!["\"auth.0001_initial\", \"shop.0001_initial\" would all be 1 \"initial\""],
        ),
        // Two migrations have the name, so that it says nothing.
        (
            Tool::Sqitch,
            "1_a 2_a",
            "a",
            vec!["\"a\" is no version and no name of a migration"],
        ),
        (
            Tool::Alembic,
            "1_x_ab 2_ab_y",
            "=ab",
            vec!["\"ab\" is no version and no name of a migration"],
        ),
    ] {
        let problems: Vec<String> = problems.into_iter().map(str::to_owned).collect();
        assert_eq!(
            told(tool, words, there, ""),
            Err(problems),
            "{there} in {words}"
        );
    }
}

#[test]
fn broken_rows_and_several_heads_are_refused() {
    let broken = rows("1 !2 !3");
    let error = assign(
        &bundle("1_a 2_b"),
        &found(Tool::Flyway),
        &broken,
        &Map::default(),
        None,
    )
    .expect_err("two are broken");
    assert_eq!(error.kind(), Kind::Drift);
    assert_eq!(error.detail(), ["\"2\": it failed", "\"3\": it failed"]);
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("flyway repair"))
    );

    let heads = rows("=a =b");
    let error = assign(
        &bundle("1_a 2_b"),
        &found(Tool::Alembic),
        &heads,
        &Map::default(),
        Some(1),
    )
    .expect_err("there are two heads");
    assert_eq!(
        error.to_string(),
        "app.history names 2 positions; a history has one"
    );
    assert!(
        error
            .hint()
            .is_some_and(|hint| hint.contains("alembic merge heads"))
    );
}

#[test]
fn a_version_that_is_not_baked_is_refused() {
    let map = Map::read("a = 8\nb = 1\nc = 9", "map").expect("a map");
    let error =
        assign(&bundle("1_a"), &found(Tool::Goose), &[], &map, Some(7)).expect_err("of three");
    assert_eq!(error.kind(), Kind::Usage);
    assert_eq!(
        error.detail(),
        [
            "The map file says \"a\" = 8.",
            "The map file says \"c\" = 9.",
            "`--to 7` says so."
        ]
    );
}

#[test]
fn a_position_may_be_told_by_hand() {
    let rows = rows("=nonsense");
    let bundle = bundle("1_a 2_b 3_c");
    let assigned = assign(
        &bundle,
        &found(Tool::Alembic),
        &rows,
        &Map::default(),
        Some(2),
    )
    .expect("told");
    assert_eq!(
        assigned.adopted.keys().copied().collect::<Vec<i64>>(),
        [1, 2]
    );
}

/// A bundle that begins with a baseline in place of these versions.
fn with_baseline(words: &'static str, version: i64, gone: &'static [i64]) -> Bundle {
    let Some(last) = bundle(words).migrations.last() else {
        panic!("no migration");
    };
    let record = Migration {
        version,
        name: "base",
        ..*last
    };
    Bundle {
        baselines: Vec::leak(vec![crate::bundle::Baseline {
            record,
            scripts: &[],
            last_release: Some("v2"),
            gone,
        }]),
        ..bundle(words)
    }
}

#[test]
fn a_row_whose_file_a_baseline_replaced_is_covered() {
    let bundle = with_baseline("4_d", 3, &[1, 2, 3]);
    for (shown, map, adopted) in [
        ("1 2 3", "", Ok(vec![3])),
        ("1 2 3 4", "", Ok(vec![3, 4])),
        ("one two 3", "one = 1\ntwo = 2", Ok(vec![3])),
        ("<3", "", Ok(vec![3])),
        ("=3", "", Ok(vec![3])),
        ("=4", "", Ok(vec![3, 4])),
        ("1 2", "", Err("it lacks 3")),
        ("=2", "", Err("it lacks 3")),
    ] {
        let rows = rows(shown);
        let map = Map::read(map, "map").expect("a map");
        let assigned = assign(&bundle, &found(Tool::Goose), &rows, &map, None);
        match (assigned, adopted) {
            (Ok(assigned), Ok(adopted)) => {
                let versions: Vec<i64> = assigned.adopted.keys().copied().collect();
                assert_eq!(versions, adopted, "{shown}");
                assert_eq!(assigned.covered.len(), 3, "{shown}");
            }
            (Err(error), Err(detail)) => {
                assert_eq!(error.kind(), Kind::Drift);
                assert!(error.detail().join(" ").contains(detail), "{error}");
                assert!(error.hint().is_some_and(|hint| hint.contains("v2")));
            }
            (assigned, _) => panic!("{shown}: {assigned:?}"),
        }
    }
}

#[test]
fn an_id_of_two_authors_is_nobodys() {
    let mut rows = rows("a::init::ada/init a::init::bob/init");
    for row in &mut rows {
        row.alias = Some("init".to_owned());
    }
    let bundle = bundle("1_first 2_second");
    let both = |map: &str| {
        let map = Map::read(map, "map").expect("a map");
        let assigned = assign(&bundle, &found(Tool::Liquibase), &rows, &map, None);
        assigned.map(|it| it.adopted.keys().copied().collect::<Vec<i64>>())
    };
    let error = both("init = 1").expect_err("which of them?");
    assert_eq!(error.detail().len(), 2);
    let told = both("\"a::init::ada\" = 1\n\"a::init::bob\" = 2").expect("told apart");
    assert_eq!(told, [1, 2]);
}

#[test]
fn a_change_is_known_before_it_is_reworked() {
    let bundle = bundle("1_roles 2_users 3_again 4_more");
    let map = "\"roles@v1\" = 1\nusers = 2\n\"roles@v2\" = 3\nroles = 4";
    let map = Map::read(map, "map").expect("a map");
    for (shown, adopted) in [
        ("roles", vec![1]),
        ("roles users", vec![1, 2]),
        ("roles@v1 users roles", vec![1, 2, 3]),
        ("roles@v1 users roles@v2 roles", vec![1, 2, 3, 4]),
    ] {
        let rows = rows(shown);
        let assigned = assign(&bundle, &found(Tool::Sqitch), &rows, &map, None).expect(shown);
        let versions: Vec<i64> = assigned.adopted.keys().copied().collect();
        assert_eq!(versions, adopted, "{shown}");
    }
}
